"""One HTTP server on this machine that stands for all services, each below a prefix of its own.

Belongs here: sockets, the order of events of one request, and what a fault looks like on the wire. Does not
belong here: any service's format (`services`), and which request meets a fault (`faults`).

Idempotency keys, as far as the SDKs' sources and public documents show (November 2026):
- openai: the SDK sends none by itself (its `_idempotency_header` is never set), but treats an `Idempotency-Key`
  among the caller's `extra_headers` as meaningful (its computer and tool runners make a new one for every new
  Responses request), and the agents' endpoints take it as a parameter. Here the header is honoured on every POST.
- anthropic: the SDK makes a key for its own retries, but has no header to send it in. Not honoured.
- google-genai: only the Interactions client has such an option. elevenlabs: only outbound campaigns. Polly's
  SynthesizeSpeech, Google's and Azure's speech, Replicate, Runway, X and xAI's REST: none. Not honoured.
`FakeServices(idempotency={...})` changes this table.

Other processes steer it over `/control/served`, `/control/spent` and `/control/clear`.
"""

import json
import select
import socket
import sys
import traceback
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from vidfactory_tests.servers.counter import Book, Served
from vidfactory_tests.servers.faults import (
    EVERY,
    JOB,
    Confused,
    CutAfter,
    CutBefore,
    CutInside,
    Fault,
    JobFails,
    NotJson,
    Refused,
    Slow,
    Status,
    Switchboard,
    TooMany,
    Truncated,
    WrongShape,
)
from vidfactory_tests.servers.services import all_services
from vidfactory_tests.servers.wire import FREE, Answer, Request, Route, Service, json_answer, phrase, split_target

HOST = "127.0.0.1"
KEY = "test-key"
PIECES = 20
"""How many pieces a slow body comes in."""
_PROXY_PAGE = b"<!doctype html><html><head><title>Gateway</title></head><body>Please wait.</body></html>"


class FakeServices:
    """All services on one port, from `with` to its end.

    `url("openai")` is what an SDK takes for its base address; `key` is the only key that is accepted.
    Leaving raises AssertionError where a fake itself broke.
    """

    def __init__(
        self, *, port: int = 0, seed: int = 0, key: str = KEY, idempotency: Mapping[str, str] | None = None
    ) -> None:
        self.key = key
        self.book = Book()
        self.switches = Switchboard(seed)
        self.services: dict[str, Service] = {service.name: service for service in all_services()}
        for name, header in (idempotency or {}).items():
            self.services[name] = replace(self.services[name], idempotency_header=header)
        self.bugs: list[str] = []
        self.kept = Kept()
        self._server = _Server(port, self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        if self.bugs and error is None:
            raise AssertionError("a fake service broke:\n" + "\n".join(self.bugs))

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self._server.server_port}"

    def url(self, service: str) -> str:
        """The address of a service, without a slash at its end; KeyError for one that there is not."""
        return f"{self.address}/{self.services[service].name}"

    @property
    def served(self) -> list[Served]:
        return self.book.served

    @property
    def spent(self) -> Decimal:
        return self.book.spent

    def billed_twice(self) -> Mapping[str, int]:
        return self.book.billed_twice()

    def of(self, service: str, operation: str = EVERY) -> list[Served]:
        """The requests of one service, or of one of its operations."""
        return [entry for entry in self.served if entry.service == service and operation in {EVERY, entry.operation}]

    def latency(self, where: str, seconds: float) -> None:
        self.switches.latency(where, seconds)

    def next(self, service: str, *faults: Fault | None, operation: str = EVERY) -> None:
        self.switches.next(service, *faults, operation=operation)

    def rate(self, service: str, share: float, *faults: Fault, operation: str = EVERY) -> None:
        self.switches.rate(service, share, *faults, operation=operation)

    def clear(self) -> None:
        """Forget what was served and set, as if nothing had happened."""
        self.switches.clear()
        self.book.clear()
        self.kept.clear()


class Kept:
    """Answers by idempotency key. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: dict[tuple[str, str], tuple[str, Future[Answer | None]]] = {}

    def claim(self, service: str, key: str, digest: str) -> tuple[bool, str, "Future[Answer | None]"]:
        """Whether this request is the first with its key, the digest of the first, and its answer to come."""
        with self._lock:
            if (service, key) in self._answers:
                return False, *self._answers[service, key]
            self._answers[service, key] = (digest, Future())
            return True, *self._answers[service, key]

    def settle(self, service: str, key: str, answer: Answer | None) -> None:
        """Keep the answer; None where no work was done, so that the key is free again."""
        with self._lock:
            found = self._answers.get((service, key))
            if answer is None:
                self._answers.pop((service, key), None)
        if found:
            found[1].set_result(answer)

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, fakes: FakeServices) -> None:
        self.fakes = fakes
        self._lock = Lock()
        self._connections: set[socket.socket] = set()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Without the base class's question to the name service."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            self.fakes.bugs.append(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what was served is in the book."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        fakes = self.server.fakes
        path, query = split_target(self.path)
        name, _, rest = path.removeprefix("/").partition("/")
        length = int(self.headers.get("content-length") or 0)
        body = self._arrived(length)
        if name == "control" and len(body) == length:
            answer = self._control(rest)
            self.connection.sendall(_head(answer) + answer.body)
            return
        service = fakes.services.get(name)
        if service is None:
            answer = json_answer({"error": f"no service {name}"}, 404)
            self.connection.sendall(_head(answer) + answer.body)
            return
        request = Request(
            service=name,
            base=f"{fakes.address}/{name}",
            method=self.command,
            path=f"/{rest}",
            query=query,
            headers={key.lower(): value for key, value in self.headers.items()},
            body=body,
            key=fakes.key,
            job_s=fakes.switches.wait_s(name, JOB, ""),
        )
        found = service.find(request.method, request.path)
        if found is None:
            self._unknown(service, request)
            return
        route, captured = found
        if len(body) == length:
            self._serve_route(service, route, replace(request, captured=captured))
        else:  # who asked is gone, as when it was killed
            self.close_connection = True
            if route.partial and service.is_authorised(request):
                route.partial(request)

    def _arrived(self, length: int) -> bytes:
        """The body, or as much of it as came before whoever sent it was gone."""
        body = bytearray()
        while len(body) < length and (piece := self._piece(length - len(body))):
            body += piece
        return bytes(body)

    def _piece(self, most: int) -> bytes:
        try:
            return self.rfile.read1(min(most, 1 << 16))
        except ConnectionError:
            return b""

    def _unknown(self, service: Service, request: Request) -> None:
        self._deliver(self._open(request, "unknown"), service.failure(404))

    def _open(self, request: Request, operation: str, **known: Any) -> Served:
        return self.server.fakes.book.open(
            request.service,
            operation=operation,
            path=request.path,
            digest=request.digest,
            content=request.json,
            **{"topic": "", "model": "", "idempotency_key": "", **known},
        )

    def _serve_route(self, service: Service, route: Route, request: Request) -> None:
        if route.takes_key and not service.is_authorised(request):
            self._deliver(self._open(request, route.operation), service.wrong_key(request))
            return
        key = request.headers.get(service.idempotency_header.lower(), "") if service.idempotency_header else ""
        known = {"model": route.model(request), "topic": route.topic(request), "idempotency_key": key}
        entry = self._open(request, route.operation, **known)
        try:
            if key:
                self._with_key(service, route, request, entry)
            else:
                self._fresh(service, route, request, entry)
        finally:
            self.server.fakes.book.close(entry)

    def _with_key(self, service: Service, route: Route, request: Request, entry: Served) -> None:
        """The first answer to this key, once it is there; else a fresh one."""
        kept = self.server.fakes.kept
        while True:
            first, digest, coming = kept.claim(service.name, entry.idempotency_key, request.digest)
            if digest != request.digest:
                self._deliver(entry, service.failure(400))
                return
            if first:
                self._fresh(service, route, request, entry)
                return
            if (answer := coming.result()) is not None:
                self.server.fakes.book.update(entry, replayed=True)
                self._deliver(entry, answer)
                return

    def _fresh(self, service: Service, route: Route, request: Request, entry: Served) -> None:
        """Meet the fault that is due, or answer; bill before anything is sent.

        The time that the fake itself takes is part of the latency, not added to it.
        """
        fakes = self.server.fakes
        answer: Answer | None = None
        fault = fakes.switches.fault(service.name, route.operation, request.digest)
        try:
            begun, unworked = monotonic(), _without_work(service, fault)
            cut = isinstance(fault, CutBefore | CutInside)
            made = None if unworked or cut else _worked(route, request, fault)
            if isinstance(fault, CutInside) and route.partial:
                route.partial(replace(request, body=request.body[: fault.arrived]))
            if not isinstance(fault, TooMany):
                latency_s = fakes.switches.wait_s(service.name, route.operation, entry.topic)
                sleep(max(0.0, latency_s - (monotonic() - begun)))
            fakes.book.update(entry, fault=type(fault).__name__ if fault else "")
            if made:
                answer = made
                fakes.book.update(entry, billed=answer.cost)
        finally:
            if entry.idempotency_key:
                fakes.kept.settle(service.name, entry.idempotency_key, answer)
        if unworked:
            self._deliver(entry, unworked)
        elif answer is None:
            self._hang_up(entry)
        elif isinstance(fault, Status):
            self._deliver(entry, service.failure(fault.status))
        else:
            self._deliver(entry, answer, fault)

    def _deliver(self, entry: Served, answer: Answer, fault: Fault | None = None) -> None:
        """Send an answer as the fault has it.

        The book is closed before the last byte goes, so that whoever has the answer finds it in the book.
        """
        if self._is_alone():
            self.close_connection = True
            self.server.fakes.book.close(entry, status=answer.status)
            return
        if isinstance(fault, CutAfter):
            whole = _head(answer) + answer.body
            self.connection.sendall(whole[: int(len(whole) * fault.share)])
            self._hang_up(entry, status=answer.status if fault.share else 0)
            return
        if isinstance(fault, Truncated):
            answer = replace(answer, body=answer.body[: len(answer.body) // 2])
        if isinstance(fault, WrongShape):
            answer = replace(json_answer({"ok": True, "result": [1, 2, 3]}), headers=answer.headers)
        try:
            rest = self._send_most(answer, fault.seconds if isinstance(fault, Slow) else 0.0)
            self.server.fakes.book.close(entry, status=answer.status, delivered=True)
            self.connection.sendall(rest)
        except ConnectionError:
            self.close_connection = True
            self.server.fakes.book.close(entry, status=answer.status)
            self.server.fakes.book.update(entry, delivered=False)

    def _is_alone(self) -> bool:
        """Whether the client has gone: its end of the connection is closed.

        Asked before anything is sent, so that the book never says for a moment that it was delivered.
        """
        ready, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(ready) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except ConnectionError:
            return True

    def _send_most(self, answer: Answer, seconds: float) -> bytes:
        """Send all but the last byte, and return that; in pieces over so many seconds, if any."""
        whole = _head(answer) + answer.body
        if not seconds:
            self.connection.sendall(whole[:-1])
            return whole[-1:]
        place = len(whole) - len(answer.body)
        self.connection.sendall(whole[:place])
        step = max(1, -(-len(answer.body) // PIECES))
        while place < len(whole) - 1:
            sleep(seconds / PIECES)
            self.connection.sendall(whole[place : min(place + step, len(whole) - 1)])
            place = min(place + step, len(whole) - 1)
        return whole[place:]

    def _hang_up(self, entry: Served, **known: Any) -> None:
        self.close_connection = True
        self.server.fakes.book.close(entry, **known)
        self.connection.shutdown(socket.SHUT_RDWR)

    def _control(self, path: str) -> Answer:
        fakes = self.server.fakes
        if path == "served":
            return json_answer([entry.as_json() for entry in fakes.served])
        if path == "spent":
            return json_answer({"spent": str(fakes.spent), "billed_twice": fakes.billed_twice()})
        if path == "clear" and self.command == "POST":
            fakes.clear()
            return json_answer({})
        return json_answer({"error": f"no control {path}"}, 404)


def _head(answer: Answer) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {phrase(answer.status)}",
        f"date: {format_datetime(datetime.now(UTC), usegmt=True)}",
        f"content-type: {answer.content_type}",
        f"content-length: {len(answer.body)}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _without_work(service: Service, fault: Fault | None) -> Answer | None:
    """What a fault answers for which nothing is made and nothing billed."""
    match fault:
        case TooMany(seconds, as_date, status):
            when = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
            return service.failure(status).with_headers(retry_after=when if as_date else str(seconds))
        case Status(status, billed=False):
            return service.failure(status)
        case NotJson():
            return Answer(200, _PROXY_PAGE, "text/html; charset=utf-8")
    return None


def _worked(route: Route, request: Request, fault: Fault | None) -> Answer:
    """What the service makes of a request, with its price. A fault that the route cannot meet is a good answer."""
    if isinstance(fault, Refused) and route.refuse:
        return route.refuse(request)
    if isinstance(fault, JobFails) and route.fail_job:
        return route.fail_job(request, fault.billed)
    return route.answer(replace(request, is_confusing=isinstance(fault, Confused)))


def read_latencies(text: str) -> dict[str, float]:
    """Seconds by place (see `Switchboard.latency`) from a JSON object."""
    return {str(where): float(seconds) for where, seconds in json.loads(text).items()}


__all__ = ["FREE", "KEY", "FakeServices", "read_latencies"]
