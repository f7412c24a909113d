"""An object store on this machine that speaks as much of S3 as its client asks for, and fails as it is told.

Belongs here: objects, listings in pages, uploads in parts, conditional writes, and how such a store fails. Does
not belong here: signatures (the key's name is looked at, what was signed with it is not), and what a store does
with its disks.
"""

import hashlib
import re
import socket
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import sleep
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

HOST = "127.0.0.1"
KEY, SECRET = "the-key", "the-secret"
BUCKET = "studio"
PAGE = 1000
"""So many names are in one page of a listing at most, as at Amazon."""

Fault = Literal["busy", "broken", "cut", "cut after", "half", "wrong signature", "full", "late"]
"""busy: 503 SlowDown. broken: 500. cut: the connection is cut before anything is done; cut after: when all is done and
nothing answered; half: in the middle of the answer's body. wrong signature: 403. full: 507. late: 403, for its clock.
"""
_REFUSALS: Mapping[Fault, tuple[int, str]] = {
    "busy": (503, "SlowDown"),
    "broken": (500, "InternalError"),
    "wrong signature": (403, "SignatureDoesNotMatch"),
    "full": (507, "XMinioStorageFull"),
    "late": (403, "RequestTimeTooSkewed"),
}


@dataclass(frozen=True)
class Asked:
    """One request: how, which object (empty for the bucket), and the query's names."""

    method: str
    name: str
    query: frozenset[str]


@dataclass
class ObjectStore:
    """One bucket, from `with` to its end. `faults` meet the next requests one after another; None is none.

    checks_ahead: a conditional write looks first and writes a moment later, as OpenStack Swift's does.
    """

    checks_ahead: bool = False
    objects: dict[str, bytes] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """How an AWS SDK finds it."""
        return {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{self._server.server_port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def next(self, *faults: Fault | None) -> None:
        self.faults.extend(faults)

    def fault(self) -> Fault | None:
        with self.lock:
            return self.faults.popleft() if self.faults else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        super().__init__((HOST, 0), _Handler)

    def server_bind(self) -> None:
        """Without the base class's question to the name service."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: what was asked is in `ObjectStore.asked`."""

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

    def _serve(self) -> None:
        store, target = self.server.store, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
        bucket, _, name = unquote(target.path).lstrip("/").partition("/")
        body = self._body()
        store.asked.append(Asked(self.command, name, frozenset(query)))
        fault = store.fault()
        if fault == "cut":
            self._cut()
            return
        if fault in _REFUSALS:
            self._refuse(*_REFUSALS[fault])
            return
        if f"Credential={KEY}/" not in self.headers.get("Authorization", ""):
            self._refuse(403, "InvalidAccessKeyId")
            return
        if bucket != BUCKET:
            self._refuse(404, "NoSuchBucket")
            return
        with nullcontext() if store.checks_ahead else store.lock:
            is_taken = self.headers.get("If-None-Match") == "*" and name in store.objects
            sleep(0.02 if store.checks_ahead else 0)
            if is_taken:
                status, content, headers = 412, b"<Error><Code>PreconditionFailed</Code></Error>", {}
            else:
                status, content, headers = self._answer(name, query, body)
        if fault == "cut after":
            self._cut()
            return
        self._send(status, content, headers, half=fault == "half")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            return b"".join(self._chunks())
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            parts = re.split(rb"[0-9a-f]+(?:;[^\r]*)?\r\n", body, maxsplit=1)
            return parts[-1].rpartition(b"\r\n0")[0]
        return body

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(  # noqa: PLR0911 - one case for each thing that is asked
        self, name: str, query: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        store = self.server.store
        match self.command:
            case "GET" if not name:
                return 200, _listing(store.objects, query), {}
            case "GET" | "HEAD":
                return self._read(name)
            case "POST" if "delete" in query:
                for key in re.findall(rb"<Key>(.*?)</Key>", body):
                    store.objects.pop(key.decode(), None)
                return 200, b"<DeleteResult/>", {}
            case "POST" if "uploads" in query:
                upload = f"upload-{len(store.uploads)}"
                store.uploads[upload] = {}
                return 200, f"<X><UploadId>{upload}</UploadId></X>".encode(), {}
            case "POST":
                return self._complete(name, query["uploadId"], body)
            case "PUT" if "partNumber" in query:
                store.uploads[query["uploadId"]][int(query["partNumber"])] = body
                return 200, b"", {"ETag": _tag(body)}
            case "PUT":
                store.objects[name] = body
                return 200, b"", {"ETag": _tag(body)}
            case _:
                if "uploadId" in query:
                    store.uploads.pop(query["uploadId"], None)
                else:
                    store.objects.pop(name, None)
                return 204, b"", {}

    def _read(self, name: str) -> tuple[int, bytes, dict[str, str]]:
        content = self.server.store.objects.get(name)
        if content is None:
            return 404, b"<Error><Code>NoSuchKey</Code><Message>It is not there</Message></Error>", {}
        headers = {"ETag": _tag(content), "Last-Modified": "Fri, 20 Nov 2026 12:00:00 GMT"}
        first = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if first is None:
            return 200, content, headers
        begin, end = int(first[1]), int(first[2] or len(content) - 1)
        return 206, content[begin : end + 1], headers

    def _complete(self, name: str, upload: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        store = self.server.store
        if upload not in store.uploads:
            return 404, b"<Error><Code>NoSuchUpload</Code></Error>", {}
        parts = store.uploads.pop(upload)
        named = [int(number.text or 0) for number in ET.fromstring(body).iter() if number.tag.endswith("PartNumber")]  # noqa: S314
        store.objects[name] = b"".join(parts[number] for number in named)
        return 200, f"<R><ETag>{_tag(store.objects[name])}</ETag></R>".encode(), {}

    def _refuse(self, status: int, code: str) -> None:
        content = f"<Error><Code>{code}</Code><Message>{code}, said the store</Message></Error>".encode()
        self._send(status, content, {})

    def _send(self, status: int, content: bytes, headers: Mapping[str, str], *, half: bool = False) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if half else content)
        if half:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _listing(objects: Mapping[str, bytes], query: Mapping[str, str]) -> bytes:
    """One page of the names below a prefix, folders as one name where a delimiter is given."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    found: dict[str, int | None] = {}
    for name, content in objects.items():
        if not name.startswith(prefix):
            continue
        first, parted, _ = name.removeprefix(prefix).partition(delimiter) if delimiter else (name, "", "")
        found[prefix + first + delimiter if parted else name] = None if parted else len(content)
    names = sorted(name for name in found if name > query.get("continuation-token", ""))
    page = names[: min(PAGE, int(query.get("max-keys", PAGE)))]
    rows = [f"<IsTruncated>{str(len(names) > len(page)).lower()}</IsTruncated>"]
    if len(names) > len(page):
        rows.append(f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>")
    for name in page:
        size = found[name]
        if size is None:
            rows.append(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>")
        else:
            about = f"<Size>{size}</Size><LastModified>2026-11-20T12:00:00.000Z</LastModified><ETag>x</ETag>"
            rows.append(f"<Contents><Key>{escape(name)}</Key>{about}</Contents>")
    return f"<ListBucketResult><Name>{BUCKET}</Name>{''.join(rows)}</ListBucketResult>".encode()
