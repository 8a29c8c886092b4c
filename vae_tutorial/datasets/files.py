"""Find a file in the data folder, or download it; either way nothing is parsed before its digest is checked."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

VARIABLE = "VAE_TUTORIAL_DATA"
TIMEOUT = 30  # seconds that a mirror may be silent


@dataclass(frozen=True)
class DataFile:
    """Name one file of a data set.

    Attributes:
        name: its path below the data folder.
        digest: its SHA-256, in hexadecimal.
        urls: where it can be had, tried in this order.
    """

    name: str
    digest: str
    urls: tuple[str, ...] = ()


def data_folder() -> Path:
    """Return where data files are kept: the folder that VAE_TUTORIAL_DATA names, or else the user's cache.

    It need not exist; it is made when something is downloaded.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    import pooch  # a slow import, and of no use to who never downloads

    return Path(pooch.os_cache("vae_tutorial"))


def read_checked(file: DataFile) -> bytes:
    """Return the content of a file, downloaded if the data folder lacks it, once its digest is right.

    A download is written beside the file and moved into place only when its digest is right, so that a bad copy never
    replaces a good one, and a file that is there is never replaced at all.

    Raises:
        ValueError: the file in the data folder has another digest.
        OSError: no mirror delivered a file with the right digest.
    """
    path = data_folder() / file.name
    if not path.exists():
        _download(file, Path(os.path.realpath(path)))  # a link that leads nowhere yet stays a link
    content = path.read_bytes()
    found = sha256(content).hexdigest()
    if found != file.digest:
        raise ValueError(
            f"{path} has SHA-256 {found}, but {file.name} must have {file.digest}: the file is truncated or altered "
            f"({len(content)} bytes). It was not read; remove it, and the next call downloads a good copy"
        )
    return content


def is_at_hand(file: DataFile) -> bool:
    """Tell whether the data folder has the file."""
    return (data_folder() / file.name).is_file()


def _download(file: DataFile, path: Path) -> None:
    import pooch

    _make_folder(file, path.parent)
    # plain tqdm's bar, which TQDM_DISABLE silences
    downloader = pooch.HTTPDownloader(progressbar=os.environ.get("TQDM_DISABLE") != "1", timeout=TIMEOUT)
    failures = []
    for url in file.urls:
        try:
            pooch.retrieve(url, f"sha256:{file.digest}", fname=path.name, path=path.parent, downloader=downloader)
            path.chmod(_usual_mode(path.parent))  # pooch leaves it to its owner alone
            return
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong digest is pooch's ValueError
            failures.append(f"{url}: {type(error).__name__}: {error}")
    raise OSError(
        f"{file.name} (SHA-256 {file.digest}) is not in {data_folder()} and could not be downloaded. "
        f"Put it there by hand, or name a folder that holds it in {VARIABLE}. Tried: " + "; ".join(failures)
    )


def _make_folder(file: DataFile, folder: Path) -> None:
    """Make sure that a download has a place, before anybody is asked for it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _usual_mode(folder)
    except OSError as error:
        raise OSError(
            f"{file.name} is not in {data_folder()} and cannot be put there ({error}): "
            f"name a folder that you may write to in {VARIABLE}"
        ) from error


def _usual_mode(folder: Path) -> int:
    """Return the mode that a new file gets in a folder, as the umask has it."""
    probe = folder / f".{secrets.token_hex(8)}.part"
    os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        return stat.S_IMODE(probe.stat().st_mode)
    finally:
        probe.unlink()
