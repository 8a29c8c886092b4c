"""Draw the house in CONTRIBUTING.md anew, from the imports: ``python -m bookkit.commands.house``."""

from __future__ import annotations

from bookkit.house import redrawn
from bookkit.paths import ROOT

if __name__ == "__main__":
    PAGE = ROOT / "CONTRIBUTING.md"
    PAGE.write_text(redrawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
