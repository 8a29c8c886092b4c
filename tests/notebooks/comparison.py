"""How a notebook is tested: strictly, cell by cell, pictures included, and then again with a wrong log p(x).

``pytest book/chapter.ipynb`` runs this.  nbval starts one kernel for a notebook, runs every cell and compares what it
shows with what is stored.  Two things are added here: pictures are compared as well, and a last item runs the notebook
once more in the same kernel, in an empty namespace, with 5 nats planted into every log p(x); there its check must be
what fails first.  `bookkit.recording` spares that run the fits of the first.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

from bookkit import pages, paths, pictures
from tests.support.planting import with_planted_error

BEGIN = f"""
import sys
sys.path.insert(0, {str(paths.ROOT)!r})
from bookkit import recording
recording.start()
%reset -f
"""
AGAIN = """
%reset -f
from bookkit import recording
recording.again()
%reset -f
"""


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Collect each notebook that nbval collects, as one of ours."""
    found = yield
    return [Notebook.from_parent(parent, path=file_path) if isinstance(one, IPyNbFile) else one for one in found]


class Notebook(IPyNbFile):  # type: ignore[misc]
    """A notebook: its cells, and then the whole of it with a planted error."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each cell that runs, and one for the planted error."""
        for item in super().collect():
            yield Cell.from_parent(self, name=item.name, cell_num=item.cell_num, cell=item.cell, options=item.options)
        yield Planted.from_parent(self, name="notices 5 nats")

    def setup(self) -> None:
        """Start the kernel, and record what the second run can take from the first."""
        super().setup()
        failure = run(self.kernel, BEGIN)
        assert failure is None, failure


class Cell(IPyNbCell):  # type: ignore[misc]
    """A cell whose pictures are compared, too."""

    def compare_outputs(self, test: list[Any], ref: list[Any], skip_compare: Any = None) -> bool:
        """Say whether the cell shows what is stored: texts as nbval compares them, then pictures."""
        if not super().compare_outputs(test, ref, skip_compare):
            return False
        stored, fresh = pictures.of_outputs(ref), pictures.of_outputs(test)
        self.comparison_traceback = pictures.faults(stored, fresh)
        return not self.comparison_traceback


class Planted(pytest.Item):
    """The same notebook with 5 nats too many in each log p(x): the check, and nothing before it, must fail."""

    parent: Notebook

    def runtest(self) -> None:
        """Run the cells until one fails, and see that it is the check that does."""
        run(self.parent.kernel, AGAIN)
        for cell in with_planted_error(pages.read(self.path)):
            if cell["cell_type"] != "code":
                continue
            error = run(self.parent.kernel, cell["source"])
            if error is not None:
                noticed = "check" in pages.tags(cell) and error == "AssertionError"
                assert noticed, f"a cell tagged {pages.tags(cell)} failed first, with {error}"
                return
        pytest.fail("log p(x) is 5 nats too high, and nothing in this notebook noticed")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Say what happened, without a traceback through this file."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return how the item is called in a report."""
        return self.path, 0, f"{self.path.name}: {self.name}"


def run(kernel: RunningKernel, source: str) -> str | None:
    """Run code in a kernel, and return the name of the error that it ends in, if it does."""
    asked, error = kernel.execute_cell_input(source, allow_stdin=False), None
    kernel.await_reply(asked, timeout=600)
    while True:  # what it shows is read away, so that the next cell does not find it
        message = kernel.get_message("iopub", timeout=60)
        if message["parent_header"].get("msg_id") != asked:
            continue
        if message["msg_type"] == "error":
            error = str(message["content"]["ename"])
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return error
