"""Files as they are fetched over HTTP: whole, or the part that a Range header asks for, from a disk or a bucket.

Belongs here: ranges, validators and the stream. Does not belong here: which files there are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from upath import UPath

from vidfactory.errors import DamagedArtifact
from vidfactory.ordering.problems import Problem
from vidfactory.schema.base import Media

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Span:
    """Bytes of a file from `begin` to before `end`."""

    begin: int
    end: int


def download(request: Request, media: Media, path: UPath) -> Response:
    """The file at `path`, which is `media`, or the one part of it that is asked for.

    304 where the caller has it already. Problem 416 for a part that it does not have; several parts at once are
    answered with the whole, as RFC 9110 allows. DamagedArtifact where it is gone.
    """
    tag = f'"{media.sha256}"'
    headers = {"etag": tag, "accept-ranges": "bytes", "cache-control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range", "")
    span = _span(asked, media.size) if request.headers.get("if-range", tag) == tag else None
    part = span or Span(0, media.size)
    headers |= {
        "content-length": str(part.end - part.begin),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(media.name)}",
    }
    if span:
        headers["content-range"] = f"bytes {span.begin}-{span.end - 1}/{media.size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media.media_type)
    return StreamingResponse(_pieces(_opened(path), part), status, headers, media_type=media.media_type)


def _span(asked: str, size: int) -> Span | None:
    """The part that a Range header asks for; None for the whole, and for what this server does not part."""
    found = _RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    begin = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if begin >= size:
        raise Problem(
            416,
            f"there are {size} bytes",
            where="Range",
            remedy="Ask for bytes that there are",
            headers={"content-range": f"bytes */{size}"},
        )
    return Span(begin, end)


def _opened(path: UPath) -> IO[bytes]:
    try:
        stream: IO[bytes] = path.open("rb")
    except FileNotFoundError as error:
        raise DamagedArtifact(f"the file {path} is gone", where=path.name, remedy="Make the package again") from error
    return stream


def _pieces(stream: IO[bytes], part: Span) -> Iterator[bytes]:
    with stream:
        stream.seek(part.begin)
        left = part.end - part.begin
        while left and (piece := stream.read(min(_CHUNK, left))):
            left -= len(piece)
            yield piece
