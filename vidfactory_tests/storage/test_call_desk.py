"""The way to a service: remembered, paid once, promised before it is spent, tried again."""

import asyncio
import os
import pickle
import signal
import time
import traceback
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from upath import UPath

from vidfactory.errors import (
    DamagedArtifact,
    Exhausted,
    JobFailed,
    JobRefused,
    NotRemembered,
    OverBudget,
    Permanent,
    ProviderError,
    Transient,
)
from vidfactory.ports import Answer, Assignment, Call
from vidfactory.pruning import survey
from vidfactory.storage import objects
from vidfactory.storage.call_cache import CallCache, call_key
from vidfactory.storage.call_desk import CallDesk, Limit, Patience
from vidfactory.storage.ledger import Ledger
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


async def never_sent(_: str) -> Answer:
    raise AssertionError("nothing was to be sent")


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


@pytest.mark.parametrize("failing", ["put", "remove"])
@pytest.mark.parametrize("nth", range(1, 5))
def test_a_crash_around_a_call_that_cost_nothing_leaves_no_promise_behind(
    desk: CallDesk, studio: Studio, monkeypatch: pytest.MonkeyPatch, failing: str, nth: int
) -> None:
    """Whatever was written last: what was promised and never sent does not eat the budget for ever."""
    real, count = getattr(objects, failing), 0

    def dies(*given: object) -> None:
        nonlocal count
        count += 1
        if count == nth:
            kill_here()
        real(*given)

    with monkeypatch.context() as dying:
        dying.setattr(objects, failing, dies)
        child = os.fork()
        if child == 0:
            try:
                ask(desk, Painter(*[Transient("busy")] * 4))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    assert ask(again(studio), Painter()) == PICTURE
    assert [state for state, _ in states(desk) if state != "doubtful"] == ["settled"]
    assert [state for state, _ in states(desk)].count("doubtful") <= 1


@pytest.mark.parametrize("method", ["ledger.reserve", "cache.note"])
def test_a_promise_that_cannot_be_written_is_taken_back(
    desk: CallDesk, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    part, name = method.split(".")
    owner, real = (Ledger if part == "ledger" else CallCache), getattr(getattr(desk, part), name)

    def full(_: object, *given: object) -> None:
        real(*given)
        raise OSError("the disk is full")

    painter = Painter()
    monkeypatch.setattr(owner, name, full)
    with pytest.raises(OSError, match="disk is full"):
        ask(desk, painter)
    monkeypatch.undo()
    assert painter.keys == []
    assert states(desk) == []
    assert desk.cache.under_way(call_key(CALL, 1)) is None


@pytest.mark.parametrize(("is_job", "left"), [(False, ["settled", "settled"]), (True, ["settled"])])
def test_an_answer_that_cannot_be_stored_is_paid_for_and_that_of_a_job_is_fetched_again(
    desk: CallDesk, studio: Studio, monkeypatch: pytest.MonkeyPatch, left: list[str], *, is_job: bool
) -> None:
    def full(*_: object) -> None:
        raise OSError("the disk is full")

    service, painter = Studio3d(), Painter()

    def make(desk: CallDesk) -> Answer:
        return order(desk, service) if is_job else ask(desk, painter)

    monkeypatch.setattr(CallCache, "keep", full)
    with pytest.raises(OSError, match="disk is full"):
        make(desk)
    monkeypatch.undo()
    assert make(again(studio)) == PICTURE
    assert states(desk) == [(state, Decimal("0.04")) for state in left]
    assert len(service.submitted) == (1 if is_job else 0)


def test_a_charged_failure_is_no_doubt_after_a_crash(
    desk: CallDesk, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(CallCache, "over", kill_here)
        killed_during(lambda: ask(desk, Painter(Permanent("refused content", charged=Decimal("0.02")))))
    ask(again(studio), Painter())
    assert states(desk) == [("settled", Decimal("0.02")), ("settled", Decimal("0.04"))]
    assert len(objects.names(studio.ledger / "finance-one")) == 2


def test_what_a_task_has_begun_to_write_is_written_though_it_is_cancelled(
    desk: CallDesk, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, storing = CallCache.keep, asyncio.Event()

    async def stopped_while_storing() -> None:
        loop = asyncio.get_running_loop()

        def slow(*given: object) -> None:
            loop.call_soon_threadsafe(storing.set)
            time.sleep(0.1)
            real(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(CallCache, "keep", slow)
        task = asyncio.create_task(desk.on(VIDEO).ask(CALL, Painter()))
        await storing.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert states(desk) == [("settled", Decimal("0.04"))]

    asyncio.run(stopped_while_storing())
    assert ask(again(studio), never_sent) == PICTURE


def test_a_call_that_is_cancelled_before_it_is_sent_is_not_doubted(
    desk: CallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, promising = Ledger.reserve, asyncio.Event()

    async def stopped_while_promising() -> None:
        loop = asyncio.get_running_loop()

        def slow(*given: object) -> None:
            loop.call_soon_threadsafe(promising.set)
            time.sleep(0.1)
            real(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(Ledger, "reserve", slow)
        task = asyncio.create_task(desk.on(VIDEO).ask(CALL, never_sent))
        await promising.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped_while_promising())
    assert states(desk) == []


@pytest.mark.parametrize("cost", ["-3", "NaN", "Infinity"])
def test_a_cost_that_cannot_be_counts_as_the_price(desk: CallDesk, cost: str) -> None:
    ask(desk, Painter(Answer({}, cost=Decimal(cost))))
    assert states(desk) == [("settled", Decimal("0.05"))]


def test_a_failure_with_a_charge_that_cannot_be_is_doubted(desk: CallDesk) -> None:
    with pytest.raises(Permanent):
        ask(desk, Painter(Permanent("refused", charged=Decimal(-1))))
    assert states(desk) == [("doubtful", Decimal("0.05"))]


def test_what_a_service_said_goes_no_further_than_the_desk(desk: CallDesk) -> None:
    planted = "sk-very-secret"

    async def refused(_: str) -> Answer:
        raise Permanent("the key was refused") from RuntimeError(f"wrong key {planted}")

    with pytest.raises(Permanent) as caught:
        ask(desk, refused)
    assert planted not in "".join(traceback.format_exception(caught.value))


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


@pytest.mark.parametrize(
    "hindrance", [Permanent("there is no key for it"), Permanent("nobody knows the price"), ValueError("a fault")]
)
def test_a_job_is_kept_where_it_is_not_the_job_that_failed(
    desk: CallDesk, studio: Studio, hindrance: Exception
) -> None:
    service = Studio3d(hindrance)
    with pytest.raises(type(hindrance)):
        order(desk, service)
    assert states(desk) == [("reserved", Decimal("0.05"))]
    assert order(again(studio), service) == PICTURE
    assert len(service.submitted) == 1
    assert states(desk) == [("settled", Decimal("0.04"))]


def test_a_job_that_was_refused_is_over(desk: CallDesk) -> None:
    service = Studio3d(JobRefused("it may not be drawn", charged=Decimal("0.01")))
    with pytest.raises(JobRefused):
        order(desk, service)
    assert states(desk) == [("settled", Decimal("0.01"))]
    assert desk.cache.under_way(call_key(CALL, 1)) is None


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


def test_a_call_whose_note_is_damaged_is_not_sent_again_and_hinders_no_other(desk: CallDesk) -> None:
    note = desk.cache.folder(call_key(CALL, 1)) / "order.json"
    objects.put(note, b'{"idempotency')
    with pytest.raises(DamagedArtifact, match=r"may be paid for\. .*remove calls/"):
        ask(desk, never_sent)
    ask(desk, Painter(), KEYED)
    assert sorted(kept.is_damaged for kept in survey(desk.cache)) == [False, True]


def test_an_answer_that_is_forgotten_while_it_is_read_is_asked_for_again(
    desk: CallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(desk, Painter())
    key, real = call_key(CALL, 1), CallCache.kept

    def forgotten_after(cache: CallCache, asked: str) -> object:
        found = real(cache, asked)
        desk.cache.forget(key)
        return found

    with monkeypatch.context() as pruning:
        pruning.setattr(CallCache, "kept", forgotten_after)
        assert desk.cache.recall(key) is None
    assert ask(desk, Painter()) == PICTURE


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


def test_a_run_that_is_ended_in_the_middle_of_calls_ends_without_a_complaint(desk: CallDesk) -> None:
    """As Dagster ends one on Ctrl-C: the loop stops, its generators are closed, and no task is cancelled."""
    loop = asyncio.new_event_loop()
    complaints: list[object] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    sent: list[str] = []

    async def endless(_: str) -> Answer:
        sent.append("")
        if len(sent) == 3:
            loop.stop()
        await asyncio.Event().wait()
        raise AssertionError("nothing ends it")

    calls = desk.on(VIDEO)
    asked = [Call("painter", "picture", "m1", {"prompt": str(each)}, price=Decimal("0.05")) for each in range(3)]
    work = [loop.create_task(calls.ask(call, endless)) for call in asked]
    loop.run_forever()
    loop.run_until_complete(loop.shutdown_asyncgens())
    assert complaints == []
    assert states(desk) == [("doubtful", Decimal("0.05"))] * 3
    for task in work:
        task.cancel()
    loop.run_until_complete(asyncio.wait(work))
    loop.close()
