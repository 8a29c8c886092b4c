"""Put a file in its place in one step: whoever looks finds the old file or the new one, never half of one.

The rules are those of the strictest system: Windows flushes only what is open for writing, and replaces no file that
anybody holds open.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WINDOWS = os.name == "nt"
RESERVED = '<>:"|?*'  # a colon names a hidden stream of a file; the others no file at all
PATIENCE = 2.0  # seconds that a virus scanner or an indexer may hold a file on Windows
STALE = 3600.0  # seconds after which the unfinished file of a run that was killed is removed

_NOT_ALLOWED = "you may not write there: choose another folder, or change the permissions of this one"
_IN_USE = "another program has the file open, or you may not write there: close it, or choose another folder"
_ONE_STEP = "it is a mount point or on a device of its own, and cannot be replaced in one step: name a file in a folder"
REMEDIES = {
    errno.ENOSPC: "free some space, or choose another folder",
    errno.EDQUOT: "your quota is used up: free some space, or choose another folder",
    errno.EFBIG: "the file system takes no file of this size: choose another folder",
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: "this file system can only be read: choose another folder",
    errno.ENOENT: "the folder is no longer there: make it again",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EXDEV: _ONE_STEP,
    errno.EBUSY: _ONE_STEP,
    errno.EMFILE: "this process has too many files open: close some",
}


def check_place(path: Path) -> None:
    """Raise OSError at once where ``path`` could not be written later on; remove what a killed run left beside it."""
    if WINDOWS and (bad := sorted(set(path.name) & set(RESERVED))):
        raise OSError(f"checkpoint {path} cannot be written: Windows allows no {' '.join(bad)} in a file's name")
    target = _followed(path)
    with _told(path):
        if not target.parent.is_dir():
            raise OSError(f"checkpoint {path} cannot be written: the folder {target.parent} does not exist; make it")
        if target.is_dir():
            raise OSError(f"checkpoint {path} is a folder: name a file in it")
        if target.exists() and not target.is_file():
            raise OSError(f"checkpoint {path} is a device or a pipe, not a file: name a file in a folder")
        if target.exists() and not os.access(target, os.W_OK):
            raise OSError(f"checkpoint {path} is read-only: make it writable, or name another file")
        _sweep(target)
        _beside(target).unlink()


def put(path: Path, content: bytes) -> None:
    """Write a file beside ``path`` and move it there in one step.

    A symbolic link is followed: it stays, and the file that it names is replaced.  A new file has the mode that the
    umask gives; one that is replaced keeps its mode and, where this process may give it away, its owner.  What keeps
    the older content is another hard link to it.

    Raises:
        OSError: with the cause and what to do; the older file is left as it was.
    """
    target = _followed(path)
    with _told(path):
        temporary = _beside(target)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # this handle: Windows flushes none that is open for reading alone
            _take_mode(temporary, target)
            _move(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes whenever somebody replaces or rewrites the file; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _followed(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _beside(target: Path) -> Path:
    """Make an empty file in the same folder, and so on the same device; the umask gives its mode."""
    temporary = target.with_name(f".{target.name[:20]}.{secrets.token_hex(8)}.part")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return temporary


def _sweep(target: Path) -> None:
    """Remove unfinished files of runs that were killed while they wrote."""
    pattern = re.compile(re.escape(f".{target.name[:20]}.") + r"[0-9a-f]{16}\.part")
    with suppress(OSError):  # a file may have gone meanwhile, or be somebody else's
        for path in target.parent.iterdir():
            if pattern.fullmatch(path.name) and time.time() - path.stat().st_mtime > STALE:
                path.unlink()


def _take_mode(temporary: Path, target: Path) -> None:
    if not target.exists():
        return
    old, new = target.stat(), temporary.stat()
    if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with suppress(PermissionError):  # only root may give files away
            os.chown(temporary, old.st_uid, old.st_gid)
    if stat.S_IMODE(old.st_mode) != stat.S_IMODE(new.st_mode):
        temporary.chmod(stat.S_IMODE(old.st_mode))


def _move(temporary: Path, target: Path) -> None:
    """Replace ``target``; on Windows wait a little for whoever holds it open."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            temporary.replace(target)
            return
        except PermissionError:
            if not WINDOWS or time.monotonic() > end:
                raise
            time.sleep(0.05)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn a failure of the system into a sentence that names the file, the cause and the remedy."""
    try:
        yield
    except OSError as error:
        number = error.errno
        if number is None:  # a sentence of ours already
            raise
        remedy = _IN_USE if WINDOWS and number == errno.EACCES else REMEDIES.get(number, "choose another folder")
        raise OSError(
            f"checkpoint {path} could not be written ({error}): {remedy}; a checkpoint written before is still there"
        ) from error
