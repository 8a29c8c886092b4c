"""Run each notebook as Colab does: alone in an empty folder, over an environment that lacks only this package.

    python -m bookkit.commands.colab --base .venv-colab/bin/python [name …]

Every notebook gets a fresh environment laid over the base, so that what one installs cannot help another.  Its set-up
line runs unchanged: git fetches the repository's address from this checkout, with the version's tag on the last commit.
Nothing but this package may be installed, or torch, numpy and ipywidgets would not be Colab's own.  A last cell links
a moving figure with a slider.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from bookkit import notebooks as tool
from bookkit.commands.release import version_of
from bookkit.commands.repoint import address_of
from bookkit.paths import ROOT

PACKAGE = "vae_tutorial"
LIST_FOLDERS = "import json, site; print(json.dumps(site.getsitepackages()))"
LIST_INSTALLED = "import json, pathlib, sysconfig; site = pathlib.Path(sysconfig.get_path('purelib')); "
LIST_INSTALLED += "print(json.dumps([path.name.split('-')[0] for path in site.glob('*.dist-info')]))"
# Moving figures work with the ipywidgets that is there; the tests run the same lines with the book's own version.
LINK = """
import ipywidgets
import vae_tutorial as vt
explorer, slider = vt.explorables.BoundExplorer(), ipywidgets.FloatSlider(min=-4, max=4)
seen = []
explorer.observe(lambda change: seen.append(change.new), "loc")
link = ipywidgets.link((slider, "value"), (explorer, "loc"))
slider.value = 1.5
assert explorer.loc == 1.5
explorer.loc = -0.5
assert slider.value == -0.5
assert seen == [1.5, -0.5], seen
explorer
"""


def ask(python: Path, code: str) -> Any:
    """Run a line of Python in an environment, and return what it prints as JSON."""
    return json.loads(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout)


def serve_checkout(folder: Path) -> dict[str, str]:
    """Copy the repository with this version's tag, and return the variables that let git find it at its address."""
    copy = folder / "repository.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, copy], check=True)
    subprocess.run(["git", "-C", copy, "tag", "--force", f"v{version_of()}"], check=True, stdout=subprocess.DEVNULL)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{copy.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": address_of(),
    }


def lay_over(base: Path, folder: Path) -> Path:
    """Make an environment that sees the base's packages, and return its interpreter."""
    environment = folder / "environment"
    subprocess.run([base, "-m", "venv", "--without-pip", environment], check=True)
    [site] = environment.glob("lib/python*/site-packages")
    (site / "base.pth").write_text("\n".join(ask(base, LIST_FOLDERS)) + "\n", encoding="utf-8")
    return environment / "bin" / "python"


def kernel_manager(python: Path, folder: Path) -> AsyncKernelManager:
    """Return a manager that starts kernels in the given environment."""
    spec = folder / "kernels" / "colab"
    spec.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Colab", "language": "python"}))
    return AsyncKernelManager(
        kernel_name="colab", kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(spec.parent)])
    )


def seconds(cell: Any) -> float:
    """Return how long a cell ran."""
    times = cell["metadata"]["execution"]
    start, end = (datetime.fromisoformat(times[key]) for key in ("iopub.execute_input", "shell.execute_reply"))
    return (end - start).total_seconds()


def run_alone(path: Path, base: Path, variables: dict[str, str]) -> dict[str, Any]:
    """Run one notebook in a fresh environment and an empty folder, and tell how it went."""
    os.environ |= variables | {"TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = lay_over(base, folder)
        (folder / "alone").mkdir()
        notebook = tool.read(path)
        notebook["cells"].append(new_code_cell(LINK))
        client = NotebookClient(
            notebook,
            km=kernel_manager(python, folder),
            timeout=600,
            store_widget_state=False,
            resources={"metadata": {"path": str(folder / "alone")}},
        )
        result: dict[str, Any] = {"notebook": path.stem}
        try:
            client.execute()
        except Exception as error:  # noqa: BLE001  # whatever went wrong is what is reported
            return result | {"failure": str(error)[-2000:]}
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and cell["source"].strip()]
        result |= {"set-up s": round(seconds(cells[0]), 1), "all s": round(sum(map(seconds, cells)), 1)}
        installed = ask(python, LIST_INSTALLED)
        if installed != [PACKAGE]:
            return result | {"failure": f"installed {installed}, where only {PACKAGE} was missing"}
        return result


def main() -> int:
    """Run the notebooks, two at a time; return 1 where one failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--base", type=Path, required=True, help="the interpreter whose packages are Colab's")
    parser.add_argument("names", nargs="*", help="notebooks by name; none means all")
    arguments = parser.parse_args()
    base = arguments.base.absolute()  # not resolved: the link is what makes it an environment's interpreter
    paths = tool.named(arguments.names)
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(2) as pool:
        variables = serve_checkout(Path(name))
        runs = [pool.submit(run_alone, path, base, variables) for path in paths]
        failed = False
        for run in runs:
            result = run.result()
            failed |= "failure" in result
            print(json.dumps(result), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
