"""Small files on the studio's storage, a folder or an object store: each is there whole or not at all.

Listings and files are always read from the storage itself, never from a client's memory of it, because
other processes and machines write there too.
"""

import io
import os
import shutil
from pathlib import Path
from typing import IO

from upath import UPath

from vidfactory.errors import disk_errors
from vidfactory.files import staging

_CHUNK = 1 << 20


def put(path: UPath, content: bytes) -> None:
    """Write a file, in place of the one that is there. Object stores publish it only when it is complete."""
    if isinstance(path, Path):
        write_atomically(path, content)
    else:
        path.fs.pipe_file(path.path, content)


def write_atomically(path: Path, content: bytes, *, new: bool = False) -> None:
    """Write a local file so that it is there whole or not at all; with `new`, FileExistsError if it is there."""
    with disk_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        with staging(path) as temporary:
            copy_through(io.BytesIO(content), temporary)
            if new:
                os.link(temporary, path)  # unlike a rename it never replaces a file that came in between
            else:
                temporary.replace(path)


def copy_through(reader: IO[bytes], path: Path) -> None:
    """Copy a stream to a file and make sure that the disk has it."""
    with path.open("wb") as writer:
        shutil.copyfileobj(reader, writer, length=_CHUNK)
        writer.flush()
        os.fsync(writer.fileno())


def get(path: UPath) -> bytes | None:
    """The content of a file; None if it is not there."""
    try:
        content: bytes = path.read_bytes() if isinstance(path, Path) else path.fs.cat_file(path.path)
    except FileNotFoundError:
        return None
    return content


def remove(path: UPath) -> None:
    """Remove a file; nothing happens if it is not there."""
    try:
        path.unlink() if isinstance(path, Path) else path.fs.rm_file(path.path)
    except FileNotFoundError:
        return


def names(folder: UPath) -> list[str]:
    """The names of what lies in a folder, sorted; empty if there is no such folder."""
    try:
        if isinstance(folder, Path):
            return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths: thousands of them
        found = folder.fs.ls(folder.path, detail=False, refresh=True)
    except FileNotFoundError:
        return []
    return sorted(str(each).rstrip("/").rpartition("/")[2] for each in found)
