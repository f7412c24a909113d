"""Faults happen as they were set, and everything is counted."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.clients import ASK, STATUS_ERRORS, ask_anthropic, ask_runway, status_of
from vidfactory_tests.servers.faults import (
    CutAfter,
    CutBefore,
    Fault,
    NotJson,
    Slow,
    Status,
    Switchboard,
    TooMany,
    Truncated,
    WrongShape,
)

BODY = {"model": "gpt-image-2.5-flare", "prompt": "a bear", "size": "1024x1024", "quality": "low"}


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client


def draw(services: FakeServices, http: httpx.Client, body: Any = None, **headers: str) -> httpx.Response:
    """Ask OpenAI's fake for a picture, as its SDK does."""
    address = f"{services.url('openai')}/v1/images/generations"
    return http.post(address, json=body or BODY, headers={"authorization": f"Bearer {services.key}", **headers})


# --- what goes wrong -----------------------------------------------------------------------------


def test_a_cut_before_the_work_is_a_cut_and_costs_nothing(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", CutBefore())
    with pytest.raises(httpx.RemoteProtocolError):
        draw(services, http)
    (served,) = services.served
    assert not served.billed
    assert (served.delivered, served.status) == (False, 0)
    assert draw(services, http).status_code == 200
    assert services.billed_twice() == {}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_cut_after_the_work_is_a_cut_and_is_billed(services: FakeServices, http: httpx.Client, share: float) -> None:
    services.next("openai", CutAfter(share))
    with pytest.raises(httpx.RemoteProtocolError):
        draw(services, http)
    (served,) = services.served
    assert served.billed > 0
    assert not served.delivered
    draw(services, http)
    assert services.billed_twice() == {served.digest: 2}
    assert services.spent == 2 * served.billed


def test_an_sdk_sees_a_cut_as_a_broken_connection(services: FakeServices) -> None:
    services.next("openai", CutAfter(), CutBefore())
    for _ in range(2):
        with pytest.raises(openai.APIConnectionError):
            ASK["openai"](services, services.key)


def test_a_slow_body_takes_its_time_and_arrives_whole(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", Slow(0.4))
    start = time.monotonic()
    assert draw(services, http).json()["data"]
    assert time.monotonic() - start > 0.35
    assert services.served[0].delivered


def test_an_answer_breaks_off_or_is_something_else(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", Truncated(), NotJson(), WrongShape())
    broken, page, other = (draw(services, http) for _ in range(3))
    assert [answer.status_code for answer in (broken, page, other)] == [200, 200, 200]
    for answer in (broken, page):
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    assert page.headers["content-type"].startswith("text/html")
    assert "data" not in other.json()
    assert [served.billed > 0 for served in services.served] == [True, False, True]


@pytest.mark.parametrize("status", [500, 503, 529])
def test_a_status_has_the_services_own_shape(services: FakeServices, status: int) -> None:
    services.next("anthropic", Status(status))
    with pytest.raises(STATUS_ERRORS) as failed:
        ask_anthropic(services, services.key)
    assert status_of(failed.value) == status
    assert services.spent == 0


def test_a_failure_may_be_billed(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", Status(500, billed=True))
    assert draw(services, http).status_code == 500
    assert services.spent > 0


def test_retry_after_comes_as_seconds_or_as_a_date(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", TooMany(7), TooMany(60, as_date=True))
    assert draw(services, http).headers["retry-after"] == "7"
    answer = draw(services, http)
    wait = parsedate_to_datetime(answer.headers["retry-after"]) - parsedate_to_datetime(answer.headers["date"])
    assert 59 <= wait.total_seconds() <= 61


def test_a_script_is_for_one_operation_or_for_all(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", None, Status(500), operation="images")
    assert ASK["openai"](services, services.key)
    assert [draw(services, http).status_code for _ in range(3)] == [200, 500, 200]


FAULTS: Sequence[Fault] = (Status(500), TooMany(), CutBefore())
REQUESTS = st.lists(st.text("abcdef", min_size=1, max_size=2), min_size=1, max_size=40)


@given(REQUESTS, st.randoms(use_true_random=False), st.integers(0, 9))
def test_the_same_requests_meet_the_same_faults_in_any_order(requests: list[str], random: Any, seed: int) -> None:
    def met(order: list[str]) -> dict[str, list[Fault | None]]:
        board = Switchboard(seed)
        board.rate("openai", 0.3, *FAULTS)
        found: dict[str, list[Fault | None]] = {}
        for digest in order:
            found.setdefault(digest, []).append(board.fault("openai", "images", digest))
        return found

    shuffled = list(requests)
    random.shuffle(shuffled)
    assert met(requests) == met(shuffled)


def test_a_rate_is_kept_over_many_requests() -> None:
    board = Switchboard(seed=1)
    board.rate("openai", 0.3, *FAULTS)
    met = [board.fault("openai", "images", f"request {number}") for number in range(2000)]
    assert 0.27 < sum(1 for fault in met if fault) / len(met) < 0.33
    assert {type(fault) for fault in met if fault} == {Status, TooMany, CutBefore}
    assert board.fault("google", "generate", "request 1") is None


# --- how long it takes ---------------------------------------------------------------------------


def test_the_most_telling_latency_counts() -> None:
    board = Switchboard()
    board.latencies({"openai": 1, "openai.chat": 2, "openai.chat:finance.analysis": 3})
    asked = [("images", ""), ("chat", "finance.selection"), ("chat", "finance.analysis")]
    assert [board.wait_s("openai", *each) for each in asked] == [1, 2, 3]
    assert board.wait_s("google", "generate", "") == 0


def test_what_is_in_flight_is_counted(services: FakeServices, http: httpx.Client) -> None:
    services.latency("openai.images", 0.3)
    start = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        bodies = [{**BODY, "prompt": f"bear {number}"} for number in range(5)]
        assert all(answer.status_code == 200 for answer in pool.map(lambda body: draw(services, http, body), bodies))
    assert time.monotonic() - start >= 0.3
    assert services.book.busiest("openai") == 5
    draw(services, http)
    assert services.served[-1].in_flight == 1
    assert all(served.ended_s - served.began_s >= 0.3 for served in services.served)


def test_a_client_that_left_is_billed_and_not_served(services: FakeServices) -> None:
    services.latency("x", 0.3)
    headers = {"authorization": f"Bearer {services.key}"}
    with httpx.Client(timeout=0.1) as hasty, pytest.raises(httpx.ReadTimeout):
        hasty.get(f"{services.url('x')}/2/tweets/search/recent", params={"query": "$MSFT"}, headers=headers)
    while not services.served[0].ended_s:
        time.sleep(0.02)
    (served,) = services.served
    assert served.billed > 0
    assert not served.delivered


# --- idempotency ---------------------------------------------------------------------------------


def test_the_same_key_is_answered_again_and_billed_once(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", CutAfter())
    with pytest.raises(httpx.RemoteProtocolError):
        draw(services, http, **{"idempotency-key": "one"})
    again, once_more = (draw(services, http, **{"idempotency-key": "one"}) for _ in range(2))
    assert again.content == once_more.content
    assert [served.replayed for served in services.served] == [False, True, True]
    assert [served.billed > 0 for served in services.served] == [True, False, False]
    assert services.billed_twice() == {}


def test_the_same_key_at_the_same_time_is_worked_on_once(services: FakeServices, http: httpx.Client) -> None:
    services.latency("openai", 0.2)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: draw(services, http, **{"idempotency-key": "one"}), range(3)))
    assert len({answer.content for answer in answers}) == 1
    assert sum(served.billed > 0 for served in services.served) == 1


def test_a_key_is_free_again_where_no_work_was_done(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", Status(500), TooMany())
    statuses = [draw(services, http, **{"idempotency-key": "one"}).status_code for _ in range(3)]
    assert statuses == [500, 429, 200]


def test_a_key_belongs_to_one_request(services: FakeServices, http: httpx.Client) -> None:
    draw(services, http, **{"idempotency-key": "one"})
    other = draw(services, http, {**BODY, "prompt": "another"}, **{"idempotency-key": "one"})
    assert other.status_code == 400


@pytest.mark.parametrize(("table", "billed"), [({}, 2), ({"replicate": "Idempotency-Key"}, 1)])
def test_a_service_takes_keys_only_where_it_says_so(
    loopback: None, http: httpx.Client, table: dict[str, str], billed: int
) -> None:
    with FakeServices(idempotency=table) as services:
        address = f"{services.url('replicate')}/v1/models/stability-ai/sdxl/predictions"
        headers = {"authorization": f"Bearer {services.key}", "idempotency-key": "one"}
        for _ in range(2):
            assert http.post(address, json={"input": {"prompt": "a bear"}}, headers=headers).status_code == 201
        assert services.spent == billed * Decimal("0.002")


# --- the book ------------------------------------------------------------------------------------


def test_a_request_is_the_same_however_its_json_is_laid_out(services: FakeServices, http: httpx.Client) -> None:
    address = f"{services.url('openai')}/v1/images/generations"
    headers = {"authorization": f"Bearer {services.key}", "content-type": "application/json"}
    for text in (json.dumps(BODY), json.dumps(dict(reversed(BODY.items())), indent=3)):
        http.post(address, content=text, headers=headers)
    draw(services, http, {**BODY, "prompt": "another"})
    assert list(services.billed_twice().values()) == [2]


def test_a_second_order_of_a_job_shows(services: FakeServices) -> None:
    for _ in range(2):
        ask_runway(services, services.key)
    assert list(services.billed_twice().values()) == [2]


def test_all_is_forgotten_on_request(services: FakeServices, http: httpx.Client) -> None:
    services.next("openai", Status(500), Status(500))
    draw(services, http, **{"idempotency-key": "one"})
    services.clear()
    assert draw(services, http, **{"idempotency-key": "one"}).status_code == 200
    assert len(services.served) == 1


def test_what_nobody_serves_is_not_found(services: FakeServices, http: httpx.Client) -> None:
    for path in ("openai/v1/unheard-of", "nobody/v1/models"):
        assert http.get(f"{services.address}/{path}").status_code == 404
    with pytest.raises(KeyError):
        services.url("nobody")


def test_a_fake_that_breaks_fails_its_test(loopback: None, http: httpx.Client) -> None:
    services = FakeServices()
    services.__enter__()
    headers = {"authorization": f"Bearer {services.key}"}
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(f"{services.url('openai')}/v1/chat/completions", json={"model": "gpt-5-mini"}, headers=headers)
    with pytest.raises(AssertionError, match="KeyError: 'messages'"):
        services.__exit__(None, None, None)


def test_a_process_of_its_own_serves_and_tells_what_it_served(
    loopback: None, http: httpx.Client, tmp_path: Path
) -> None:
    table = tmp_path / "latencies.json"
    table.write_text(json.dumps({"openai.images": 0.3}))
    command = [sys.executable, "-m", "vidfactory_tests.servers", "--latencies", str(table), "--key", "another-key"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        start = time.monotonic()
        headers = {"authorization": "Bearer another-key"}
        assert http.post(f"{address}/openai/v1/images/generations", json=BODY, headers=headers).status_code == 200
        assert time.monotonic() - start > 0.3
        (served,) = http.get(f"{address}/control/served").json()
        assert (served["service"], served["operation"], served["delivered"]) == ("openai", "images", True)
        assert Decimal(http.get(f"{address}/control/spent").json()["spent"]) == Decimal(served["billed"]) > 0
        http.post(f"{address}/control/clear")
        assert http.get(f"{address}/control/served").json() == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
