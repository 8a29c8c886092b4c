"""Play Windows' rules for files on a system that is laxer: who forgets one of them learns it here.

Windows flushes no handle that is open for reading alone, and neither replaces nor removes a file while a handle or a
memory map of it is open.  What is open in this process is read from /proc.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest


def is_open(path: Any) -> bool:
    """Tell whether this process holds the file by a handle or a memory map."""
    real = os.path.realpath(path)
    handles = [os.path.realpath(handle) for handle in Path("/proc/self/fd").iterdir()]
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return real in handles or any(line.endswith(real) for line in maps)


def play_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file operations of this process obey Windows' rules from now on."""
    fsync = os.fsync

    def flush(descriptor: int) -> None:
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(9, "Bad file descriptor")
        fsync(descriptor)

    def strict(operation: Any, *, replaces: bool) -> Any:
        def checked(*args: Any, **kwargs: Any) -> Any:
            for path in args[: 1 + replaces]:
                if is_open(path):
                    raise PermissionError(13, "The process cannot access the file because it is being used", str(path))
                if Path(path).exists() and not Path(path).stat().st_mode & 0o200:
                    raise PermissionError(13, "Access is denied", str(path))
            return operation(*args, **kwargs)

        return checked

    monkeypatch.setattr(os, "fsync", flush)
    for name in ("replace", "rename"):
        monkeypatch.setattr(os, name, strict(getattr(os, name), replaces=True))
    for name in ("unlink", "remove"):
        monkeypatch.setattr(os, name, strict(getattr(os, name), replaces=False))
