"""What `pip install` brings: all of the package, nothing else, and it works from an empty folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from bookkit.paths import ROOT

BUILD = "import sys, setuptools.build_meta as build; out = sys.argv[1]; build.build_wheel(out); build.build_sdist(out)"
LEFT_OUT = shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info", "build", "dist")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive, made from a copy so that the tree stays clean."""
    copy, out = tmp_path_factory.mktemp("copy") / "tree", tmp_path_factory.mktemp("dist")
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    subprocess.run([sys.executable, "-c", BUILD, out], cwd=copy, check=True, capture_output=True)
    return out


def package_files() -> set[str]:
    """Return every file of the package in the tree."""
    files = (path for path in (ROOT / "vae_tutorial").rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_whole_package_and_nothing_else(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in held if ".dist-info/" not in name} == package_files()
    for kind in (".js", ".css", ".mplstyle", ".json", ".safetensors", "py.typed"):
        assert any(name.endswith(kind) for name in held), kind


def test_the_source_archive_holds_what_builds_the_package_and_nothing_else(built: Path) -> None:
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        held = {name.partition("/")[2] for name in opened.getnames()}
    assert package_files() | {"pyproject.toml", "README.md", "LICENSE"} <= held
    assert not {name.partition("/")[0] for name in held} & {"book", "tests", "benchmarks", "bookkit"}


def test_the_installed_wheel_runs_the_readme_from_an_empty_folder(built: Path, tmp_path: Path) -> None:
    environment, elsewhere = tmp_path / "environment", tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    [site] = environment.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = environment / "bin" / "python"
    [wheel] = built.glob("*.whl")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    more = "print(vt.__file__)\nvt.figures.use_style()\nprint(len(vt.explorables.BoundExplorer().to_html()))"
    command = [str(python), "-c", f"{example}\n{more}"]
    run = subprocess.run(command, cwd=elsewhere, check=True, capture_output=True, text=True)
    estimate, file, length = run.stdout.splitlines()[-3:]
    assert "stochastic lower bound" in estimate
    assert file.startswith(str(site))
    assert int(length) > 1000
