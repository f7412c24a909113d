"""The screening room over HTTP: what it shows, what it serves, whom it keeps out."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from starlette.testclient import TestClient

from vidfactory.definitions import studio_of
from vidfactory.reviews import decisions
from vidfactory.schema.base import Media
from vidfactory.schema.film import Poster
from vidfactory.screening.app import screening_room
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio
from vidfactory_tests.screening.videos import (
    FILM,
    KEY,
    Made,
    edition_of,
    keep,
    keep_film,
    keep_publication,
    keep_report,
)

ADDRESS = "http://127.0.0.1:3001"
PAGE = f"/videos/{KEY}"
FILM_AT = f"{PAGE}/files/package/video.mp4"
HOSTILE = """</title><script>alert('x')</script><img src=x onerror=alert(1)>"' {{ 7*7 }} &amp;"""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def room(studio: Studio, instance: dg.DagsterInstance) -> TestClient:
    settings = Settings(studio=str(studio.root), local=studio.local, reviewer="Ana")
    return TestClient(screening_room(settings, instance), base_url=ADDRESS, follow_redirects=False)


@pytest.fixture
def packed(store: ArtifactStore, tmp_path: Path) -> ArtifactStore:
    keep(store, tmp_path / "files")
    return store


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def form(room: TestClient, **changes: str) -> dict[str, str]:
    """The decision form of the page, as its own approve button would send it."""
    page = room.get(PAGE).text
    own = {name: field(page, name) for name in ("token", "edition", "seen", "by")}
    return {**own, "reason": "", "decision": "approve", **changes}


def post(room: TestClient, fields: dict[str, str], origin: str | None = ADDRESS) -> "tuple[int, str]":
    answer = room.post(f"{PAGE}/decision", data=fields, headers={"origin": origin} if origin else {})
    return answer.status_code, answer.text


def kept(store: ArtifactStore) -> list[tuple[bool, str, str]]:
    return [(each.approved, each.by, each.reason) for each in decisions(store.studio, KEY, edition_of(Made()))]


# What is shown


def test_an_empty_studio_says_how_to_begin(room: TestClient) -> None:
    assert "vidfactory new finance" in room.get("/").text


def test_the_list_shows_each_video_with_its_state_length_and_checks(
    room: TestClient, store: ArtifactStore, tmp_path: Path
) -> None:
    for key, verdict in (("finance-one", "review"), ("finance-two", "approve"), ("finance-three", "reject")):
        keep(store, tmp_path / key, Made(key=key, verdict=verdict))  # type: ignore[arg-type]
    keep_publication(store, Made(key="finance-two", verdict="approve"))
    keep_film(store, tmp_path / "four", Made(key="finance-four"))
    page = room.get("/").text
    for sign in ("Waiting for you", "Published", "Rejected", "To be made", "1:08", "1 warning", "1 issue"):
        assert sign in page
    assert re.findall(r'href="/videos/([^"]+)"', room.get("/?state=waiting").text) == ["finance-one"]


def test_what_is_ordered_and_not_made_is_listed_too(room: TestClient, instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("videos", [KEY])
    assert "it was ordered and not made yet" in room.get("/").text
    page = room.get(PAGE)
    assert page.status_code == 200
    assert "The film is not made yet" in page.text
    assert "<form" not in page.text


def test_a_page_holds_only_so_many_and_leads_to_the_next(
    room: TestClient, store: ArtifactStore, tmp_path: Path
) -> None:
    for number in range(26):
        keep_report(store, tmp_path, Made(key=f"finance-{number:02d}"))
    first, second = room.get("/").text, room.get("/?page=2").text
    assert first.count('class="card"') == 24
    assert second.count('class="card"') == 2
    assert 'href="/?page=2"' in first
    for odd in ("0", "-1", "99", "x", "²", "9" * 400):
        assert room.get("/", params={"page": odd}).status_code == 200


def test_a_videos_page_shows_all_that_is_known_of_it(room: TestClient, packed: ArtifactStore) -> None:
    page = room.get(PAGE).text
    for part in (
        '<track kind="captions"',
        'data-second="12"',  # a chapter
        "evidence.jpg",
        "nothing moves for 2.4 s",
        'data-second="1.500"',  # frame 45 of a measurement
        "figure_wide.jpg",
        "It is a long way down.\nNot financial advice.",
        "The platform is told that it was made with AI.",
        "production_plan",
        f"{PAGE}/artifacts/qa_report",
        "Budget $5.00",
    ):
        assert part in page, part


def test_without_scripts_a_moment_is_a_link_to_the_film_from_there(room: TestClient, packed: ArtifactStore) -> None:
    assert f'href="{PAGE}?t=12#film"' in room.get(PAGE).text
    assert "#t=12.0" in room.get(f"{PAGE}?t=12").text
    for odd in ("nan", "inf", "-1", '"><script>', ""):
        assert "#t=" not in room.get(PAGE, params={"t": odd}).text


def test_what_is_out_of_date_is_a_page_of_its_own(room: TestClient, packed: ArtifactStore) -> None:
    assert "Missing or out of date: brief, finance/commission" in room.get(f"{PAGE}/due").text


def test_a_damaged_artifact_is_named_and_hides_nothing_else(room: TestClient, packed: ArtifactStore) -> None:
    (packed.studio.artifact_folder(KEY, "video") / "artifact.json").write_text("{}")
    (packed.studio.artifact_folder(KEY, "poster") / "poster.jpg").unlink()
    page = room.get(PAGE).text
    assert "cannot be read: 1 wrong fields" in page
    assert "nothing moves for 2.4 s" in page
    assert "1 warning" in room.get("/").text
    assert room.get(f"{PAGE}/files/poster/poster.jpg").status_code == 500


def test_an_artifact_is_shown_as_it_is_stored(room: TestClient, packed: ArtifactStore) -> None:
    answer = room.get(f"{PAGE}/artifacts/package")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.json()["edition"] == edition_of(Made())


# The film


def test_the_film_comes_whole_or_in_the_part_that_is_asked_for(room: TestClient, packed: ArtifactStore) -> None:
    whole = room.get(FILM_AT)
    assert (whole.status_code, whole.content) == (200, FILM)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_a_range_is_exactly_those_bytes(room: TestClient, packed: ArtifactStore, data: st.DataObject) -> None:
    size = len(FILM)
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.none() | st.integers(first, size + 500))
    answer = room.get(FILM_AT, headers={"range": f"bytes={first}-{'' if last is None else last}"})
    end = size - 1 if last is None else min(last, size - 1)
    if (first, last) == (0, None):
        assert answer.content == FILM
        return
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{end}/{size}"
    assert answer.content == FILM[first : end + 1]


def test_the_end_of_the_film_can_be_asked_for_and_nothing_beyond_it(room: TestClient, packed: ArtifactStore) -> None:
    assert room.get(FILM_AT, headers={"range": "bytes=-10"}).content == FILM[-10:]
    beyond = room.get(FILM_AT, headers={"range": f"bytes={len(FILM)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(FILM)}")


def test_a_studio_on_an_object_store_is_shown_from_copies(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    settings = Settings(studio="memory://screening/studio", local=tmp_path)
    keep(ArtifactStore(studio_of(settings)), tmp_path / "files")
    room = TestClient(screening_room(settings, instance), base_url=ADDRESS)
    assert "Waiting for you" in room.get("/").text
    assert room.get(FILM_AT, headers={"range": "bytes=100-199"}).content == FILM[100:200]


# Decisions


def test_an_approval_is_kept_and_leads_back_to_the_video(room: TestClient, packed: ArtifactStore) -> None:
    answer = room.post(f"{PAGE}/decision", data=form(room), headers={"origin": ADDRESS})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert kept(packed) == [(True, "Ana", "")]
    page = room.get(PAGE).text
    assert "<b>Approved</b> by Ana" in page
    assert 'value="approve"' not in page
    assert 'value="reject"' in page


def test_a_rejection_without_a_reason_says_so_and_keeps_what_was_written(
    room: TestClient, packed: ArtifactStore
) -> None:
    status, page = post(room, form(room, decision="reject", by="B<b>en", reason=" "))
    assert status == 409
    assert 'role="alert"' in page
    assert "a rejection needs a reason" in page
    assert 'value="B&lt;b&gt;en"' in page
    assert kept(packed) == []


def test_who_decides_second_is_told_who_was_first(room: TestClient, packed: ArtifactStore) -> None:
    mine, theirs = form(room, by="Ana"), form(room, by="Ben", decision="reject", reason="No")
    assert post(room, mine)[0] == 303
    status, page = post(room, theirs)
    assert status == 409
    assert "it was decided already: approved by Ana" in page
    assert kept(packed) == [(True, "Ana", "")]
    assert post(room, form(room, by="Ben", decision="reject", reason="No"))[0] == 303
    assert kept(packed)[-1] == (False, "Ben", "No")


def test_what_was_made_anew_meanwhile_is_not_approved_unseen(
    room: TestClient, packed: ArtifactStore, tmp_path: Path
) -> None:
    seen = form(room)
    keep(packed, tmp_path / "files", Made(title="Another"))
    status, page = post(room, seen)
    assert status == 409
    assert "made anew since you looked" in page


def test_what_the_inspector_rejects_or_what_is_published_has_no_form(
    room: TestClient, store: ArtifactStore, tmp_path: Path
) -> None:
    keep(store, tmp_path / "files")
    keep_publication(store, Made())
    published = room.get(PAGE).text
    assert "/studio/library/finance-demo" in published
    assert "<form" not in published
    keep(store, tmp_path / "files", Made(verdict="reject"))
    rejected = room.get(PAGE).text
    assert "Nobody can approve it" in rejected
    assert 'value="approve"' not in rejected


# Strangers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "finance-demo:3001", ""])
def test_another_name_for_this_machine_is_not_answered(room: TestClient, packed: ArtifactStore, host: str) -> None:
    answer = room.get(PAGE, headers={"host": host})
    assert answer.status_code == 400
    assert KEY not in answer.text


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        ({"token": "x"}, ADDRESS),
        ({"token": ""}, ADDRESS),
        ({"token": "é"}, ADDRESS),
        ({}, "http://evil.example"),
        ({}, "http://127.0.0.1:3000"),
        ({}, "null"),
        ({}, None),
    ],
)
def test_a_form_of_another_page_decides_nothing(
    room: TestClient, packed: ArtifactStore, changes: dict[str, str], origin: str | None
) -> None:
    assert post(room, form(room, **changes), origin)[0] == 403
    assert kept(packed) == []


def test_what_is_no_form_is_refused(room: TestClient, packed: ArtifactStore) -> None:
    headers = {"origin": ADDRESS}
    at = f"{PAGE}/decision"
    assert room.post(at, json=form(room), headers=headers).status_code == 415
    assert post(room, form(room, reason="x" * 40_000))[0] == 413
    assert post(room, form(room, decision="maybe"))[0] == 400
    assert room.post("/videos/No..key/decision", data=form(room), headers=headers).status_code == 404
    assert post(room, form(room, seen="-1"))[0] == 400
    assert room.get(at).status_code == 405
    coded = {**headers, "content-type": "application/x-www-form-urlencoded"}
    assert room.post(at, content=b"token=%ff", headers=coded).status_code == 400
    assert kept(packed) == []


def test_another_process_has_another_seal(
    room: TestClient, packed: ArtifactStore, studio: Studio, instance: dg.DagsterInstance
) -> None:
    old = form(room)
    settings = Settings(studio=str(studio.root), local=studio.local)
    again = TestClient(screening_room(settings, instance), base_url=ADDRESS, follow_redirects=False)
    status, page = post(again, old)
    assert status == 403
    assert "Load the page again" in page


@pytest.mark.parametrize(
    "path",
    [
        "/videos/..%2f..%2fetc",
        "/videos/%2e%2e",
        "/videos/FINANCE-DEMO",
        "/videos/finance-unknown",
        "/videos/other-demo",
        f"{PAGE}/files/package/..%2f..%2fbrief%2fartifact.json",
        f"{PAGE}/files/package/artifact.json",
        f"{PAGE}/files/../package/video.mp4/",
        f"{PAGE}/files/..%2f..%2fpackage/video.mp4",
        f"{PAGE}/files/package/%2fetc%2fpasswd",
        f"{PAGE}/files/package/video.mp4%00",
        f"{PAGE}/artifacts/..%2f{KEY}%2fbrief",
        f"{PAGE}/files/..%2f{KEY}%2fpackage/video.mp4",
        f"{PAGE}/artifacts/nothing",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/fonts/..%2fanton",
        "/fonts/dejavu",
        "/nothing",
    ],
)
def test_no_address_leads_out_of_the_artifacts(room: TestClient, packed: ArtifactStore, path: str) -> None:
    answer = room.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-security-policy"]


def test_hostile_words_stay_words(room: TestClient, store: ArtifactStore, tmp_path: Path) -> None:
    title = HOSTILE[:90]
    keep(store, tmp_path / "files", Made(title=title, description=HOSTILE, language=HOSTILE))
    for path in ("/", PAGE, f"{PAGE}/artifacts/package"):
        answer = room.get(path)
        if answer.headers["content-type"].startswith("text/html"):
            assert "<script>alert" not in answer.text
            assert "onerror=alert(1)>" not in answer.text
            assert html.escape(title[:30], quote=False).replace("'", "&#39;") in answer.text
    post(room, form(room, by=HOSTILE[:60], decision="reject", reason=HOSTILE))
    assert "<script>alert" not in room.get(PAGE).text


def test_every_answer_forbids_what_is_not_ours(room: TestClient, packed: ArtifactStore) -> None:
    for path in ("/", PAGE, "/nothing", FILM_AT, "/static/house.css", "/fonts/anton"):
        headers = room.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "unsafe" not in room.get(PAGE).headers["content-security-policy"]
    assert "sandbox" in room.get(FILM_AT).headers["content-security-policy"]


def test_a_page_among_the_files_is_not_opened_as_one(room: TestClient, packed: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("<script>alert(1)</script>")
    page = Media.of(tmp_path / "x.html", "text/html")
    packed.save(KEY, "poster", Poster(poster=page, contact_sheet=page))
    answer = room.get(f"{PAGE}/files/poster/x.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_no_page_holds_scripts_or_styles_of_its_own(room: TestClient, packed: ArtifactStore) -> None:
    for path in ("/", PAGE):
        page = room.get(path).text
        assert not re.search(r"<script(?! src=\"/static/)", page)
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style", page)
