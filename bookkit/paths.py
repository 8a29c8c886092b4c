"""Where everything is."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
HTML = ROOT / "_build" / "html"
PACKAGE = ROOT / "vae_tutorial"
RECORDS = PACKAGE / "records"
KIT = ROOT / "bookkit"
TEMPLATE = KIT / "template.ipynb"
NOTEBOOKS = [*sorted(BOOK.glob("*.ipynb")), TEMPLATE]  # a new chapter starts from the last
RUN_TIMES = KIT / "run_times.json"  # processor seconds of each notebook's last run here
