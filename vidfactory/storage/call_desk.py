"""The one way to a service: remembered, budgeted, limited, tried again; no question is paid for twice.

Belongs here: the order of things around a call, which is what makes a crash harmless:

1. a remembered answer is the end of it;
2. one asks at a time (`claims`); what a crash left in flight is counted as possibly charged;
3. the call is noted, and its price is promised against the budget (`ledger`), before anything is sent: what
   is noted and not promised was never sent;
4. the answer is stored before it is used, then the promise becomes a payment.

Does not belong here: how a service is spoken to (`providers`).
"""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from decimal import Decimal

import stamina

from vidfactory.errors import Exhausted, JobFailed, JobRefused, NotRemembered, ProviderError, Transient
from vidfactory.ports import Answer, Assignment, Call, Tally
from vidfactory.storage.call_cache import CallCache, Order, call_key
from vidfactory.storage.claims import claim
from vidfactory.storage.ledger import Entry, Ledger
from vidfactory.storage.places import Places, PlacesOfMachine
from vidfactory.storage.studio import Studio
from vidfactory.storage.threads import to_its_end

log = logging.getLogger(__name__)
JOB_WAITS_S = (2.0, 3.0, 5.0, 5.0, 10.0, 10.0, 15.0, 15.0, 20.0)
"""How long to wait before each look at a job; the last one again and again."""
JOB_LOOKS = 30
_ONLY_REMEMBERED: ContextVar[bool] = ContextVar("only_remembered", default=False)


@dataclass(frozen=True)
class Limit:
    """How much of a service may be used at once, in a minute, and how long one call may take."""

    concurrency: int = 4
    per_minute: int = 60
    timeout_s: float = 120.0


@dataclass(frozen=True)
class Patience:
    """How often and how long a busy service is waited for.

    The waits double from `first_wait_s`, with up to a second of jitter. A service that asks for more than
    `longest_wait_s` is not waited for: the next one of the chain may serve. `job_pace` scales the waits
    between looks at a job.
    """

    tries: int = 4
    first_wait_s: float = 2.0
    longest_wait_s: float = 60.0
    jitter_s: float = 1.0
    job_pace: float = 1.0


class CallDesk:
    """All calls of one process. `limits` are by service; a service that has none there gets the usual one.

    `places` says with whom they are shared: with all processes of this machine, where nothing else is said.
    """

    def __init__(
        self,
        studio: Studio,
        limits: Mapping[str, Limit] | None = None,
        patience: Patience | None = None,
        places: Places | None = None,
    ) -> None:
        self.cache = CallCache(studio.calls)
        self.ledger = Ledger(studio)
        self.patience = patience or Patience()
        self._limits = dict(limits or {})
        self._places = places or PlacesOfMachine(studio.places)

    def on(self, assignment: Assignment) -> "AssignedCalls":
        """The calls for one asset of one video."""
        return AssignedCalls(self, assignment)

    def gate(self, service: str) -> "_Gate":
        """What keeps a service within its limits."""
        return _Gate(service, self._limits.get(service, Limit()), self._places)


@dataclass(frozen=True)
class _Gate:
    service: str
    limit: Limit
    places: Places

    async def passed(self) -> ExitStack:
        """A place for one call that begins now; Transient where nobody can say whether there is one."""
        with await self.places.hold(self.service, self.limit.concurrency) as held:
            await self.places.begin(self.service, self.limit.per_minute)
            return held.pop_all()


class AssignedCalls:
    """Implements `ports.Calls` for one assignment."""

    def __init__(self, desk: CallDesk, assignment: Assignment) -> None:
        self._desk = desk
        self._assignment = assignment
        self._tally = Tally()

    def tally(self) -> Tally:
        return self._tally

    @contextmanager
    def remembered_only(self) -> Iterator[None]:
        token = _ONLY_REMEMBERED.set(True)
        try:
            yield
        finally:
            _ONLY_REMEMBERED.reset(token)

    async def ask(self, call: Call, send: Callable[[str], Awaitable[Answer]]) -> Answer:
        """See `ports.Calls.ask`."""

        async def sent(asked: "_Asked") -> Answer:
            async with asked.in_flight() as key:
                return await send(key)

        return await self._answered(call, sent)

    async def order(
        self,
        call: Call,
        submit: Callable[[str], Awaitable[str]],
        collect: Callable[[str], Awaitable[Answer | None]],
    ) -> Answer:
        """See `ports.Calls.order`."""

        async def delivered(asked: "_Asked") -> Answer:
            if asked.order.job is None:
                async with asked.in_flight() as key:
                    job = await submit(key)
                await asked.accepted(job)
            return await asked.collected(collect)

        return await self._answered(call, delivered)

    async def _answered(self, call: Call, work: Callable[["_Asked"], Awaitable[Answer]]) -> Answer:
        key = call_key(call, self._assignment.take)
        if (remembered := await self._recalled(key, call)) is not None:
            return remembered
        if _ONLY_REMEMBERED.get():
            raise NotRemembered("there is no answer yet", where=f"{call.service} {call.operation}")
        async with claim(self._desk.cache.folder(key)):
            if (remembered := await self._recalled(key, call)) is not None:
                return remembered
            asked = _Asked(self._desk, self._assignment, call, key)
            await asked.reopen()
            try:
                return await self._tried(asked, work)
            except ProviderError as error:
                error.__cause__ = None  # a service's own words, which may hold the key, and which Dagster keeps
                raise
            finally:
                self._count(asked)

    async def _tried(self, asked: "_Asked", work: Callable[["_Asked"], Awaitable[Answer]]) -> Answer:
        patience = self._desk.patience

        def wait(error: Exception) -> bool | float:
            """Whether to try again, or after how many seconds."""
            if not isinstance(error, Transient):
                return False
            if error.retry_after_s is None:
                return True
            return error.retry_after_s <= patience.longest_wait_s and error.retry_after_s

        tries = stamina.retry_context(
            on=wait,
            attempts=patience.tries,
            timeout=None,
            wait_initial=patience.first_wait_s,
            wait_max=patience.longest_wait_s,
            wait_jitter=patience.jitter_s,
        )
        try:
            async for attempt in tries:
                with attempt:
                    if attempt.num > 1:
                        log.info("try %d of %s %s", attempt.num, asked.call.service, asked.call.operation)
                    answer = await work(asked)
                    await asked.close(answer)
                    return answer
        except Transient as error:
            raise Exhausted(
                f"every try failed, the last one because {error.what}",
                where=f"{self._assignment.video}, {self._assignment.asset}, {error.where}",
                remedy=error.remedy or "Make it again later; what is finished stays",
                charged=error.charged,
            ) from error
        raise AssertionError("the loop returns or raises")

    async def _recalled(self, key: str, call: Call) -> Answer | None:
        """The remembered answer; settles what a crash left unsettled after storing it."""
        answer = await asyncio.to_thread(self._desk.cache.recall, key)
        if answer is None:
            return None
        await asyncio.to_thread(self._remember, key, call, answer)
        tally = self._tally
        self._tally = replace(tally, remembered=tally.remembered + 1, saved_usd=tally.saved_usd + answer.cost)
        return answer

    def _remember(self, key: str, call: Call, answer: Answer) -> None:
        desk = self._desk
        order = desk.cache.under_way(key)
        if order is not None:
            _settle(desk, key, call, order, answer)
            return
        saved = Entry.of(self._assignment, call, key, "saved", answer.cost)
        desk.ledger.write(saved.model_copy(update={"id": f"saved-{key[:24]}", "units": dict(answer.units)}))

    def _count(self, asked: "_Asked") -> None:
        tally = self._tally
        units = dict(tally.units)
        for name, count in asked.units.items():
            units[name] = units.get(name, 0) + count
        self._tally = replace(
            tally,
            sent=tally.sent + asked.sent,
            spent_usd=tally.spent_usd + asked.spent_usd,
            doubtful_usd=tally.doubtful_usd + sum((entry.usd for entry in asked.order.doubts), Decimal(0)),
            waited_s=tally.waited_s + asked.waited_s,
            units=units,
        )


class _Asked:
    """One call on its way, with what is written down about it."""

    def __init__(self, desk: CallDesk, assignment: Assignment, call: Call, key: str) -> None:
        self._desk, self._assignment, self.call, self._key = desk, assignment, call, key
        self.order = Order(idempotency_key=str(uuid.uuid4()))
        self.sent = 0
        self.spent_usd = Decimal(0)
        self.waited_s = 0.0
        self.units: Mapping[str, int] = {}

    async def reopen(self) -> None:
        """Go on from what a crash left: a job is collected, a call that was in flight may have been charged."""
        left = await asyncio.to_thread(self._desk.cache.under_way, self._key)
        if left is None:
            return
        self.order = left
        if left.job is None and left.entry is not None:
            await to_its_end(self._reconsider, left.entry)

    @asynccontextmanager
    async def in_flight(self) -> AsyncIterator[str]:
        """The block sends one request; around it the money is promised, and what became of it is written down."""
        gate = self._desk.gate(self.call.service)
        with await gate.passed():
            entry = await self._promised()
            self.sent += 1
            begun = time.monotonic()
            try:
                async with asyncio.timeout(gate.limit.timeout_s):
                    yield self.order.idempotency_key
            except TimeoutError as error:
                await to_its_end(self._doubt, entry)
                raise Transient(
                    f"it took longer than {gate.limit.timeout_s:.0f} s",
                    where=f"{self.call.service} {self.call.operation}",
                    charged=None,
                ) from error
            except ProviderError as error:
                await to_its_end(self._refused, entry, error)
                raise
            except BaseException:
                self._doubt(entry)
                raise
            finally:
                self.waited_s += time.monotonic() - begun

    async def accepted(self, job: str) -> None:
        """Write down the id of a job before anything else happens to it."""
        self.order = self.order.but(job=job)
        await to_its_end(self._desk.cache.note, self._key, self.order)

    async def collected(self, collect: Callable[[str], Awaitable[Answer | None]]) -> Answer:
        """Look at the job until it is over. Whatever else fails, it is kept: it may be paid for."""
        job, entry = self.order.job, self.order.entry
        assert job is not None
        begun = time.monotonic()
        try:
            for look in range(JOB_LOOKS):
                await asyncio.sleep(JOB_WAITS_S[min(look, len(JOB_WAITS_S) - 1)] * self._desk.patience.job_pace)
                try:
                    answer = await collect(job)
                except JobFailed:
                    self.order = self.order.but(idempotency_key=str(uuid.uuid4()))  # a new job, not this one again
                    raise
                except Transient as error:
                    log.warning("a look at job %s failed and is tried again: %s", _told(job), error)
                    continue
                if answer is not None:
                    return answer
        except (JobFailed, JobRefused) as error:
            self.order = self.order.but(job=None)
            if entry is not None:
                await to_its_end(self._refused, entry, error)
            raise
        finally:
            self.waited_s += time.monotonic() - begun
        raise Exhausted(
            f"the job is still under way after {JOB_LOOKS} looks",
            where=f"{self.call.service} {self.call.operation}, job {_told(job)}",
            remedy="Make it again later: the same job is looked at, and no other is ordered",
        )

    async def close(self, answer: Answer) -> None:
        """Store the answer, then turn the promise into a payment."""
        if not _is_amount(answer.cost):
            answer = replace(answer, cost=self.call.price)
        await to_its_end(self._close, answer)
        self.spent_usd += answer.cost
        self.units = answer.units

    def _close(self, answer: Answer) -> None:
        try:
            self._desk.cache.keep(self._key, self.call, self._assignment, answer, self.waited_s)
        except Exception:
            self._lose(answer)
            raise
        self.order = _settle(self._desk, self._key, self.call, self.order, answer)

    def _lose(self, answer: Answer) -> None:
        """Pay for an answer that cannot be stored. That of a job is not lost: the next run fetches it again."""
        entry = self.order.entry
        if entry is None or self.order.job is not None:
            return
        note = "its answer could not be stored"
        self._desk.ledger.write(entry.now("settled", answer.cost, answer.units, note), entry)
        self._take_back(entry)

    async def _promised(self) -> Entry:
        """The entry of the promise; none is left where it cannot be made, or the task is cancelled on the way."""
        entry = Entry.of(self._assignment, self.call, self._key, "reserved", self.call.price)
        try:
            await to_its_end(self._promise, entry)
        except BaseException:
            await to_its_end(self._take_back, entry)
            raise
        return entry

    def _promise(self, entry: Entry) -> None:
        self.order = self.order.but(entry=entry)
        self._desk.cache.note(self._key, self.order)
        self._desk.ledger.reserve(entry, self._assignment.budget_usd, self._assignment.day_budget_usd)

    def _take_back(self, entry: Entry) -> None:
        self._desk.ledger.withdraw(entry)
        self._put_down(self.order.but(entry=None))

    def _reconsider(self, entry: Entry) -> None:
        """What a crash left: a promise may have been charged, but not one that was never made or is settled."""
        if self._desk.ledger.state(entry) in {"reserved", "doubtful"}:
            self._doubt(entry)
        else:
            self._take_back(entry)

    def _refused(self, entry: Entry, error: ProviderError) -> None:
        """The try failed: nothing was charged, or something, or nobody knows."""
        if error.charged is None or not _is_amount(error.charged):
            self._doubt(entry)
            return
        if error.charged:
            self._desk.ledger.write(entry.now("settled", error.charged, note="charged without a result"), entry)
            self.spent_usd += error.charged
        self._take_back(entry)

    def _doubt(self, entry: Entry) -> None:
        if entry.usd == 0:
            self._take_back(entry)
            return
        doubt = entry.now("doubtful", entry.usd, note="cut off before its answer")
        self._desk.ledger.write(doubt, entry)
        self._put_down(self.order.but(entry=None, doubts=(*self.order.doubts, doubt)))

    def _put_down(self, order: Order) -> None:
        self.order = order
        if order.doubts or order.job:
            self._desk.cache.note(self._key, order)
        else:
            self._desk.cache.over(self._key)


def _told(job: str) -> str:
    """A job's id as it may stand in a log: of an address without its query, which may be as good as a key."""
    return job.partition("?")[0]


def _is_amount(usd: Decimal) -> bool:
    """Whether it can have been charged: a service may miscount, and no answer may give the budget money back."""
    return usd.is_finite() and usd >= 0


def _settle(desk: CallDesk, key: str, call: Call, order: Order, answer: Answer) -> Order:
    """Pay for an answer that is stored.

    Where the service takes idempotency keys, the tries before it were the same purchase, so that their
    doubts are over.
    """
    if order.entry is not None:
        desk.ledger.write(order.entry.now("settled", answer.cost, answer.units), order.entry)
    if call.takes_key:
        for doubt in order.doubts:
            desk.ledger.withdraw(doubt)
    desk.cache.over(key)
    return order.but(entry=None, job=None, doubts=() if call.takes_key else order.doubts)
