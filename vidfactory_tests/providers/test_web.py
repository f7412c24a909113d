"""REST services and the files that their jobs make."""

import asyncio
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr

from vidfactory.errors import JobFailed, Permanent, Transient
from vidfactory.providers.failures import retry_after_s
from vidfactory.providers.kit import Kit
from vidfactory.providers.web import Rest
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct

HOME = "https://api.service.example"
KEY = "sk-secret-456"
ANSWERS = {
    "/busy": (503, b"{}"),
    "/forbidden": (403, f'{{"detail": "{KEY} may not"}}'.encode()),
    "/forgotten": (404, b"{}"),
    "/html": (200, b"<html>"),
    "/state": (200, b'{"status": "running"}'),
    "/file": (200, bytes(2_000_000)),
    "/moved": (302, b""),
}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.server.seen.append(dict(self.headers))  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/file")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the base class's name

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(loopback: None) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as running:
        running.seen = []  # type: ignore[attr-defined]
        Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield running
        running.shutdown()


@pytest.mark.parametrize("key", ["sk-secret\nsk-more", "sk-secr\u00e9t", "sk-\tsecret"])
def test_a_key_that_no_header_can_hold_is_named_and_not_shown(key: str) -> None:
    kit = Kit("service", "illustrator", Service(key_name="SERVICE_KEY", key=SecretStr(key)), Direct())
    with pytest.raises(Permanent, match="Set SERVICE_KEY to the key alone") as caught:
        _ = kit.key
    assert "sk-" not in str(caught.value)


def test_the_line_end_behind_a_key_is_left_off() -> None:
    kit = Kit("service", "illustrator", Service(key=SecretStr(f" {KEY}\n")), Direct())
    assert kit.key == KEY
    assert KEY not in kit.without_secrets(f"wrong key {KEY}")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("-5", None),
        ("nan", None),
        ("\u00b2", None),
        ("soon", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
    ],
)
def test_a_retry_after_that_says_nothing_is_no_fault(header: str, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds


def rest(server: ThreadingHTTPServer | None = None) -> Rest:
    address = f"http://127.0.0.1:{server.server_port}" if server else ""
    service = Service(address=address, key_name="SERVICE_KEY", key=SecretStr(KEY), timeout_s=5)
    return Rest(Kit("service", "illustrator", service, Direct()), HOME, {"Authorization": KEY})


def test_a_job_that_the_service_has_forgotten_has_failed_and_may_be_charged(server: ThreadingHTTPServer) -> None:
    with pytest.raises(JobFailed) as caught:
        asyncio.run(rest(server).state("/forgotten"))
    assert caught.value.charged is None


@pytest.mark.parametrize("path", ["/busy", "/forbidden", "/html"])
def test_a_job_whose_state_cannot_be_read_goes_on_and_asking_costs_nothing(
    path: str, server: ThreadingHTTPServer
) -> None:
    with pytest.raises(Transient) as caught:
        asyncio.run(rest(server).state(path))
    assert not isinstance(caught.value, JobFailed)
    assert caught.value.charged == 0


def test_an_order_with_a_key_that_is_refused_is_permanent_and_does_not_show_it(server: ThreadingHTTPServer) -> None:
    with pytest.raises(Permanent, match="SERVICE_KEY") as caught:
        asyncio.run(rest(server).order("/forbidden", {}))
    assert KEY not in str(caught.value)


def test_the_key_is_not_shown_by_repr() -> None:
    assert KEY not in repr(rest())


def test_a_file_is_fetched_without_the_key(server: ThreadingHTTPServer) -> None:
    service = rest(server)
    assert asyncio.run(service.state("/state")) == {"status": "running"}
    body = asyncio.run(service.file(f"http://127.0.0.1:{server.server_port}/file", 3_000_000))
    assert len(body) == 2_000_000
    assert ["Authorization" in headers for headers in server.seen] == [True, False]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "limit", "reason"),
    [("/file", 1_000_000, "larger than 1 MB"), ("/moved", 1, "302"), ("/forgotten", 1, "404"), ("/busy", 1, "503")],
)
def test_a_file_that_is_too_large_or_not_there_is_not_taken_and_charges_nothing(
    path: str, limit: int, reason: str, server: ThreadingHTTPServer
) -> None:
    with pytest.raises(Transient, match=reason) as caught:
        asyncio.run(rest(server).file(f"http://127.0.0.1:{server.server_port}{path}", limit))
    assert caught.value.charged == 0


@pytest.mark.parametrize("url", ["http://files.example/a.png", "file:///etc/passwd", "ftp://files.example/a.png", ""])
def test_a_file_of_a_real_service_must_have_an_https_address(url: str) -> None:
    with pytest.raises(Transient, match="not https"):
        asyncio.run(rest().file(url, 100))
