"""Where a checkpoint lies: Windows' rules, modes, links, devices, two runs at once, and the real cause of a failure."""

from __future__ import annotations

import dataclasses
import errno
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from tests.support import zoo
from tests.support.laws import refused
from tests.support.windows import is_open, play_windows
from vae_tutorial.training import TrainConfig, checkpoint, files, fit

pytestmark = [
    pytest.mark.usefixtures("double_precision"),
    pytest.mark.skipif(sys.platform != "linux", reason="what is open is read from /proc"),
]
CONFIG = TrainConfig(epochs=3, batch_size=10, progress=False, patience=5)


def run(path: Path, **changes: Any) -> Any:
    model, x = zoo.make("Bernoulli, d = 2", num_examples=20)
    return fit(model, x, dataclasses.replace(CONFIG, **changes), validation=x[:5], checkpoint=path)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    play_windows(monkeypatch)
    monkeypatch.setattr(files, "WINDOWS", True)
    monkeypatch.setattr(files, "PATIENCE", 0.3)


@pytest.mark.usefixtures("windows")
def test_a_run_is_written_read_and_prolonged_under_windows_rules(tmp_path: Path) -> None:
    expected = run(tmp_path / "straight", epochs=5)
    run(tmp_path / "run")
    assert run(tmp_path / "run", epochs=5) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "straight"]


@pytest.mark.usefixtures("windows")
def test_the_rules_are_played(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with path.open("rb") as file:
        assert is_open(path)
        for forbidden in (lambda: os.fsync(file.fileno()), lambda: path.replace(tmp_path / "other"), path.unlink):
            with pytest.raises(OSError):
                forbidden()
    assert not is_open(path)
    path.unlink()


@pytest.mark.usefixtures("windows")
def test_who_holds_the_file_open_is_waited_for_and_then_named(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run(path)
    with path.open("rb") as file:
        with refused("being used", "another program has the file open", "close it", error=OSError) as caught:
            run(path, epochs=4)
        del caught
        assert [found.name for found in tmp_path.iterdir()] == ["run"]
        threading.Timer(0.1, file.close).start()
        assert len(run(path, epochs=4).train) == 4


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("name", ["beta:1", "what?", "a|b", 'say "yes"', "*"])
def test_a_name_that_windows_refuses_is_refused_in_words(name: str, tmp_path: Path) -> None:
    with refused("Windows allows no", error=OSError):
        run(tmp_path / name)


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077, 0o027])
def test_a_new_file_has_the_mode_that_the_umask_gives(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        run(tmp_path / "run")
        (tmp_path / "plain").touch()
    finally:
        os.umask(before)
    assert mode(tmp_path / "run") == mode(tmp_path / "plain") == 0o666 & ~umask


@pytest.mark.parametrize("chosen", [0o600, 0o640, 0o664, 0o666, 0o755])
def test_a_mode_that_the_user_gave_is_kept(chosen: int, tmp_path: Path) -> None:
    path = tmp_path / "run"
    run(path, epochs=1)
    path.chmod(chosen)
    run(path, epochs=3)
    assert mode(path) == chosen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_root_leaves_a_users_file_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run(path, epochs=1)
    os.chown(path, 1234, 1235)
    run(path, epochs=2)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("links", [1, 2])
def test_a_symbolic_link_stays_and_its_target_is_written(links: int, exists: bool, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, path = tmp_path / "elsewhere" / "file", tmp_path / "run"
    if exists:
        run(target, epochs=1)
    if links == 2:
        (tmp_path / "between").symlink_to(Path("elsewhere") / "file")
    path.symlink_to(Path("between") if links == 2 else Path("elsewhere") / "file")
    history = run(path)
    assert path.is_symlink()
    assert run(target) == history
    assert not target.is_symlink()
    assert [found.name for found in target.parent.iterdir()] == ["file"]


def test_a_link_to_another_device_is_written_through(tmp_path: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second device here")
    target = other / f"vae_tutorial_{os.getpid()}"
    try:
        (tmp_path / "run").symlink_to(target)
        history = run(tmp_path / "run")
        assert (tmp_path / "run").is_symlink()
        assert run(target) == history
    finally:
        target.unlink(missing_ok=True)


CAUSES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "quota",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EROFS: "can only be read",
    errno.ENOENT: "no longer there",
    errno.EXDEV: "device of its own",
    errno.EBUSY: "mount point",
    errno.EFBIG: "no file of this size",
    errno.EMFILE: "too many files open",
    errno.EIO: "choose another folder",
}


@pytest.mark.parametrize("number", CAUSES, ids=errno.errorcode.get)
def test_the_real_cause_is_named_and_its_own_remedy(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    with refused("could not be written", os.strerror(number), CAUSES[number], error=OSError) as caught:
        run(tmp_path / "run")
    del caught
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", sorted(set(CAUSES) - {errno.ENOSPC, errno.EDQUOT}), ids=errno.errorcode.get)
def test_space_is_blamed_where_space_is_short_alone(number: int) -> None:
    assert "space" not in files.REMEDIES.get(number, "choose another folder")


def test_a_long_name_is_no_fault_of_ours(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 120 + ".safetensors")
    run(path)
    assert path.exists()
    with refused("too long", "shorter name", error=OSError):
        run(tmp_path / ("n" * 300))


def test_a_device_and_a_read_only_file_are_refused_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refused("a device or a pipe", error=OSError):
        run(Path("/dev/null"))
    run(tmp_path / "run", epochs=1)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere: the system's answer is played
    with refused("read-only", "make it writable", error=OSError):
        run(tmp_path / "run")


def test_two_runs_at_once_are_told_so(tmp_path: Path) -> None:
    path = tmp_path / "run"
    for when in (1, 2):  # before this run has written at all, and after

        @torch.enable_grad()
        def other(epoch: int, model: Any, when: int = when) -> None:
            if epoch == when:
                path.unlink(missing_ok=True)
                run(path, epochs=1)

        model, x = zoo.make("Bernoulli, d = 2", num_examples=20)
        with refused("changed by another program", "two files", error=OSError):
            fit(model, x, CONFIG, validation=x[:5], callback=other, checkpoint=path)
        assert len(run(path, epochs=1).train) == 1, "the other run's file is whole"
        path.unlink()


READ = """
import sys
from safetensors import safe_open
seen = 0
print("ready", flush=True)
while True:
    with safe_open(sys.argv[1], framework="pt") as file:
        [file.get_tensor(name) for name in file.keys()]
    seen += 1
    if seen % 50 == 0:
        print(seen, flush=True)
"""


def test_whoever_looks_finds_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run(path, epochs=1)
    reader = subprocess.Popen([sys.executable, "-c", READ, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert reader.stdout is not None
        reader.stdout.readline()
        run(path, epochs=40, patience=40)
        assert reader.stdout.readline(), "it read many times"
        assert reader.poll() is None, "it never met half of a file"
    finally:
        reader.kill()
        reader.communicate()


def test_what_somebody_else_left_is_not_swept(tmp_path: Path) -> None:
    kept = [".run.part", ".run.0123456789abcdef.txt", ".other.0123456789abcdef.part", "run.0123456789abcdef.part"]
    fresh, stale = ".run.0123456789abcdef.part", ".run.fedcba9876543210.part"
    for name in [*kept, fresh, stale]:
        (tmp_path / name).touch()
        if name != fresh:
            os.utime(tmp_path / name, (0, 0))
    run(tmp_path / "run", epochs=1)
    assert {path.name for path in tmp_path.iterdir()} == {*kept, fresh, "run"}


def test_nothing_read_from_a_file_holds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, replace = tmp_path / "run", os.replace
    seen: list[bool] = []

    def watched(source: Path, target: Path) -> None:
        seen.append(is_open(target))
        replace(source, target)

    run(path)
    monkeypatch.setattr(os, "replace", watched)
    run(path, epochs=4)
    assert seen == [False]
    with safe_open(path, framework="pt") as file:
        kept = file.get_tensor("random.cpu")
    assert is_open(path), "a tensor of safetensors holds its file by a memory map"
    del kept
    found = checkpoint._read(path)
    assert not is_open(path)
    assert found.state.best is not None
