"""Google's resumable upload: a session that takes a file in chunks, and says how much of it has arrived.

Belongs here: the session, its ranges, how it goes on after a cut, and how it ends. Does not belong here: what is
uploaded, and whether it is there already (`youtube_publisher`).

The session's address is as good as a key to it: it is kept where the call is noted, and told to nobody.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import httpx

from vidfactory.errors import JobFailed, JobRefused, Permanent, Transient
from vidfactory.providers.youtube_api import YouTube
from vidfactory.schema.base import Media

log = logging.getLogger(__name__)
GRAIN = 256 * 1024
"""Every chunk but the last is a multiple of it, says the protocol."""
_PIECE = 64 * 1024
"""Bytes that are read from the disk at once."""
_LOST = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})
_JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Session:
    """A session for a file of that hash and size: no other file, be it of the same edition, may be put into it."""

    sha256: str
    size: int
    address: str

    @property
    def job(self) -> str:
        return f"{self.sha256} {self.size} {self.address}"

    @classmethod
    def of_job(cls, job: str) -> "Session":
        sha256, size, address = job.split(" ", 2)
        return cls(sha256, int(size), address)


async def open_session(api: YouTube, path: str, resource: bytes, file: Media) -> Session:
    """Announce a file with what YouTube shall know about it (JSON), and get a session for it."""
    headers = {
        "content-type": _JSON,
        "x-upload-content-length": str(file.size),
        "x-upload-content-type": file.media_type,
    }
    response = await api.send("POST", path, headers, resource)
    if response.is_error:
        raise api.failure(response)
    address = response.headers.get("location", "")
    if not address or not api.is_own(address):
        raise api.unreadable("it gives no session of its own")
    return Session(file.sha256, file.size, address)


async def upload(api: YouTube, session: Session, file: Media, chunk: int) -> Mapping[str, Any]:
    """Send what is missing of a file and return what was made of it.

    It begins at the byte that the session names, so a session is gone on with after whatever cut it. `chunk` is in
    bytes. JobFailed where the session is lost, or was opened for other bytes than the file's; JobRefused where
    YouTube takes no such file; Transient where the session is to be asked again.
    """
    done = await _state(api, session)
    if isinstance(done, int) and session.sha256 != file.sha256:
        raise JobFailed("the film was packed anew since its upload began", where=api.where)
    with file.path.open("rb") as stream:  # a file that is replaced meanwhile stays the same here
        while not isinstance(done, Mapping):
            begun = done
            done = await _sent(api, session, file, stream, begun, chunk)
            if isinstance(done, int) and done <= begun:
                raise Transient(f"the service took none of {chunk} bytes", where=api.where)
            log.info("%s of %d bytes are there", done if isinstance(done, int) else "all", file.size)
    return done


async def _state(api: YouTube, session: Session) -> int | Mapping[str, Any]:
    """How many bytes have arrived, or what was made of them."""
    return _progress(api, await api.send("PUT", session.address, {"content-range": f"bytes */{session.size}"}))


async def _sent(
    api: YouTube, session: Session, file: Media, stream: IO[bytes], begin: int, chunk: int
) -> int | Mapping[str, Any]:
    """The state after a chunk from byte `begin` was sent."""
    end = min(begin + chunk, file.size)
    headers = {
        "content-type": file.media_type,
        "content-length": str(end - begin),
        "content-range": f"bytes {begin}-{end - 1}/{file.size}",
    }
    response = await api.send("PUT", session.address, headers, lambda: _pieces(stream, begin, end))
    return _progress(api, response)


async def _pieces(stream: IO[bytes], begin: int, end: int) -> AsyncIterator[bytes]:
    await asyncio.to_thread(stream.seek, begin)
    while begin < end:
        piece = await asyncio.to_thread(stream.read, min(_PIECE, end - begin))
        if not piece:  # the file was cut short: the request breaks off, and the session is asked again
            return
        begin += len(piece)
        yield piece


def _progress(api: YouTube, response: httpx.Response) -> int | Mapping[str, Any]:
    """What an answer to a PUT says: bytes that have arrived, or the finished resource."""
    if response.status_code == httpx.codes.PERMANENT_REDIRECT:
        return arrived(response.headers.get("range", ""))
    if response.status_code in _LOST:
        raise JobFailed("the upload's session is lost", where=api.where)
    if response.is_error:
        failure = api.failure(response)
        if isinstance(failure, Permanent):  # of this session nothing will come any more
            raise JobRefused(failure.what, where=failure.where, remedy=failure.remedy)
        raise failure
    made = api.content(response)
    if not isinstance(made, Mapping):
        raise api.unreadable("it is no resource")
    return made


def arrived(header: str) -> int:
    """Bytes from the beginning that a Range header of a session names, `bytes=0-99` being 100; 0 where it has none."""
    found = re.fullmatch(r"(?:bytes=)?0-(\d+)", header.strip())
    return int(found[1]) + 1 if found else 0
