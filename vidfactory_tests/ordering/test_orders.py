"""Orders over HTTP by hand: what is placed, what is refused and why, and what is told of videos."""

import base64
import io
import json
import wave
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import dagster as dg
import numpy as np
import pytest
from fastapi import FastAPI, Request
from httpx import Response
from starlette.testclient import TestClient
from upath import UPath

from vidfactory.failures import failed_runs
from vidfactory.ordering import once, schemas
from vidfactory.ordering.downloads import download
from vidfactory.ordering.problems import Problem
from vidfactory.orders import placed_order
from vidfactory.schema.base import Media
from vidfactory.schema.brief import FinanceOrder
from vidfactory.storage import objects
from vidfactory.storage.ledger import Entry, Ledger
from vidfactory.storage.order_book import OrderBook
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.ordering.counter import CHANNEL, NOW, OTHER, PUBLISHED, WAITING, Counter
from vidfactory_tests.screening.videos import FILM

POSTS = json.loads((SAMPLES / "posts.json").read_text(encoding="utf-8"))
ORDER: dict[str, Any] = {"key": "finance-by-http", "query": "GOOG"}
FILM_AT = f"/v1/videos/{PUBLISHED}/package/video.mp4"


def recording(seconds: int = 3) -> bytes:
    """A tone as WAV."""
    tone = (np.sin(np.arange(16_000 * seconds) * 0.2) * 20_000).astype("<i2")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(tone.tobytes())
    return stream.getvalue()


def send(desk: Counter, order: Any, **headers: str) -> Response:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return desk.client().post("/v1/videos", json=order, headers=names)


def problem(answer: Response) -> tuple[int, str, str]:
    """The status, what is wrong and what to do; every failure has the same shape."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["request"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    assert "/tmp" not in answer.text  # noqa: S108 - no folder of the server's is told
    fields = "; ".join(f"{each['field']}: {each['said']}" for each in told["errors"])
    return answer.status_code, fields or f"{told['where']}: {told['detail']}", told["remedy"]


# Orders


def test_an_order_is_placed_and_waits_for_the_daemon(desk: Counter) -> None:
    answer = send(desk, {**ORDER, "channel": CHANNEL, "title": "Google halves"})
    assert answer.status_code == 201
    assert answer.headers["location"] == answer.json()["href"] == "/v1/videos/finance-by-http"
    placed = placed_order(desk.store.studio, "finance-by-http")
    assert (placed.query, placed.channel, placed.title) == ("GOOG", CHANNEL, "Google halves")
    assert OrderBook(desk.store.studio).waiting() == ["finance-by-http"]
    assert desk.instance.get_runs() == []


def test_files_come_inside_the_order_and_are_kept_with_it(desk: Counter) -> None:
    prices = "Date,Open,High,Low,Close,Volume\n" + "\n".join(
        f"2008-10-{day:02},330,340,320,{330 + day},1000" for day in range(1, 11)
    )
    sound = recording()
    order = {
        "key": "finance-with-files",
        "posts": POSTS,
        "prices": prices,
        "narration": base64.b64encode(sound).decode(),
        "symbol": "GOOG",
    }
    assert send(desk, order).status_code == 201
    placed = placed_order(desk.store.studio, "finance-with-files")
    assert placed.posts is not None
    assert placed.prices is not None
    assert placed.narration is not None
    assert json.loads(placed.posts.read_bytes()) == POSTS
    assert placed.prices.read_text(encoding="utf-8") == prices
    assert placed.narration.read_bytes() == sound
    assert all(desk.folder in path.parents for path in (placed.posts, placed.prices, placed.narration))


def test_an_order_takes_the_fields_of_a_yaml_order_and_no_others() -> None:
    assert set(schemas.VideoOrder.model_fields) == {*FinanceOrder.model_fields, "key"}


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, (422, "body: give either posts or a query")),
        ({"query": "x", "posts": POSTS}, (422, "body: give either posts or a query")),
        ({"query": "x", "seconds": 44}, (400, "body.seconds: Input should be greater than or equal to 45")),
        ({"query": "x", "seconds": "60"}, (400, "body.seconds: Input should be a valid integer")),
        ({"query": "x", "colour": "red"}, (400, "body.colour: Extra inputs are not permitted")),
        ({"posts": "/etc/passwd"}, (400, None)),
        ({"query": "x", "narration": "/etc/passwd"}, (422, "body.narration: it is not Base64")),
        ({"query": "x", "narration": base64.b64encode(b"no sound").decode()}, (422, None)),
        ({"query": "x", "prices": "/etc/passwd"}, (422, None)),
        ({"query": "x", "prices": ""}, (422, None)),
        ({"posts": []}, (422, "posts.json: there are no posts in it")),
        ({"posts": {"errors": []}}, (422, "posts.json: this is an error answer of the X API, without posts")),
        ({"posts": [{"id": 1}]}, (422, "posts.json, tweets[0].id: Input should be a valid string")),
        ({"query": "x", "channel": "nobody"}, (422, "channel: there is no channel 'nobody'")),
        ({"query": "x", "webhook": "nobody"}, (422, "webhook: there is no webhook 'nobody'")),
        ({"query": "x", "voice": "nobody"}, (422, None)),
        ({"query": "x", "theme": "../../etc"}, (422, None)),
        (
            {"query": "x", "providers": {"narrator": ["nobody"]}},
            (422, "providers.narrator: there is no narrator 'nobody'"),
        ),
        ({"query": "x", "takes": {"nothing": 2}}, (422, None)),
        ({"query": "x", "publish_at": "2020-01-01T00:00:00Z"}, (422, "publish_at: 2020-01-01 00:00 +0000 has passed")),
        ({"query": "x", "publish_at": "2030-01-01T00:00:00"}, (400, None)),
        ({"query": "x", "day": "2100-01-01"}, (422, "day: 2100-01-01 is in the future")),
        ({"query": "x", "key": "../../etc/passwd"}, (400, None)),
        ({"query": "x", "key": "story-of-mine"}, (422, None)),
        ({"query": "x", "key": f"finance-{'a' * 80}"}, (400, None)),
        ({"query": "x", "budget_usd": -1}, (400, None)),
        ({"query": "x", "budget_usd": "NaN"}, (400, None)),
        ({"query": "x", "budget_usd": "1e999999999"}, (422, "budget_usd: that is more than a video may cost here")),
        ([], (400, None)),
        ("GOOG", (400, None)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_made_is_refused_with_its_reason(
    stall: Counter, wish: Any, expected: tuple[int, str | None]
) -> None:
    status, said, _ = problem(send(stall, wish))
    assert status == expected[0]
    assert expected[1] in {None, said}
    assert OrderBook(stall.store.studio).waiting() == []
    assert objects.names(stall.store.studio.briefs) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"query": "\\ud800"}', "application/json", 400),
        (b'{"query": NaN}', "application/json", 400),
        (b"query: GOOG", "application/yaml", 415),
        (b"query=GOOG", "application/x-www-form-urlencoded", 415),
        (b'{"query": "x"}', "", 415),
    ],
)
def test_a_body_that_is_no_order_is_refused(stall: Counter, body: bytes, kind: str, status: int) -> None:
    answer = stall.client().post("/v1/videos", content=body, headers={"content-type": kind})
    assert problem(answer)[0] == status


def test_a_compressed_body_is_refused(stall: Counter) -> None:
    answer = send(stall, ORDER, content_encoding="gzip")
    assert problem(answer)[0] == 415


def test_too_much_is_refused_before_it_is_read_whole(desk: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "BODY_LIMIT", 1_000)
    assert send(desk, {**ORDER, "title": "a" * 90}).status_code == 201
    status, said, _ = problem(send(desk, {"query": "x", "prices": "a" * 2_000}))
    assert (status, said) == (413, "body: an order has at most 0 MB")


def test_a_key_that_is_taken_is_refused(desk: Counter) -> None:
    assert send(desk, ORDER).status_code == 201
    assert problem(send(desk, ORDER)) == (
        409,
        "finance-by-http: there is already an order with this key",
        'Choose another with "key"',
    )


def test_an_order_may_lower_its_budget_and_not_raise_it(desk: Counter) -> None:
    assert send(desk, {**ORDER, "channel": CHANNEL, "budget_usd": "1.5"}).status_code == 201
    assert desk.client().get("/v1/videos/finance-by-http").json()["cost"]["budget"] == "1.5"
    status, _, remedy = problem(send(desk, {"query": "x", "channel": CHANNEL, "budget_usd": 2.01}))
    assert (status, remedy) == (422, "At most 2 US dollars")


# The same order twice


def test_the_same_order_under_one_key_is_placed_once(desk: Counter) -> None:
    order = {"query": "GOOG"}
    first, second = (send(desk, order, idempotency_key="a1") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(OrderBook(desk.store.studio).waiting()) == 1


def test_one_idempotency_key_is_for_one_order(desk: Counter) -> None:
    assert send(desk, ORDER, idempotency_key="a1").status_code == 201
    again = send(desk, {**ORDER, "title": "Another"}, idempotency_key="a1")
    assert problem(again) == (422, "Idempotency-Key: this key was used for another order", "Use a new one")
    spaced = desk.client().post(
        "/v1/videos",
        content=json.dumps({"query": "GOOG", "key": "finance-by-http"}, indent=4),
        headers={"content-type": "application/json; charset=utf-8", "idempotency-key": "a1"},
    )
    assert spaced.headers["idempotency-replayed"] == "true"


def test_two_tokens_may_use_the_same_idempotency_key(desk: Counter) -> None:
    other = desk.client(desk.new_token("other"))
    assert send(desk, ORDER, idempotency_key="a1").status_code == 201
    answer = other.post("/v1/videos", json={"query": "IBM"}, headers={"idempotency-key": "a1"})
    assert answer.status_code == 201


def test_a_refused_order_leaves_its_idempotency_key_free(desk: Counter) -> None:
    assert send(desk, {**ORDER, "voice": "nobody"}, idempotency_key="a1").status_code == 422
    assert send(desk, ORDER, idempotency_key="a1").status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "with space", "tab\t"])
def test_an_idempotency_key_is_a_short_visible_text(stall: Counter, key: str) -> None:
    assert problem(send(stall, ORDER, idempotency_key=key))[0] == 400


def test_many_at_once_under_one_key_place_one_order(desk: Counter) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(desk, {"query": "GOOG"}, idempotency_key="a1"), range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    assert all(answer.headers["retry-after"] for answer in answers if answer.status_code == 409)
    assert len(OrderBook(desk.store.studio).waiting()) == 1


class _Killed(BaseException):
    """Stands for a process that ends in the middle."""


def _killed(*_: object) -> Any:
    raise _Killed


def _named() -> str:
    return "finance-a"


def test_a_request_that_was_killed_is_at_work_for_a_minute_and_then_gone_through_again(desk: Counter) -> None:
    requests = once.Requests(desk.store.studio)
    with pytest.raises(_Killed):
        requests.once("t/a", "f", NOW, _named, _killed)
    with pytest.raises(Problem) as caught:
        requests.once("t/a", "f", NOW + timedelta(seconds=59), _named, _killed)
    assert caught.value.status == 409
    seen: list[tuple[str, bool]] = []

    def place(key: str, again: bool) -> dict[str, Any]:  # noqa: FBT001 - as it is called
        seen.append((key, again))
        return {"key": key}

    later = NOW + timedelta(seconds=61)
    assert requests.once("t/a", "f", later, _killed, place) == ({"key": "finance-a"}, False)
    assert requests.once("t/a", "f", later, _killed, _killed) == ({"key": "finance-a"}, True)
    assert seen == [("finance-a", True)]


def test_what_a_crash_left_behind_is_found_and_not_ordered_twice(
    desk: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the order was placed and before its answer was kept, and the daemon has started it since."""
    put = objects.put

    def dies(path: UPath, content: bytes) -> None:
        if desk.store.studio.requests in path.parents:
            raise RuntimeError
        put(path, content)

    monkeypatch.setattr(objects, "put", dies)
    assert send(desk, {"query": "GOOG", "title": "Halved"}, idempotency_key="a1").status_code == 500
    monkeypatch.undo()
    (key,) = OrderBook(desk.store.studio).waiting()
    OrderBook(desk.store.studio).starts(key)
    monkeypatch.setattr(once, "AT_WORK", timedelta(0))
    answer = send(desk, {"query": "GOOG", "title": "Halved"}, idempotency_key="a1")
    assert (answer.status_code, answer.json()["key"]) == (201, key)
    assert OrderBook(desk.store.studio).waiting() == []


def test_a_request_is_forgotten_after_two_days(desk: Counter) -> None:
    requests = once.Requests(desk.store.studio)
    requests.once("t/a", "f", NOW, _named, lambda key, _: {"key": key})
    requests.forget(NOW + timedelta(hours=48))
    assert len(objects.names(desk.store.studio.requests)) == 1
    requests.forget(NOW + timedelta(hours=49))
    assert objects.names(desk.store.studio.requests) == []


def test_a_server_forgets_old_requests(desk: Counter) -> None:
    requests = once.Requests(desk.store.studio)
    requests.once("t/a", "f", NOW - timedelta(days=999), _named, lambda key, _: {"key": key})
    with desk.client() as client:
        while objects.names(desk.store.studio.requests):
            assert client.get("/v1/health").status_code == 200


# What is told of videos


def test_an_order_that_waits_is_ordered(desk: Counter) -> None:
    send(desk, {**ORDER, "title": "Halved", "webhook": "shop"})
    told = desk.client().get("/v1/videos/finance-by-http").json()
    assert (told["state"], told["title"], told["webhook"], told["edition"]) == ("ordered", "Halved", "shop", None)
    assert (told["progress"]["made"], told["package"], told["inspection"]) == (0, None, None)
    quote = desk.client().get("/v1/videos/finance-by-http/quote").json()
    assert quote["total_usd"] == "0"
    assert {line["component"] for line in quote["lines"]} >= {"narration", "illustrations"}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (dg.DagsterRunStatus.NOT_STARTED, "queued"),
        (dg.DagsterRunStatus.STARTED, "working"),
        (dg.DagsterRunStatus.SUCCESS, "unfinished"),
        (dg.DagsterRunStatus.CANCELED, "cancelled"),
        (dg.DagsterRunStatus.FAILURE, "failed"),
    ],
)
def test_a_run_says_how_far_a_video_is(desk: Counter, status: dg.DagsterRunStatus, state: str) -> None:
    send(desk, ORDER)
    desk.instance.create_run_for_job(run_of, tags={"dagster/partition": "finance-by-http"}, status=status)
    told = desk.client().get("/v1/videos/finance-by-http").json()
    assert told["state"] == state
    assert told["reason"]


@dg.job
def run_of() -> None:
    """Stands for a video's job."""


def test_a_packed_video_tells_its_review_its_checks_and_its_cost(desk: Counter) -> None:
    Ledger(desk.store.studio).write(
        Entry(
            id="1",
            state="settled",
            usd=Decimal("0.25"),
            video=WAITING,
            asset="narration",
            channel=CHANNEL,
            service="elevenlabs",
            operation="speak",
            model="m",
            call="c",
            at=NOW,
        )
    )
    told = desk.client().get(f"/v1/videos/{WAITING}").json()
    assert (told["state"], told["channel"]) == ("waiting_for_review", CHANNEL)
    assert "in doubt" in told["reason"]
    assert (told["cost"]["budget"], told["cost"]["charged"]) == ("2", "0.25")
    assert told["inspection"]["verdict"] == "review"
    assert {each["name"]: each["level"] for each in told["inspection"]["checks"]}["frozen_frames"] == "warning"
    made = {each["asset"]: each["state"] for each in told["progress"]["assets"]}
    assert (made["video"], made["screenplay"]) == ("made", "missing")


def test_a_published_video_tells_where_and_keeps_the_studios_folders_to_itself(stall: Counter) -> None:
    told = stall.client().get(f"/v1/videos/{PUBLISHED}").json()
    assert told["state"] == "published"
    assert told["published"] == [{"publisher": "library", "address": None, "visible_from": None}]


def test_the_list_goes_on_until_its_end(desk: Counter) -> None:
    send(desk, ORDER)
    found: list[str] = []
    after = ""
    while after is not None:
        part = desk.client().get("/v1/videos", params={"limit": 1, **({"after": after} if after else {})}).json()
        found += [each["key"] for each in part["videos"]]
        after = part["next"]
    assert found == ["finance-by-http", PUBLISHED, WAITING]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"state": "published"}, [PUBLISHED]),
        ({"channel": CHANNEL}, [WAITING]),
        ({"channel": CHANNEL, "state": "published"}, []),
        ({"after": PUBLISHED}, [WAITING]),
        ({"after": "zzz"}, []),
    ],
)
def test_the_list_is_by_channel_and_state(stall: Counter, asked: dict[str, str], expected: list[str]) -> None:
    part = stall.client().get("/v1/videos", params=asked).json()
    assert [each["key"] for each in part["videos"]] == expected
    assert part["next"] is None


@pytest.mark.parametrize("asked", [{"state": "gone"}, {"limit": 0}, {"limit": 101}, {"limit": "many"}])
def test_a_list_that_cannot_be_is_refused(stall: Counter, asked: dict[str, Any]) -> None:
    assert problem(stall.client().get("/v1/videos", params=asked))[0] == 400


@pytest.mark.parametrize("path", ["", "/quote", "/package", "/package/video.mp4"])
def test_a_video_that_is_not_there_is_not_found(stall: Counter, path: str) -> None:
    assert problem(stall.client().get(f"/v1/videos/finance-nothing{path}"))[:2] == (
        404,
        "finance-nothing: there is no such video",
    )


@pytest.mark.parametrize("name", ["nothing.mp4", "..%2F..%2Fvideo%2Fvideo.mp4", "%00", "artifact.json"])
def test_a_package_has_its_own_files_alone(stall: Counter, name: str) -> None:
    assert problem(stall.client().get(f"/v1/videos/{PUBLISHED}/package/{name}"))[0] == 404


def test_what_is_not_packed_has_no_package(desk: Counter) -> None:
    send(desk, ORDER)
    status, said, remedy = problem(desk.client().get("/v1/videos/finance-by-http/package"))
    assert (status, said) == (404, "finance-by-http: it is not packed yet")
    assert remedy == "See how far it is: GET /v1/videos/finance-by-http"


# Cancelling


def test_an_order_that_was_not_started_is_taken_back(desk: Counter) -> None:
    send(desk, {**ORDER, "webhook": "shop"})
    assert desk.client().post("/v1/videos/finance-by-http/cancel").json()["state"] == "cancelled"
    assert desk.client().get("/v1/videos/finance-by-http").status_code == 404
    assert OrderBook(desk.store.studio).waiting() == []
    assert send(desk, ORDER).status_code == 201


class _Coordinator:
    """Dagster's run queue, which cancels at once, only begins to, or cannot reach what drives the run."""

    def __init__(self, desk: Counter, becomes: dg.DagsterRunStatus | None, *, says: bool) -> None:
        self._desk, self._becomes, self._says = desk, becomes, says

    def cancel_run(self, run_id: str) -> bool:
        run = self._desk.instance.get_run_by_id(run_id)
        assert run is not None
        if self._becomes is dg.DagsterRunStatus.CANCELED:
            self._desk.instance.report_run_canceled(run)
        elif self._becomes is dg.DagsterRunStatus.CANCELING:
            self._desk.instance.report_run_canceling(run)
        elif self._becomes is dg.DagsterRunStatus.FAILURE:
            self._desk.instance.report_run_failed(run)
        return self._says


@pytest.mark.parametrize(
    ("becomes", "says", "answer", "state"),
    [
        (dg.DagsterRunStatus.CANCELED, True, 200, "cancelled"),
        (dg.DagsterRunStatus.FAILURE, True, 200, "cancelled"),
        (dg.DagsterRunStatus.CANCELING, False, 200, "working"),
        (None, False, 409, "working"),
    ],
)
def test_a_run_is_cancelled_and_stays_so(
    desk: Counter,
    monkeypatch: pytest.MonkeyPatch,
    becomes: dg.DagsterRunStatus | None,
    says: bool,  # noqa: FBT001 - as above
    answer: int,
    state: str,
) -> None:
    send(desk, ORDER)
    run = desk.instance.create_run_for_job(
        run_of, tags={"dagster/partition": "finance-by-http"}, status=dg.DagsterRunStatus.STARTED
    )
    coordinator = _Coordinator(desk, becomes, says=says)
    monkeypatch.setattr(dg.DagsterInstance, "run_coordinator", property(lambda _: coordinator))
    assert desk.client().post("/v1/videos/finance-by-http/cancel").status_code == answer
    assert desk.client().get("/v1/videos/finance-by-http").json()["state"] == state
    kept = desk.instance.get_run_by_id(run.run_id)
    assert kept is not None
    assert (kept.tags.get("dagster/max_retries") == "0") == (answer == 200)
    assert failed_runs(desk.instance) == []


def test_what_is_not_being_made_cannot_be_cancelled(stall: Counter) -> None:
    assert problem(stall.client().post(f"/v1/videos/{PUBLISHED}/cancel"))[:2] == (
        409,
        f"{PUBLISHED}: it is not being made",
    )


# Packages


def test_a_package_lists_its_files_and_each_is_what_it_says(stall: Counter) -> None:
    package = stall.client().get(f"/v1/videos/{PUBLISHED}/package").json()
    assert package["title"].startswith("Google at")
    assert package["made_with_ai"]
    for file in package["files"]:
        answer = stall.client().get(file["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == file["media_type"]
        assert answer.headers["etag"] == f'"{file["sha256"]}"'
        assert len(answer.content) == file["size"]
    assert stall.client().get(FILM_AT).content == FILM


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=10000-", 10_000, len(FILM)),
        ("bytes=-7", len(FILM) - 7, len(FILM)),
        ("bytes=0-99999999", 0, len(FILM)),
        ("bytes=-99999999", 0, len(FILM)),
    ],
)
def test_a_part_of_a_file_is_fetched(stall: Counter, asked: str, begin: int, end: int) -> None:
    answer = stall.client().get(FILM_AT, headers={"range": asked})
    assert answer.status_code == 206
    assert answer.content == FILM[begin:end]
    assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(FILM)}"
    assert answer.headers["content-length"] == str(end - begin)


@pytest.mark.parametrize(
    "asked", ["bytes=9-5", "bytes=a-b", "frames=1-2", "bytes=0-1,3-4", "bytes=-", f"bytes={'9' * 40}-"]
)
def test_a_range_that_is_none_gets_the_whole(stall: Counter, asked: str) -> None:
    answer = stall.client().get(FILM_AT, headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, FILM)


@pytest.mark.parametrize("asked", [f"bytes={len(FILM)}-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(stall: Counter, asked: str) -> None:
    answer = stall.client().get(FILM_AT, headers={"range": asked})
    assert problem(answer)[0] == 416
    assert answer.headers["content-range"] == f"bytes */{len(FILM)}"


def test_a_file_that_the_caller_has_is_not_sent_again(stall: Counter) -> None:
    tag = stall.client().head(FILM_AT).headers["etag"]
    assert stall.client().get(FILM_AT, headers={"if-none-match": f'"other", {tag}'}).status_code == 304
    resumed = stall.client().get(FILM_AT, headers={"range": "bytes=5-", "if-range": tag})
    changed = stall.client().get(FILM_AT, headers={"range": "bytes=5-", "if-range": '"another"'})
    assert (resumed.status_code, resumed.content) == (206, FILM[5:])
    assert (changed.status_code, changed.content) == (200, FILM)


def test_the_headers_of_a_file_are_told_without_it(stall: Counter) -> None:
    answer = stall.client().head(FILM_AT, headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (206, b"", "10")


def test_a_file_that_is_gone_is_the_studios_trouble_and_tells_no_folder(desk: Counter) -> None:
    (desk.store.studio.artifact_folder(PUBLISHED, "package") / "video.mp4").unlink()
    status, said, _ = problem(desk.client().get(FILM_AT))
    assert (status, said) == (500, ": the studio could not do it")


def test_a_studio_elsewhere_serves_the_same_files(stall: Counter) -> None:
    """Files are read through fsspec wherever they lie."""
    place = UPath("memory://bucket/video.mp4")
    place.write_bytes(FILM)
    media = Media.of(stall.store.studio.artifact_folder(PUBLISHED, "package") / "video.mp4", "video/mp4")
    app = FastAPI()

    @app.get("/film")
    def film(request: Request) -> Any:
        return download(request, media, place)

    answer = TestClient(app).get("/film", headers={"range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, FILM[100:200])


def test_channels_are_told_with_what_they_may_cost(stall: Counter) -> None:
    found = {each["id"]: each for each in stall.client().get("/v1/channels").json()["channels"]}
    assert set(found) == {CHANNEL, OTHER}
    assert (found[CHANNEL]["budget_usd"], found[CHANNEL]["day_budget_usd"]) == ("2", "10")
    assert (found[OTHER]["budget_usd"], found[OTHER]["day_budget_usd"]) == ("5", None)
