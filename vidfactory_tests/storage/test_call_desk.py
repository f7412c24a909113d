"""The way to a service: remembered, paid once, promised before it is spent, tried again."""

import asyncio
import os
import pickle
import signal
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from upath import UPath

from vidfactory.errors import (
    DamagedArtifact,
    Exhausted,
    JobFailed,
    NotRemembered,
    OverBudget,
    Permanent,
    ProviderError,
    Transient,
)
from vidfactory.ports import Answer, Assignment, Call
from vidfactory.storage.call_cache import call_key
from vidfactory.storage.call_desk import CallDesk, Limit, Patience
from vidfactory.storage.studio import Studio

QUICK = Patience(first_wait_s=0.001, jitter_s=0.0, job_pace=0.0)
VIDEO = Assignment(video="finance-one", asset="illustrations", budget_usd=Decimal(1))
CALL = Call("painter", "picture", "m1", {"prompt": "a bear"}, price=Decimal("0.05"))
KEYED = Call("painter", "picture", "m1", {"prompt": "a bull"}, price=Decimal("0.05"), takes_key=True)
PICTURE = Answer({"seen": 1}, cost=Decimal("0.04"), body=b"png", media_type="image/png", units={"images": 1})


class Painter:
    """A service that follows a script: an error is raised, anything else is answered."""

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.keys: list[str] = []

    async def __call__(self, idempotency_key: str) -> Answer:
        self.keys.append(idempotency_key)
        step = self.script.pop(0) if self.script else PICTURE
        if isinstance(step, BaseException):
            raise step
        assert isinstance(step, Answer)
        return step


def killed_during(work: Callable[[], object]) -> None:
    """Run `work` in a process of its own, which kills itself somewhere inside."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was to be killed, and lived"


def kill_here(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def desk(studio: Studio) -> CallDesk:
    return CallDesk(studio, patience=QUICK)


def again(studio: Studio, **limits: Limit) -> CallDesk:
    """Another process on the same storage."""
    return CallDesk(studio, limits, QUICK)


def ask(desk: CallDesk, send: Callable[[str], Awaitable[Answer]], call: Call = CALL, on: Assignment = VIDEO) -> Answer:
    return asyncio.run(desk.on(on).ask(call, send))


def states(desk: CallDesk, video: str = "finance-one") -> list[tuple[str, Decimal]]:
    return sorted((entry.state, entry.usd) for entry in desk.ledger.entries(video))


def test_an_answer_is_asked_for_once_whatever_process_or_video_asks(desk: CallDesk, studio: Studio) -> None:
    painter = Painter()
    first = ask(desk, painter)
    other = again(studio)
    second = ask(other, painter, on=Assignment(video="finance-two", asset="illustrations"))
    assert first == second == PICTURE
    assert len(painter.keys) == 1
    assert states(desk) == [("settled", Decimal("0.04"))]
    assert states(desk, "finance-two") == [("saved", Decimal("0.04"))]


def test_another_take_buys_a_fresh_answer(desk: CallDesk) -> None:
    painter = Painter()
    ask(desk, painter)
    ask(desk, painter, on=Assignment(video="finance-one", asset="illustrations", take=2))
    assert len(painter.keys) == 2


@pytest.mark.parametrize(
    "changed",
    [
        Call("sculptor", "picture", "m1", {"prompt": "a bear"}),
        Call("painter", "backdrop", "m1", {"prompt": "a bear"}),
        Call("painter", "picture", "m2", {"prompt": "a bear"}),
        Call("painter", "picture", "m1", {"prompt": "a bear", "seed": 1}),
    ],
)
def test_the_key_forgets_nothing_that_the_answer_depends_on(changed: Call) -> None:
    assert call_key(changed, 1) != call_key(CALL, 1)
    assert call_key(CALL, 2) != call_key(CALL, 1)


def test_the_order_of_a_request_s_fields_does_not_matter() -> None:
    there, back = Call("p", "o", "m", {"a": 1, "b": 2}), Call("p", "o", "m", {"b": 2, "a": 1})
    assert call_key(there, 1) == call_key(back, 1)


def test_two_that_ask_at_once_send_one_request(desk: CallDesk, studio: Studio) -> None:
    sent = []

    async def slow(key: str) -> Answer:
        sent.append(key)
        await asyncio.sleep(0.1)
        return PICTURE

    async def both() -> list[Answer]:
        return list(await asyncio.gather(desk.on(VIDEO).ask(CALL, slow), again(studio).on(VIDEO).ask(CALL, slow)))

    assert asyncio.run(both()) == [PICTURE, PICTURE]
    assert len(sent) == 1


def test_a_busy_service_is_tried_four_times_with_one_idempotency_key(desk: CallDesk) -> None:
    painter = Painter(*[Transient("busy")] * 4)
    with pytest.raises(Exhausted, match="busy"):
        ask(desk, painter)
    assert len(painter.keys) == 4
    assert len(set(painter.keys)) == 1
    assert states(desk) == []


def test_a_service_that_names_a_time_is_waited_for_that_long(desk: CallDesk) -> None:
    painter = Painter(Transient("busy", retry_after_s=0.2))
    begun = time.monotonic()
    ask(desk, painter)
    assert time.monotonic() - begun >= 0.2


def test_a_service_that_asks_for_too_long_a_wait_is_given_up(desk: CallDesk) -> None:
    painter = Painter(Transient("busy", retry_after_s=3600))
    with pytest.raises(Exhausted):
        ask(desk, painter)
    assert len(painter.keys) == 1


def test_a_request_that_cannot_succeed_is_not_sent_again(desk: CallDesk) -> None:
    painter = Painter(Permanent("the key was refused"))
    with pytest.raises(Permanent, match="key was refused"):
        ask(desk, painter)
    assert len(painter.keys) == 1
    assert states(desk) == []


def test_a_failure_that_was_charged_counts(desk: CallDesk) -> None:
    with pytest.raises(Permanent):
        ask(desk, Painter(Permanent("refused content", charged=Decimal("0.02"))))
    assert states(desk) == [("settled", Decimal("0.02"))]


def test_a_call_cut_in_flight_counts_as_possibly_charged(desk: CallDesk) -> None:
    ask(desk, Painter(Transient("cut", charged=None)))
    assert states(desk) == [("doubtful", Decimal("0.05")), ("settled", Decimal("0.04"))]


def test_the_doubt_is_over_where_the_service_takes_idempotency_keys(desk: CallDesk) -> None:
    ask(desk, Painter(Transient("cut", charged=None)), KEYED)
    assert states(desk) == [("settled", Decimal("0.04"))]


@pytest.mark.parametrize(("call", "left"), [(CALL, ["doubtful", "settled"]), (KEYED, ["settled"])])
def test_after_a_crash_in_flight_the_same_idempotency_key_is_sent_again(
    desk: CallDesk, studio: Studio, tmp_path: Path, call: Call, left: list[str]
) -> None:
    first = tmp_path / "first_key"

    async def cut(key: str) -> Answer:
        first.write_text(key)
        kill_here()
        return PICTURE

    killed_during(lambda: ask(desk, cut, call))
    assert [state for state, _ in states(desk)] == ["reserved"]
    painter = Painter()
    assert ask(again(studio), painter, call) == PICTURE
    assert painter.keys == [first.read_text()]
    assert [state for state, _ in states(desk)] == left


def test_a_crash_between_the_answer_and_its_payment_pays_once(
    desk: CallDesk, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter = Painter()
    with monkeypatch.context() as dying:
        dying.setattr("vidfactory.storage.call_desk._settle", kill_here)
        killed_during(lambda: ask(desk, Painter()))
    assert [state for state, _ in states(desk)] == ["reserved"]
    assert ask(again(studio), painter) == PICTURE
    assert painter.keys == []
    assert states(desk) == [("settled", Decimal("0.04"))]


def test_the_budget_stops_before_the_call_that_would_exceed_it(desk: CallDesk) -> None:
    small = Assignment(video="finance-one", asset="illustrations", budget_usd=Decimal("0.12"))
    painter = Painter()
    for prompt in ("one", "two"):
        ask(desk, painter, Call("painter", "picture", "m1", {"prompt": prompt}, price=Decimal("0.05")), small)
    with pytest.raises(OverBudget, match=r"\$0.0500 and \$0.0400 is left of the video's budget of \$0.12"):
        ask(desk, painter, Call("painter", "picture", "m1", {"prompt": "three"}, price=Decimal("0.05")), small)
    assert len(painter.keys) == 2
    assert [state for state, _ in states(desk)] == ["settled", "settled"]


def test_many_at_once_never_exceed_the_budget(desk: CallDesk, studio: Studio) -> None:
    small = Assignment(video="finance-one", asset="illustrations", budget_usd=Decimal("0.22"))
    painter = Painter()

    async def all_at_once() -> list[Answer | BaseException]:
        desks = (desk, again(studio), again(studio))
        calls = [Call("painter", "picture", "m1", {"n": n}, price=Decimal("0.05")) for n in range(12)]
        asked = (desks[n % 3].on(small).ask(call, painter) for n, call in enumerate(calls))
        return list(await asyncio.gather(*asked, return_exceptions=True))

    results = asyncio.run(all_at_once())
    assert desk.ledger.sums("finance-one").committed <= Decimal("0.22")
    assert {type(result) for result in results} <= {Answer, OverBudget}
    assert len(painter.keys) == sum(isinstance(result, Answer) for result in results)


def test_a_service_is_never_asked_more_at_once_than_its_limit(studio: Studio) -> None:
    under_way, most = 0, 0

    async def busy(_: str) -> Answer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return PICTURE

    async def all_at_once() -> None:
        calls = again(studio, painter=Limit(concurrency=3, per_minute=1000)).on(VIDEO)
        await asyncio.gather(*(calls.ask(Call("painter", "picture", "m1", {"n": n}), busy) for n in range(12)))

    asyncio.run(all_at_once())
    assert most == 3


def test_a_call_that_takes_too_long_is_cut_and_doubted(studio: Studio) -> None:
    async def never(_: str) -> Answer:
        await asyncio.sleep(60)
        return PICTURE

    desk = CallDesk(studio, {"painter": Limit(timeout_s=0.02)}, Patience(tries=1))
    with pytest.raises(Exhausted, match="took longer"):
        ask(desk, never)
    assert states(desk) == [("doubtful", Decimal("0.05"))]


class Studio3d:
    """A service with jobs: `script` holds what each look at a job brings."""

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.submitted: list[str] = []
        self.looked: list[str] = []

    async def submit(self, key: str) -> str:
        self.submitted.append(key)
        return f"job-{len(self.submitted)}"

    async def collect(self, job: str) -> Answer | None:
        self.looked.append(job)
        step = self.script.pop(0) if self.script else PICTURE
        if isinstance(step, BaseException):
            raise step
        assert step is None or isinstance(step, Answer)
        return step


def order(desk: CallDesk, service: Studio3d) -> Answer:
    return asyncio.run(desk.on(VIDEO).order(CALL, service.submit, service.collect))


def test_a_job_is_looked_at_until_it_is_done(desk: CallDesk) -> None:
    service = Studio3d(None, None, Transient("the network blinked"), None)
    assert order(desk, service) == PICTURE
    assert len(service.submitted) == 1
    assert states(desk) == [("settled", Decimal("0.04"))]


def test_a_job_that_was_accepted_is_never_ordered_again_after_a_crash(desk: CallDesk, studio: Studio) -> None:
    async def collect(_: str) -> Answer | None:
        kill_here()
        return None

    service = Studio3d()
    killed_during(lambda: asyncio.run(desk.on(VIDEO).order(CALL, service.submit, collect)))
    assert [state for state, _ in states(desk)] == ["reserved"]
    assert order(again(studio), service) == PICTURE
    assert service.submitted == []
    assert set(service.looked) == {"job-1"}
    assert states(desk) == [("settled", Decimal("0.04"))]


def test_a_job_that_failed_is_ordered_anew_with_another_key(desk: CallDesk) -> None:
    service = Studio3d(JobFailed("it broke", charged=Decimal("0.03")))
    assert order(desk, service) == PICTURE
    assert len(set(service.submitted)) == 2
    assert states(desk) == [("settled", Decimal("0.03")), ("settled", Decimal("0.04"))]


def test_a_job_under_way_for_too_long_is_left_and_found_again(desk: CallDesk, studio: Studio) -> None:
    service = Studio3d(*[None] * 30)
    with pytest.raises(Exhausted, match="still under way"):
        order(desk, service)
    assert order(again(studio), service) == PICTURE
    assert len(service.submitted) == 1


def test_only_remembered_answers_reach_nobody(desk: CallDesk) -> None:
    painter = Painter()
    calls = desk.on(VIDEO)

    async def asked() -> None:
        with calls.remembered_only():
            await calls.ask(CALL, painter)

    with pytest.raises(NotRemembered):
        asyncio.run(asked())
    assert painter.keys == []


def test_an_altered_answer_is_refused_with_the_way_out(desk: CallDesk) -> None:
    ask(desk, Painter())
    key = call_key(CALL, 1)
    (desk.cache.folder(key) / "answer.png").write_bytes(b"other")
    with pytest.raises(DamagedArtifact, match="cache prune --call"):
        ask(desk, Painter())


def test_the_tally_says_what_the_calls_came_to(desk: CallDesk) -> None:
    calls = desk.on(VIDEO)

    async def work() -> None:
        await calls.ask(CALL, Painter(Transient("cut", charged=None)))
        await calls.ask(CALL, Painter())

    asyncio.run(work())
    tally = calls.tally()
    assert (tally.sent, tally.remembered) == (2, 1)
    assert (tally.spent_usd, tally.doubtful_usd, tally.saved_usd) == (
        Decimal("0.04"),
        Decimal("0.05"),
        Decimal("0.04"),
    )
    assert tally.units == {"images": 1}


def test_the_same_holds_on_an_object_store(studio: Studio) -> None:
    away = Studio(root=UPath("memory://bucket/calls"), local=studio.local, inbox=studio.inbox)
    desk, painter = CallDesk(away, patience=QUICK), Painter(Transient("cut", charged=None))
    assert ask(desk, painter) == ask(CallDesk(away, patience=QUICK), painter) == PICTURE
    assert len(painter.keys) == 2
    assert states(desk) == [("doubtful", Decimal("0.05")), ("saved", Decimal("0.04")), ("settled", Decimal("0.04"))]


def test_errors_keep_their_money_between_processes() -> None:
    error = pickle.loads(pickle.dumps(Transient("busy", where="x", charged=None, retry_after_s=3.0)))
    assert isinstance(error, ProviderError)
    assert (error.charged, error.retry_after_s, error.where) == (None, 3.0, "x")
