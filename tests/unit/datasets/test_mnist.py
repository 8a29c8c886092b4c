"""MNIST and its relatives: what is loaded, what is refused, and that a download cannot harm what is there.

A fixture of 20 images stands in for the real files; where VAE_TUTORIAL_DATA names a folder that holds them, the last
tests read them whole.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from tests.support.idx import idx, text
from tests.support.narrowing import present
from tests.support.windows import is_open, play_windows
from vae_tutorial.datasets import Dataset, files, load_fashion_mnist, load_mnist, load_static_binarized_mnist, mnist
from vae_tutorial.datasets.files import DataFile, read_checked

REAL_DATA = os.environ.get(files.VARIABLE)
GREY = np.arange(20 * 784, dtype=np.uint8).reshape(20, 28, 28)
LABELS = np.arange(20, dtype=np.uint8) % 10


def put(folder: Path, name: str, content: bytes) -> DataFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return DataFile(name, sha256(content).hexdigest())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    folder = tmp_path / "data"
    monkeypatch.setenv(files.VARIABLE, str(folder))
    return folder


@pytest.fixture
def small_mnist(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, DataFile]:
    """Twenty images and labels in the places of MNIST's; eight of them for validation."""
    arrays = {"train": GREY, "train labels": LABELS, "test": GREY[:5], "test labels": LABELS[:5]}
    made = {part: put(folder, mnist.MNIST[part].name, idx(array)) for part, array in arrays.items()}
    monkeypatch.setattr(mnist, "MNIST", made)
    monkeypatch.setattr(mnist, "VALIDATION", 8)
    return made


@pytest.mark.usefixtures("small_mnist")
def test_grey_values_are_kept_and_split_in_order() -> None:
    data = load_mnist("grey")
    assert torch.equal(torch.cat([data.train, data.validation]), torch.from_numpy(GREY.reshape(20, 784)).float())
    assert [len(part) for part in (data.train, data.validation, data.test)] == [12, 8, 5]
    assert torch.equal(
        torch.cat([present(data.train_labels), present(data.validation_labels)]), torch.from_numpy(LABELS).long()
    )
    assert (data.levels, data.image_shape) == (256, (28, 28))


@pytest.mark.usefixtures("small_mnist")
@pytest.mark.parametrize("threshold", [0, 127, 254])
def test_binary_is_one_above_the_threshold(threshold: int) -> None:
    grey, binary = load_mnist("grey"), load_mnist("binary", threshold)
    assert torch.equal(binary.test, (grey.test > threshold).float())
    assert binary.levels == 2


@pytest.mark.usefixtures("small_mnist")
def test_what_is_asked_for_is_checked() -> None:
    with pytest.raises(ValueError, match='values must be "binary" or "grey", got \'counts\''):
        load_mnist("counts")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="threshold must be at most 254, got 255"):
        load_mnist(threshold=255)


@pytest.mark.parametrize("spoil", [lambda content: content[:-1], lambda content: content[:30] + b"\0" + content[31:]])
def test_a_truncated_or_altered_file_is_refused_by_name_and_digest_and_left_alone(
    small_mnist: dict[str, DataFile], folder: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = folder / small_mnist["train"].name
    spoilt = spoil(path.read_bytes())
    path.write_bytes(spoilt)
    with pytest.raises(ValueError, match=f"train-images-idx3-ubyte.gz must have {small_mnist['train'].digest}"):
        load_mnist()
    assert path.read_bytes() == spoilt


def test_the_static_set_is_the_same_from_text_and_from_idx(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {part: (GREY[:count] % 2) for part, count in {"train": 20, "valid": 5, "test": 3}.items()}
    as_text = {part: put(folder, mnist.STATIC_TEXT[part].name, text(array)) for part, array in parts.items()}
    monkeypatch.setattr(mnist, "STATIC_TEXT", as_text)
    read_from_text = load_static_binarized_mnist()
    as_idx = {part: put(folder, mnist.STATIC_IDX[part].name, idx(array)) for part, array in parts.items()}
    monkeypatch.setattr(mnist, "STATIC_IDX", as_idx)
    for name in as_text.values():
        (folder / name.name).unlink()
    read_from_idx = load_static_binarized_mnist()
    for part in ("train", "validation", "test"):
        assert torch.equal(getattr(read_from_text, part), getattr(read_from_idx, part))
    assert torch.equal(read_from_text.train, torch.from_numpy(parts["train"].reshape(20, 784)).float())


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A server on this machine, and the folder that it serves."""
    root = tmp_path / "mirror"
    root.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield root, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_missing_file_comes_from_the_first_mirror_that_has_it_right(folder: Path, mirror: tuple[Path, str]) -> None:
    root, url = mirror
    good = idx(GREY)
    (root / "good").write_bytes(good)
    (root / "cut").write_bytes(good[:-5])
    urls = (url + "absent", url + "cut", url + "good")
    assert read_checked(DataFile("mnist/x.gz", sha256(good).hexdigest(), urls)) == good
    assert [path.name for path in (folder / "mnist").iterdir()] == ["x.gz"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_a_download_has_the_mode_that_the_umask_gives(folder: Path, mirror: tuple[Path, str], umask: int) -> None:
    root, url = mirror
    (root / "good").write_bytes(b"good")
    before = os.umask(umask)
    try:
        read_checked(DataFile("mnist/x", sha256(b"good").hexdigest(), (url + "good",)))
    finally:
        os.umask(before)
    assert (folder / "mnist" / "x").stat().st_mode & 0o777 == 0o666 & ~umask
    assert [path.name for path in (folder / "mnist").iterdir()] == ["x"]


def test_a_link_that_leads_nowhere_yet_stays_and_its_target_is_filled(
    folder: Path, tmp_path: Path, mirror: tuple[Path, str]
) -> None:
    root, url = mirror
    (root / "good").write_bytes(b"good")
    (folder / "mnist").mkdir(parents=True)
    (folder / "mnist" / "x").symlink_to(tmp_path / "large disk" / "x")
    assert read_checked(DataFile("mnist/x", sha256(b"good").hexdigest(), (url + "good",))) == b"good"
    assert (folder / "mnist" / "x").is_symlink()
    assert (tmp_path / "large disk" / "x").read_bytes() == b"good"


@pytest.mark.skipif(sys.platform != "linux", reason="what is open is read from /proc")
def test_a_download_obeys_windows_rules(
    folder: Path, mirror: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, url = mirror
    (root / "cut").write_bytes(b"goo")
    (root / "good").write_bytes(b"good")
    play_windows(monkeypatch)
    file = DataFile("mnist/x", sha256(b"good").hexdigest(), (url + "cut", url + "good"))
    assert read_checked(file) == read_checked(file) == b"good"
    assert not is_open(folder / "mnist" / "x")
    assert [path.name for path in (folder / "mnist").iterdir()] == ["x"]


def test_a_folder_that_cannot_be_written_to_is_named_and_no_mirror_is_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv(files.VARIABLE, str(tmp_path / "file"))
    with pytest.raises(OSError, match=r"cannot be put there .*name a folder that you may write to") as caught:
        read_checked(DataFile("mnist/x", "0" * 64, ("http://127.0.0.1:1/nobody",)))
    assert "127.0.0.1" not in str(caught.value)


def test_when_no_mirror_is_right_nothing_is_kept_and_every_reason_is_told(
    folder: Path, mirror: tuple[Path, str]
) -> None:
    root, url = mirror
    good = idx(GREY)
    (root / "cut").write_bytes(good[:-5])
    file = DataFile("mnist/x.gz", sha256(good).hexdigest(), (url + "absent", url + "cut"))
    with pytest.raises(OSError, match=r"(?s)could not be downloaded.*absent: HTTPError.*cut: ValueError"):
        read_checked(file)
    assert not any((folder / "mnist").iterdir())


def test_a_good_copy_is_read_without_asking_a_mirror(folder: Path) -> None:
    good = idx(GREY)
    put(folder, "mnist/x.gz", good)
    assert read_checked(DataFile("mnist/x.gz", sha256(good).hexdigest(), ("http://127.0.0.1:1/nobody",))) == good


def test_the_folder_is_the_one_named_or_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.VARIABLE, "~/somewhere")
    assert files.data_folder() == Path("~/somewhere").expanduser()
    monkeypatch.delenv(files.VARIABLE)
    assert files.data_folder().name == "vae_tutorial"


@pytest.mark.skipif(not REAL_DATA, reason=f"{files.VARIABLE} names no folder")
@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])
def test_the_real_files_have_their_published_sizes(load: Callable[[Literal["grey"]], Dataset]) -> None:
    data = load("grey")
    assert [len(part) for part in (data.train, data.validation, data.test)] == [50_000, 10_000, 10_000]
    assert (float(data.train.min()), float(data.train.max())) == (0, 255)
    assert present(data.train_labels).unique().tolist() == list(range(10))


@pytest.mark.skipif(not REAL_DATA, reason=f"{files.VARIABLE} names no folder")
def test_the_real_static_set_is_a_draw_from_mnists_grey_values() -> None:
    static, grey = load_static_binarized_mnist(), load_mnist("grey")
    assert set(static.test.unique().tolist()) == {0.0, 1.0}
    assert abs(static.test.mean() - grey.test.mean() / 255) < 1e-3
