"""What of a video would still have to be bought: its assets ask as they always do, and nobody is on the line.

Belongs here: the calls that nobody answers, and what each asset asks for. Does not belong here: prices (each call names
the most that it may cost), and estimates for what is not written yet (`quoting`).

An asset that is rehearsed makes the very requests that it would make, so whether an answer is remembered is known and
not guessed. What a house provider makes costs nothing and is not rehearsed. Nothing is sent, and nothing is written:
a remembered answer that is looked at here is no saving in the ledger.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from vidfactory.assets.finance import WRITERS, WRITTEN, brief_market, posts_of
from vidfactory.assets.pictures import alike
from vidfactory.desks.finance.analysis import analyse
from vidfactory.desks.finance.market import exchange_day
from vidfactory.desks.finance.posts import newest
from vidfactory.desks.finance.selection import needed_symbols, select, wanted_symbols
from vidfactory.errors import NotRemembered, VidfactoryError
from vidfactory.orders import placed_order
from vidfactory.ports import Answer, Call, Tally
from vidfactory.providers import crew
from vidfactory.providers.crew import Hired
from vidfactory.quoting import quote_video
from vidfactory.schema.base import Artifact, derived_seed
from vidfactory.schema.brief import Decisions, FinanceBrief, FinanceOrder
from vidfactory.schema.crew import Port
from vidfactory.schema.finance import MarketData, SelectedTweet, Tweets
from vidfactory.schema.frame import master_size
from vidfactory.schema.screenplay import BackdropCue, MusicCue, Screenplay
from vidfactory.schema.speech import Recording
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.call_cache import CallCache, call_key
from vidfactory.themes import load_theme

Kind = TypeVar("Kind", bound=Artifact)
_QUIET: ContextVar[bool] = ContextVar("quiet", default=False)


@dataclass(frozen=True)
class Bill:
    """The most that must be bought, in US dollars; None where nobody knows, and `note` says why.

    is_estimate: some of it was reckoned, because what it is made from is not there or may come out otherwise.
    """

    usd: Decimal | None
    is_estimate: bool = False
    note: str = ""


@dataclass
class UnansweredCalls:
    """Implements `ports.Calls` for one asset: what is remembered is answered, and what is not is noted."""

    cache: CallCache
    take: int = 1
    missing: dict[str, Call] = field(default_factory=dict)

    async def ask(self, call: Call, send: Callable[[str], Awaitable[Answer]]) -> Answer:  # noqa: ARG002 - see `ports`
        """The remembered answer of `call`; NotRemembered where there is none, once all beside it have asked too."""
        key = call_key(call, self.take)
        answer = self.cache.recall(key)
        if answer is not None:
            return answer
        if not _QUIET.get():
            self.missing[key] = call
        await asyncio.sleep(0)
        raise NotRemembered("there is no answer yet", where=f"{call.service} {call.operation}")

    async def order(
        self,
        call: Call,
        submit: Callable[[str], Awaitable[str]],
        collect: Callable[[str], Awaitable[Answer | None]],  # noqa: ARG002 - see `ports`
    ) -> Answer:
        return await self.ask(call, submit)  # type: ignore[arg-type]  # nothing is sent

    @contextmanager
    def remembered_only(self) -> Iterator[None]:
        token = _QUIET.set(True)
        try:
            yield
        finally:
            _QUIET.reset(token)

    def tally(self) -> Tally:
        return Tally()


@dataclass(frozen=True)
class Scene:
    """An asset that is rehearsed: who is hired for it, and the artifacts that it is made from."""

    key: str
    hired: Hired
    store: ArtifactStore
    decided: Decisions

    def artifact(self, asset: str, kind: type[Kind], *, with_files: bool = False) -> Kind:
        """An artifact that is there; raises VidfactoryError for one that is not."""
        found = self.store.load(self.key, asset) if with_files else self.store.read(self.key, asset)
        if not isinstance(found, kind):
            raise NotRemembered(f"there is no {asset} yet", where=self.key)
        return found

    @property
    def brief(self) -> FinanceBrief:
        return self.artifact("brief", FinanceBrief, with_files=True)

    @property
    def screenplay(self) -> Screenplay:
        """As it will be if its words stay: in the look and frame that are decided now."""
        frame = master_size(self.decided.aspect, self.decided.quality)
        update = {"theme": self.decided.theme, "frame": frame}
        return self.artifact("screenplay", Screenplay).model_copy(update=update)


async def _tweets(scene: Scene) -> None:
    await posts_of(scene.brief, scene.hired)


async def _selected_tweet(scene: Scene) -> None:
    brief, tweets = scene.brief, scene.artifact("finance/tweets", Tweets)
    symbols, day = wanted_symbols(tweets, brief.symbol), exchange_day(newest(tweets))
    prices = await brief_market(brief, scene.hired.market).prices(symbols, day)
    await select(tweets, prices, scene.hired.writer, brief.symbol)


async def _market_data(scene: Scene) -> None:
    selected = scene.artifact("finance/selected_tweet", SelectedTweet)
    day = exchange_day(selected.tweet.created_at)
    await brief_market(scene.brief, scene.hired.market).prices(needed_symbols(selected), day)


async def _analysis(scene: Scene) -> None:
    selected = scene.artifact("finance/selected_tweet", SelectedTweet)
    market = scene.artifact("finance/market_data", MarketData)
    await analyse(scene.brief, selected, market, scene.hired.writer)


async def _narration(scene: Scene) -> None:
    recording = scene.store.read(scene.key, "recording")
    if isinstance(recording, Recording) and recording.audio:
        return
    script = scene.screenplay
    paragraphs = tuple(tuple(token.spoken for token in beat.tokens) for beat in script.beats)
    await scene.hired.narrator.speak(paragraphs, script.language)


async def _illustrations(scene: Scene) -> None:
    script = scene.screenplay
    size = load_theme(script.theme, script.frame).illustration_size
    groups = alike([cue for beat in script.beats for cue in beat.cues])
    drawn = (
        scene.hired.illustrator.illustrate(cues[0].concept, cues[0].prompt, size, derived_seed(scene.key, cues[0].name))
        for cues in groups
    )
    for done in await asyncio.gather(*drawn, return_exceptions=True):
        if isinstance(done, BaseException) and not isinstance(done, NotRemembered):
            raise done


async def _backdrop(scene: Scene) -> None:
    script = scene.screenplay
    theme = load_theme(script.theme, script.frame)
    cue = next((cue for cue in script.cues if isinstance(cue, BackdropCue)), BackdropCue(prompt=theme.name))
    await scene.hired.illustrator.backdrop(cue.prompt, theme.frame, derived_seed(scene.key, "backdrop"))


async def _soundtrack(scene: Scene) -> None:
    cue = next((cue for cue in scene.screenplay.cues if isinstance(cue, MusicCue)), None)
    if cue is not None:
        await scene.hired.composer.loop(cue.mood, derived_seed(scene.key, "soundtrack"))


PARTS: Mapping[str, tuple[tuple[Port, ...], Callable[[Scene], Awaitable[None]]]] = {
    "finance/tweets": (("trends",), _tweets),
    "finance/selected_tweet": (("writer", "market"), _selected_tweet),
    "finance/market_data": (("market",), _market_data),
    "finance/analysis": (("writer",), _analysis),
    "narration": (("narrator",), _narration),
    "illustrations": (("illustrator",), _illustrations),
    "backdrop": (("illustrator",), _backdrop),
    "soundtrack": (("composer",), _soundtrack),
}
"""What asks somebody who may take money: at which ports, and how. The scripts' own come before what is made of them."""
COMMISSION = "finance/commission"
WRITING = frozenset(WRITTEN)
"""What the words hang on: where one of these must be bought anew, the others can only be reckoned."""


def still_to_buy(
    settings: Settings, store: ArtifactStore, key: str, due: Collection[str], following: Collection[str]
) -> Bill:
    """What making what is `due` of a video, and what is `following` from it, would cost at most, with what is
    remembered.

    The services charge what they charge; a call is counted with the most that it may cost, as when it is promised
    against a budget. A script is written anew only where it is due itself, or the desk is given something else to
    write from.
    """
    order = placed_order(store.studio, key)
    decided = settings.decided(order)
    writes = bool(WRITING & set(due)) or _is_recommissioned(store, key, order, decided)
    total, estimated, notes = Decimal(0), False, []
    script_changes = False
    for asset in (each for each in PARTS if each in following and (writes or each not in WRITING)):
        bill = _bill(settings, store, key, asset, decided)
        if script_changes or bill.is_estimate:
            bill = _reckoned(settings, store, key, asset)
        if asset in WRITING and bill.usd != 0:
            script_changes = True
        if bill.usd is None:
            return bill
        total, estimated = total + bill.usd, estimated or bill.is_estimate
        notes += [f"{asset} {bill.usd:.2f}"] if bill.usd else []
    return Bill(total, estimated, ", ".join(notes))


def _is_recommissioned(store: ArtifactStore, key: str, order: FinanceOrder, decided: Decisions) -> bool:
    """Whether the desk would write from something else than it did; what is in the order's files is not looked at."""
    there = store.read(key, COMMISSION)
    if not isinstance(there, FinanceBrief):
        return True
    wishes = decided.wishes.about(WRITERS, WRITTEN)
    wanted = (wishes, decided.seconds, order.symbol, order.query)
    return (there.wishes, there.seconds, there.symbol, there.query) != wanted


def _bill(settings: Settings, store: ArtifactStore, key: str, asset: str, decided: Decisions) -> Bill:
    """What one asset would ask for and nobody has answered yet; an estimate where it cannot be rehearsed."""
    ports, rehearse = PARTS[asset]
    if not any(_is_paid(settings, port, decided) for port in ports):
        return Bill(Decimal(0))
    wishes = decided.wishes.model_copy(update={"channel": None})
    calls = UnansweredCalls(CallCache(store.studio.calls), decided.wishes.takes.get(asset, 1))
    try:
        asyncio.run(_rehearsed(rehearse, Scene(key, Hired(settings, wishes, calls), store, decided)))
    except VidfactoryError as error:
        return Bill(None, is_estimate=True, note=str(error))
    return Bill(sum((call.price for call in calls.missing.values()), Decimal(0)))


async def _rehearsed(rehearse: Callable[[Scene], Awaitable[None]], scene: Scene) -> None:
    """Ask for all; what nobody has answered was noted. Raises for what keeps it from asking at all."""
    calls = scene.hired.calls
    assert isinstance(calls, UnansweredCalls)
    try:
        await rehearse(scene)
    except NotRemembered:
        if not calls.missing:
            raise


def _is_paid(settings: Settings, port: Port, decided: Decisions) -> bool:
    """Whether who serves first at a port is somebody who is called."""
    chain = settings.chain(port, decided.wishes)
    if not chain:
        return False
    name, service = crew.service_of(settings, chain[0], port)
    return crew.is_service(service.like or name, port)


def _reckoned(settings: Settings, store: ArtifactStore, key: str, asset: str) -> Bill:
    """What a quote says of an asset, by its order or its screenplay."""
    lines = [line for line in quote_video(settings, store.studio, key).lines if line.component == asset]
    unknown = next((line for line in lines if line.usd is None), None)
    if unknown is not None:
        return Bill(None, is_estimate=True, note=f"{asset}: {unknown.note}")
    return Bill(sum((line.usd or Decimal(0) for line in lines), Decimal(0)), is_estimate=True)
