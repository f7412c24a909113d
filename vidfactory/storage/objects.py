"""Files on the studio's storage, a folder or an object store: each is there whole or not at all.

Listings and files are always read from the storage itself, never from a client's memory of it, because
other processes and machines write there too.

A store that is busy or away is waited for (`PATIENCE_S`); what it refuses for good is a StorageRefused with the
setting to change.

A studio on S3 is named by `VIDFACTORY_STUDIO=s3://bucket/folder`. Everything else is as for every AWS SDK, in the
environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE, or the role of the machine),
AWS_DEFAULT_REGION, and AWS_ENDPOINT_URL where it is not Amazon's, in which case buckets are named in the path of
an address and not in its host. The keys must be allowed to list the bucket and to read, write and delete in it. The
bucket should have a lifecycle rule that ends uploads in parts after a day: what a killed machine left of one is seen
by nobody, and paid for.
"""

import io
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

import stamina
from upath import UPath

from vidfactory.errors import StorageUnavailable, disk_errors
from vidfactory.files import staging
from vidfactory.storage.refusals import refusal, verdict

Result = TypeVar("Result")
log = logging.getLogger(__name__)
stamina.instrumentation.set_on_retry_hooks(())  # what is tried again is said by who does, here and at the call desk
PATIENCE_S = 90.0
"""How long a store that does not serve is asked again, from its first refusal on."""
FEWEST_TRIES = 4
"""So often at least: a large file may take longer than the patience lasts before its connection is cut."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 8.0
READ_TIMEOUT_S = 30
PART_BYTES = 16 << 20
"""Larger files go to S3 in parts of this size, one after the other, so that no film is held in memory."""
_CHUNK = 1 << 20


def opened(address: str, environment: Mapping[str, str]) -> UPath:
    """The folder of that address: a path of this machine, or an fsspec address such as `s3://bucket/studio`.

    An S3 client keeps no listings, and leaves trying again to `patiently`, which knows how long.
    """
    if not address.startswith("s3"):
        return UPath(address)
    from s3fs import S3FileSystem  # noqa: PLC0415  -- of the extra `aws`

    S3FileSystem.retries = 1
    config: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "read_timeout": READ_TIMEOUT_S}
    if environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL"):
        config["s3"] = {"addressing_style": "path"}
    return UPath(address, use_listings_cache=False, max_concurrency=1, config_kwargs=config)


def put(path: UPath, content: bytes) -> None:
    """Write a file, in place of the one that is there. Object stores publish it only when it is complete."""
    if isinstance(path, Path):
        write_atomically(path, content)
    else:
        patiently(path, lambda: path.fs.pipe_file(path.path, content))


def create(path: UPath, content: bytes) -> None:
    """Write a file that was not there; FileExistsError where it is.

    Of several at once one succeeds, but for object stores that check and write in two steps, as Swift does: there
    whoever creates must hold a claim.
    """
    if isinstance(path, Path):
        write_atomically(path, content, new=True)
        return
    if exists(path):
        raise FileExistsError(str(path))
    try:
        patiently(path, lambda: path.fs.pipe_file(path.path, content, mode="create"))
    except FileExistsError:
        # An answer that was lost on its way is asked for again, and then this is the file that was just written.
        if get(path) != content:
            raise


def upload(source: Path, path: UPath) -> None:
    """Copy a local file to the storage, in place of the one that is there."""
    if isinstance(path, Path):
        with disk_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            with staging(path) as temporary, source.open("rb") as reader:
                copy_through(reader, temporary)
                temporary.replace(path)
        return
    options = {"chunksize": PART_BYTES} if _is_s3(path) else {}
    source.stat()  # so that a missing file is its own error, and not the storage's
    patiently(path, lambda: path.fs.put_file(str(source), path.path, **options))


def download(path: UPath, target: Path) -> bool:
    """Copy a file of the storage to this machine; False if it is not there."""
    with disk_errors(str(target)):
        target.parent.mkdir(parents=True, exist_ok=True)
        with staging(target) as temporary:
            try:
                if isinstance(path, Path):
                    with path.open("rb") as reader:
                        copy_through(reader, temporary)
                else:
                    patiently(path, lambda: path.fs.get_file(path.path, str(temporary)))
            except FileNotFoundError:
                return False
            temporary.replace(target)
    return True


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
        if isinstance(path, Path):
            return path.read_bytes()
        content: bytes = patiently(path, lambda: path.fs.cat_file(path.path))
    except FileNotFoundError:
        return None
    return content


def size(path: UPath) -> int | None:
    """The bytes of a file; None if it is not there."""
    try:
        if isinstance(path, Path):
            return path.stat().st_size
        found: int = patiently(path, lambda: path.fs.info(path.path, **_fresh(path)))["size"]
    except FileNotFoundError:
        return None
    return found


def exists(path: UPath) -> bool:
    """Whether a file is there."""
    return size(path) is not None


def remove(path: UPath) -> None:
    """Remove a file; nothing happens if it is not there."""
    try:
        path.unlink() if isinstance(path, Path) else patiently(path, lambda: path.fs.rm_file(path.path))
    except FileNotFoundError:
        return


def remove_folder(folder: UPath) -> None:
    """Remove a folder with all that is in it; nothing happens if it is not there."""
    try:
        if isinstance(folder, Path):
            shutil.rmtree(folder)
            return
        found = patiently(folder, lambda: folder.fs.find(folder.path))
    except FileNotFoundError:
        return
    # One by one: a store that is busy takes longer for a thousand at once than its client waits.
    for name in found:
        remove(UPath(name, protocol=folder.protocol, **folder.storage_options))


def sizes(folder: UPath) -> dict[str, int]:
    """The files of a folder by name, with their bytes; empty if there is no such folder."""
    try:
        if isinstance(folder, Path):
            there = {name: size(folder / name) for name in names(folder) if not (folder / name).is_dir()}
            return {name: found for name, found in there.items() if found is not None}  # others may go meanwhile
        found = patiently(folder, lambda: folder.fs.ls(folder.path, detail=True, **_fresh(folder)))
    except FileNotFoundError:
        return {}
    return {str(each["name"]).rpartition("/")[2]: each["size"] for each in found if each["type"] == "file"}


def names(folder: UPath) -> list[str]:
    """The names of what lies in a folder, sorted; empty if there is no such folder."""
    try:
        if isinstance(folder, Path):
            return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths: thousands of them
        found = patiently(folder, lambda: folder.fs.ls(folder.path, detail=False, refresh=True))
    except FileNotFoundError:
        return []
    return sorted(str(each).rstrip("/").rpartition("/")[2] for each in found)


def patiently(path: UPath, work: Callable[[], Result]) -> Result:
    """What `work` on a store that is no local folder returns, tried again while the store is busy or away.

    StorageUnavailable once the patience is over, StorageRefused for what no try can change; FileNotFoundError and
    FileExistsError as they are.
    """
    where, failures, since = str(path), 0, 0.0

    def is_worth_it(error: Exception) -> bool:
        nonlocal failures, since
        if verdict(error) != "busy":
            return False
        failures, since = failures + 1, since or time.monotonic()
        if failures >= FEWEST_TRIES and time.monotonic() - since > PATIENCE_S:
            return False
        log.warning("the storage does not serve, and is asked again for up to %.0f s: %s", PATIENCE_S, _said(error))
        return True

    tries = stamina.retry_context(
        on=is_worth_it,
        attempts=None,
        timeout=None,
        wait_initial=FIRST_WAIT_S,
        wait_max=LONGEST_WAIT_S,
        wait_jitter=FIRST_WAIT_S,
    )
    try:
        for attempt in tries:
            with attempt:
                return work()
    except Exception as error:
        match verdict(error):
            case "busy":
                raise StorageUnavailable(
                    f"the storage did not serve for {PATIENCE_S:.0f} s: {_said(error)}",
                    where=where,
                    remedy="Run it again when it does; what is finished stays",
                ) from error
            case "refused":
                raise refusal(error, where, str(path)) from error
            case "there":
                raise FileExistsError(where) from error
            case _:
                raise
    raise AssertionError("the loop returns or raises")


def _said(error: Exception) -> str:
    """What went wrong, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _is_s3(path: UPath) -> bool:
    protocol = path.fs.protocol
    return "s3" in ((protocol,) if isinstance(protocol, str) else protocol)


def _fresh(path: UPath) -> dict[str, Any]:
    """What tells a client to look at the storage, where it has a memory of it."""
    return {"refresh": True} if _is_s3(path) else {}
