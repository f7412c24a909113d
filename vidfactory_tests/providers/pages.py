"""A small web of this machine's own: hosts by name, pages by path, for providers that fetch from the open web."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Thread
from types import TracebackType
from typing import Self

from vidfactory.providers.public_web import Address, PublicWeb, is_public

HOST = "127.0.0.1"
Pieces = Callable[["Handler"], None]
"""Writes an answer by hand."""


@dataclass(frozen=True)
class Served:
    """One answer. `headers` go beside the type and the length."""

    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._serve()

    def _serve(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        path = self.path.split("?")[0]
        server.asked.append((self.headers["host"].split(":")[0], path))
        page = server.pages.get(path, Served(b"<h1>Not found</h1>", status=404))
        try:
            if isinstance(page, Served):
                self._answer(page)
            else:
                page(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer(self, page: Served) -> None:
        self.send_response(page.status)
        self.send_header("content-type", page.media_type)
        self.send_header("content-length", str(len(page.body)))
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, *_: object) -> None:
        """Tests look at `asked`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), Handler)
        self.pages: dict[str, Served | Pieces] = {}
        self.asked: list[tuple[str, str]] = []
        self.connections = 0

    def verify_request(self, request: object, client_address: object) -> bool:
        self.connections += 1
        return True


class SmallWeb:
    """Pages from `with` to its end. `asked` are host and path of every request; `resolved` every name looked up."""

    def __init__(self, host: str = HOST) -> None:
        self._host = host
        self._server = _Server(host)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.names: dict[str, Sequence[str]] = {}
        self.resolved: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def pages(self) -> dict[str, Served | Pieces]:
        return self._server.pages

    @property
    def asked(self) -> list[tuple[str, str]]:
        return self._server.asked

    @property
    def connections(self) -> int:
        """How often anybody connected, with a request or without."""
        return self._server.connections

    @property
    def address(self) -> str:
        return f"http://{self._host}:{self._server.server_port}"

    def url(self, path: str = "/", host: str = "page.test") -> str:
        return f"http://{host}:{self._server.server_port}{path}"

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The address of this machine for names in `.test`, unless `names` says otherwise."""
        self.resolved.append(host)
        if host in self.names:
            return self.names[host]
        return [HOST] if host.endswith(".test") else [str(ip_address(host))]

    def visitor(self, timeout_s: float = 5) -> PublicWeb:
        """A client for which only this server's address is public, beside those that are."""

        def allow(address: Address) -> bool:
            return str(address) == HOST or is_public(address)

        return PublicWeb(timeout_s, resolve=self.resolve, allow=allow)
