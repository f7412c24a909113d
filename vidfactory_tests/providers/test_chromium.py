import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vidfactory.errors import BadInput, Permanent, Transient, VidfactoryError
from vidfactory.providers import chromium
from vidfactory.providers.chromium import ChromiumBrowser, Command, Done, find_chromium, install_chromium
from vidfactory.schema.base import Size
from vidfactory_tests.drawing.likeness import opened

needs_chromium = pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium on this machine")

SIZE = Size(width=301, height=203)
PAGE = """<!DOCTYPE html><html><head>
<meta http-equiv="refresh" content="0;url=URL/refresh"><link rel="stylesheet" href="URL/style.css">
<style>
@import "URL/import.css";
@font-face { font-family: f; src: url(URL/f.woff) }
body { margin: 0; font-family: f }
div { width: 100px; height: 100px; background: rgba(255, 0, 0, .5) }
p { background: url(URL/background.png) }
</style></head>
<body onload="document.body.style.background='blue'"><div></div><p>Text</p>
<img src="URL/image.png"><iframe src="URL/frame"></iframe>
<script>document.body.style.background = "blue"; fetch("URL/fetch")</script><script src="URL/script.js"></script>
</body></html>"""


@pytest.fixture
def requests_seen(socket_enabled: None) -> Iterator[tuple[str, list[str]]]:
    """A server of this machine: its address and the paths that were asked of it."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


@needs_chromium
def test_screenshot_is_exact_transparent_without_scripts_and_asks_nothing_of_the_network(
    requests_seen: tuple[str, list[str]],
) -> None:
    address, seen = requests_seen
    picture = opened(ChromiumBrowser().screenshot(PAGE.replace("URL", address), SIZE))
    assert picture.format == "PNG"
    assert picture.size == (301, 203)
    assert picture.getpixel((50, 50)) == (255, 0, 0, 128)
    assert picture.getpixel((290, 50)) == (0, 0, 0, 0)
    assert seen == []


@needs_chromium
def test_same_page_is_the_same_bytes_also_where_an_event_loop_runs() -> None:
    html = "<body style='margin:0;background:#f6f0e4;font:40px DejaVu Sans'>Same</body>"

    async def within_a_loop() -> bytes:
        return ChromiumBrowser().screenshot(html, SIZE)

    assert asyncio.run(within_a_loop()) == ChromiumBrowser().screenshot(html, SIZE)


def executable(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
class TestBrowsersThatFail:
    def test_browser_that_ends_at_once_is_a_permanent_failure_with_its_output(self, tmp_path: Path) -> None:
        broken = executable(tmp_path / "chromium", "echo no such library >&2; exit 127")
        with pytest.raises(Permanent, match="no such library"):
            ChromiumBrowser(broken).screenshot("<p>", SIZE)

    def test_browser_that_never_answers_is_a_transient_failure(self, tmp_path: Path) -> None:
        silent = executable(tmp_path / "chromium", "exec sleep 30")
        with pytest.raises(Transient, match=r"longer than 0\.5 s"):
            ChromiumBrowser(silent, timeout_s=0.5).screenshot("<p>", SIZE)

    def test_given_browser_is_taken_before_any_other(self, tmp_path: Path) -> None:
        own = executable(tmp_path / "my-browser", "exit 0")
        assert find_chromium(own) == own

    @pytest.mark.usefixtures("no_browser")
    def test_browser_on_the_path_is_found(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        found = executable(tmp_path / "google-chrome", "exit 0")
        monkeypatch.setenv("PATH", str(tmp_path))
        assert find_chromium() == found


@pytest.fixture
def no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    monkeypatch.setattr(chromium, "USUAL_PLACES", ())


@pytest.mark.usefixtures("no_browser")
def test_machine_without_a_browser_is_told_how_to_get_one() -> None:
    assert find_chromium() is None
    with pytest.raises(
        VidfactoryError, match=r"no Chromium.*vidfactory browser.*playwright install.*VIDFACTORY_CHROMIUM"
    ):
        ChromiumBrowser().screenshot("<p>", SIZE)


def test_given_browser_that_is_not_there_is_refused_and_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nowhere"):
        find_chromium(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="nowhere"):
        install_chromium(tmp_path / "nowhere")


def test_installed_browser_is_used_as_it_is() -> None:
    def run(_: Command) -> Done:
        raise AssertionError("nothing needs to be installed")

    assert install_chromium(run=run, find=lambda _: Path("/opt/chromium")) == Path("/opt/chromium")


def test_first_way_that_leaves_a_browser_is_enough() -> None:
    carried_out: list[Command] = []

    def run(command: Command) -> Done:
        carried_out.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    installed = install_chromium(run=run, find=lambda _: Path("/opt/chromium") if carried_out else None)
    assert installed == Path("/opt/chromium")
    assert carried_out == [(sys.executable, "-m", "playwright", "install", "chromium")]


def test_every_way_that_failed_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(chromium.shutil, "which", lambda name: f"/usr/bin/{name}")

    def run(command: Command) -> Done:
        if command[0] == "apt-get":
            return subprocess.CompletedProcess(command, 100, "", "E: Unable to locate package")
        raise subprocess.TimeoutExpired(command, 900)

    with pytest.raises(VidfactoryError) as caught:
        install_chromium(run=run, find=lambda _: None)
    assert "Playwright's download: `" in caught.value.what
    assert "timed out after 900 seconds" in caught.value.what
    assert "Debian's package: `apt-get update` ended with 100: E: Unable to locate package" in caught.value.what
    assert "vidfactory browser" in caught.value.remedy


def test_installer_that_leaves_no_browser_behind_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium.shutil, "which", lambda _: None)
    with pytest.raises(VidfactoryError, match="left no browser"):
        install_chromium(run=lambda command: subprocess.CompletedProcess(command, 0, "", ""), find=lambda _: None)


def test_commands_report_what_they_wrote() -> None:
    with pytest.raises(VidfactoryError, match="ended with 3: went wrong"):
        install_chromium(
            run=lambda _: chromium._run((sys.executable, "-c", "import sys; sys.exit(print('went wrong') or 3)")),
            find=lambda _: None,
        )
