"""The screening room in a real browser: with the keyboard alone, on a phone, with hostile titles."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import dagster as dg
import numpy as np
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from vidfactory.errors import BadInput
from vidfactory.providers.chromium import find_chromium
from vidfactory.reviews import decisions
from vidfactory.screening.app import open_door, screening_room
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio
from vidfactory_tests.screening.videos import KEY, Made, edition_of, keep
from vidfactory_tests.servers.fixtures import loopback

__all__ = ["loopback"]

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium on this machine")
HOSTILE = """<img src=x onerror="document.title='stolen'"><script>document.title='stolen'</script>"""
PHONE = 390
PATIENCE_MS = 120_000
"""A slow or busy machine is no failure."""


def film() -> bytes:
    """13 seconds of H.264, as small as they come."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=2)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for shade in range(26):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), shade * 9, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target.getvalue()


@pytest.fixture(scope="module")
def made() -> Made:
    return Made(title=HOSTILE, film=film(), description=HOSTILE)


@pytest.fixture
def address(made: Made, studio: Studio, store: ArtifactStore, tmp_path: Path, loopback: None) -> Iterator[str]:
    """The room of a studio with one video that waits, and its address."""
    keep(store, tmp_path / "files", made)
    settings = Settings(studio=str(studio.root), local=studio.local, reviewer="Ana")
    with dg.DagsterInstance.ephemeral() as instance, open_door(0) as door:
        server = uvicorn.Server(uvicorn.Config(screening_room(settings, instance), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=find_chromium(), chromium_sandbox=False)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The list of videos on a phone; what the page itself gets wrong fails the test."""
    wrong: list[str] = []
    opened = browser.new_page(viewport={"width": PHONE, "height": 844})
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.set_default_timeout(PATIENCE_MS)
    opened.goto(address)
    yield opened
    opened.close()
    assert [text for text in wrong if "409 (Conflict)" not in text] == [], "a decision that was not taken is no error"


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.name"))


def tab_to(page: Page, what: str) -> None:
    """Press Tab until `what` has the focus, as long as a person would."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if what in focused(page):
            return
    raise AssertionError(f"Tab never comes to {what}")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_person_with_a_phone_and_a_keyboard_decides_on_a_video_of_a_hostile_title(
    page: Page, store: ArtifactStore, made: Made
) -> None:
    assert fits(page)
    page.keyboard.press("Tab")
    assert focused(page) == "To the content"
    tab_to(page, "<img src=x")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/videos/{KEY}")
    assert fits(page)
    assert page.locator("h1").inner_text() == HOSTILE
    assert "stolen" not in page.evaluate("document.title").replace(HOSTILE, "")
    assert page.locator("img[src=x]").count() == 0
    tab_to(page, "by")
    page.keyboard.press("Enter")
    assert page.url.endswith(KEY), "Enter in a field decides nothing"
    tab_to(page, "Reject")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert fits(page)
    tab_to(page, "reason")
    page.keyboard.type(HOSTILE)
    tab_to(page, "Reject")
    page.keyboard.press("Space")
    page.locator(".history").get_by_text("Rejected by Ana").wait_for()
    assert fits(page)
    assert [each.reason for each in decisions(store.studio, KEY, edition_of(made))] == [HOSTILE]


def until(page: Page, expression: str) -> None:
    """Wait for what the page's own policy does not let Playwright's `wait_for_function` look at."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"it never came to {expression}")


def test_a_chapter_plays_the_film_from_there(page: Page) -> None:
    if not page.evaluate("document.createElement('video').canPlayType('video/mp4; codecs=avc1.42E01E')"):
        pytest.skip("this Chromium has no H.264")
    page.get_by_role("link", name="img src").click()
    until(page, "document.querySelector('video').readyState > 0")
    assert page.evaluate("document.querySelector('video').duration") == pytest.approx(13, abs=0.1)
    page.get_by_role("link", name="0:12").focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('video').currentTime >= 12")
    assert page.evaluate("document.querySelector('video').textTracks[0].kind") == "captions"
    assert "#" not in page.url, "the page was not loaded anew"


def test_what_is_out_of_date_comes_in_by_itself(page: Page) -> None:
    page.get_by_role("link", name="img src").click()
    page.get_by_text("Missing or out of date: brief").wait_for()


def test_the_room_listens_to_this_machine_alone_and_says_when_its_port_is_taken(loopback: None) -> None:
    with open_door(0) as door:
        host, port = door.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(BadInput, match=f"--port {port}: nobody can listen there.*Name another"):
            open_door(port)
