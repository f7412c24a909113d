"""What the server does: takes orders in, and reads the studio for those who ask.

Belongs here: the answers as values. Does not belong here: HTTP, and who may ask what (`access`).
"""

import datetime as dt
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from upath import UPath

from vidfactory import accounts, runs
from vidfactory.definitions import studio_of
from vidfactory.deliveries import letters_of, public
from vidfactory.errors import BadInput, DamagedArtifact, MissingArtifact, Taken, VidfactoryError
from vidfactory.failures import FailedRun, failed_run
from vidfactory.ordering import schemas
from vidfactory.ordering.schemas import State
from vidfactory.ordering.tokens import Token
from vidfactory.orders import (
    check_moment,
    check_with,
    is_placed_so,
    order_video,
    placed_order,
    suggested_key,
    wishes_now,
)
from vidfactory.quoting import quote_video
from vidfactory.schema.base import Artifact, Media
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.inspection import QaReport
from vidfactory.schema.release import Package
from vidfactory.schema.screenplay import Screenplay
from vidfactory.settings import Settings
from vidfactory.staleness import video_format
from vidfactory.standings import NewestRun, Standing, newest_runs, placeless, standing
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.letter_box import LetterBox
from vidfactory.storage.order_book import OrderBook
from vidfactory.storage.quotes import Quotes

Kind = TypeVar("Kind", bound=Artifact)
LOOKED_AT = 200
"""So many videos are looked at for one page of the list: where few of them are wanted, the page is short."""
READERS = 8
"""How many videos are read at a time: on an object store each file is a round trip."""
REMEDIES: Mapping[type[VidfactoryError], str] = {
    Taken: 'Choose another with "key"',
    MissingArtifact: "See them with GET /v1/videos",
}
"""What helps over HTTP, where the studio's own remedy is a command."""
ROOT = "/v1/videos"


@dataclass(frozen=True)
class Known:
    """A video that its asker may see, and its newest run."""

    key: str
    channel: str | None
    last: NewestRun | None


class OrderDesk:
    """Orders and videos of one studio. Everything is read anew for every question: others write there too."""

    def __init__(self, settings: Settings, instance: runs.Instance) -> None:
        self._settings, self._instance = settings, instance
        self.store = ArtifactStore(studio_of(settings))
        self.studio = self.store.studio

    def name(self, order: schemas.VideoOrder, now: dt.datetime) -> str:
        """What the video of an order will be called; BadInput for an order that cannot be made."""
        with tempfile.TemporaryDirectory() as folder:
            brought = order.written(Path(folder))
            try:
                check_moment(brought, now)
                chosen = check_with(brought, now.date(), self._settings)
                named = order.key or suggested_key(brought, chosen, now.date())
                runs.check_takes(named, brought.takes)
            except BadInput as error:
                raise self._told(error, folder) from error
            return named

    def place(self, order: schemas.VideoOrder, key: str, now: dt.datetime, *, again: bool) -> schemas.Ordered:
        """Place an order, which the studio's daemon will start; `again` where an earlier try may have done so."""
        with tempfile.TemporaryDirectory() as folder:
            brought = order.written(Path(folder))
            try:
                if not (again and is_placed_so(self.studio, key, brought)):
                    order_video(self.studio, self._settings, brought, now, key, waiting=True)
            except BadInput as error:
                raise self._told(error, folder) from error
        return schemas.Ordered(key=key, channel=order.channel, state="ordered", href=f"{ROOT}/{key}")

    def check_may_spend(self, order: schemas.VideoOrder) -> None:
        """BadInput for an order that wants to spend more than its channel, or the studio, lets a video cost."""
        own = order.wishes.model_copy(update={"budget_usd": None})
        limit = self._settings.budget_of(own)
        if order.budget_usd is not None and order.budget_usd > limit:
            raise BadInput(
                "that is more than a video may cost here", where="budget_usd", remedy=f"At most {limit} US dollars"
            )

    def page(
        self, token: Token, channel: str | None, state: State | None, after: str | None, limit: int
    ) -> schemas.VideoPage:
        """The videos after the key `after`, by key; those in a channel and a state, or in any."""
        keys = sorted({*runs.video_keys(self._instance), *OrderBook(self.studio).waiting()})
        rest = keys[bisect_right(keys, after) if after else 0 :]
        found: list[schemas.VideoLine] = []
        reached = rest[-1:]
        for key, line in zip(rest, self._lines(token, rest[:LOOKED_AT], channel, state), strict=False):
            reached = [key]
            found += [line] if line else []
            if len(found) == limit:
                break
        return schemas.VideoPage(videos=found, next=None if reached == rest[-1:] else reached[0])

    def video(self, known: Known) -> schemas.Video:
        """All that is told of a video."""
        key, stands = known.key, self._standing(known)
        entries = list(accounts.entries_of(self.studio, key))
        cost, quote = accounts.total(entries), Quotes(self.studio.quotes).read(key)
        report, package = self._part(key, "qa_report", QaReport), stands.found.package if stands.found else None
        publication = stands.found.publication if stands.found else None
        order = self._order(key)
        line = self._line(known, stands)
        return schemas.Video(
            **line.model_dump(),
            format=video_format(key),
            title=self._title(key, package, order),
            progress=self._progress(known),
            cost=schemas.Cost(
                budget=self._settings.budget_of(wishes_now(self.studio, key)),
                quoted=quote.usd if quote else None,
                charged=cost.settled,
                possibly_charged=cost.doubtful,
                promised=cost.reserved,
                saved=cost.saved,
            ),
            inspection=_inspection(report),
            edition=package.edition if package else None,
            package=f"{ROOT}/{key}/package" if package else None,
            published=[
                schemas.Place(publisher=each.publisher, address=public(each.address), visible_from=each.visible_from)
                for each in (publication.appearances if publication else ())
            ],
            webhook=order.webhook or None if order else None,
            deliveries=[
                schemas.Letter(
                    id=each.number, event=each.event, at=each.at, state=each.state, tries=each.tries, said=each.said
                )
                for each in letters_of(LetterBox(self.studio), key).letters
            ],
        )

    def package(self, known: Known) -> schemas.VideoPackage:
        """What leaves the studio with a video; MissingArtifact where it is not packed."""
        package = self._package(known.key)
        listing = package.listing
        return schemas.VideoPackage(
            key=known.key,
            edition=package.edition,
            title=listing.title,
            description=listing.description,
            tags=list(listing.tags),
            chapters=[schemas.ChapterLine(start_s=each.start_s, title=each.title) for each in listing.chapters],
            language=listing.language,
            made_with_ai=listing.made_with_ai,
            files=[
                schemas.PackageFile(
                    name=media.name,
                    media_type=media.media_type,
                    size=media.size,
                    sha256=media.sha256,
                    href=f"{ROOT}/{known.key}/package/{media.name}",
                )
                for media in package.media()
            ],
        )

    def file(self, known: Known, name: str) -> tuple[Media, UPath]:
        """A file of a package and where it lies; MissingArtifact for any other name."""
        for media in self._package(known.key).media():
            if media.name == name:
                return media, self.studio.artifact_folder(known.key, "package") / media.name
        raise MissingArtifact(
            "the package has no such file", where=known.key, remedy=f"See them with GET {ROOT}/{known.key}/package"
        )

    def quote(self, known: Known) -> schemas.VideoQuote:
        """What a video will cost, as its order and the settings have it now."""
        quote = quote_video(self._settings, self.studio, known.key)
        return schemas.VideoQuote(**dict(quote), total_usd=quote.usd)

    def cancel(self, known: Known) -> schemas.Cancelled:
        """Stop making a video; Taken where nothing of it is under way.

        An order that the daemon has not started is taken back, as if it had never been. What a run has made is kept.
        """
        book = OrderBook(self.studio)
        if known.last is None and book.cause(known.key) is not None:
            book.remove(known.key)
            LetterBox(self.studio).close(known.key)
        elif known.last is None or not runs.cancel(self._instance, known.last):
            raise Taken("it is not being made", where=known.key, remedy="There is nothing to cancel")
        return schemas.Cancelled(key=known.key, state="cancelled")

    def channels(self, token: Token) -> schemas.ChannelList:
        """The channels that a token may order for."""
        found = {name: each for name, each in self._settings.channels.items() if token.sees(name)}
        lines = [
            schemas.ChannelLine(
                id=name,
                name=each.name,
                format=each.format,
                seconds=each.seconds,
                aspect=each.aspect,
                quality=each.quality,
                videos_per_day=each.videos_per_day,
                zone=each.hours.zone,
                budget_usd=self._settings.budget_usd if each.budget.video_usd is None else each.budget.video_usd,
                day_budget_usd=each.budget.day_usd,
            )
            for name, each in sorted(found.items())
        ]
        return schemas.ChannelList(channels=lines)

    def known(self, token: Token, key: str) -> Known:
        """A video that a token may see; MissingArtifact where there is none."""
        missing = MissingArtifact("there is no such video", where=key, remedy=REMEDIES[MissingArtifact])
        last = newest_runs(self._instance, [key]).get(key)
        if last is None and not OrderBook(self.studio).holds(key) and key not in runs.video_keys(self._instance):
            raise missing
        channel = wishes_now(self.studio, key).channel
        if not token.sees(channel):
            raise missing
        return Known(key, channel, last)

    def check_serves(self) -> None:
        """An error where Dagster's store or the studio's storage does not answer."""
        runs.video_keys(self._instance)
        OrderBook(self.studio).waiting()

    def _lines(
        self, token: Token, keys: Sequence[str], channel: str | None, state: State | None
    ) -> Iterator[schemas.VideoLine | None]:
        """Each video's line, if it is among those that are asked for; as many as are taken are read."""

        def line_of(key: str) -> schemas.VideoLine | None:
            own = wishes_now(self.studio, key).channel
            if not token.sees(own) or (channel is not None and own != channel):
                return None
            known = Known(key, own, last.get(key))
            line = self._line(known, self._standing(known))
            return line if state in {None, line.state} else None

        with ThreadPoolExecutor(READERS) as pool:
            for at in range(0, len(keys), READERS):
                part = keys[at : at + READERS]
                last = newest_runs(self._instance, part)
                yield from pool.map(line_of, part)

    def _line(self, known: Known, stands: Standing) -> schemas.VideoLine:
        state = _state(stands, known.last)
        reason = stands.note
        if state == "failed" and known.last is not None and known.last.state == "failed":
            state, reason = _failed(failed_run(self._instance, known.key, known.last.run_id))
        return schemas.VideoLine(
            key=known.key,
            channel=known.channel,
            state=state,
            href=f"{ROOT}/{known.key}",
            reason=placeless(self._settings, reason),
        )

    def _standing(self, known: Known) -> Standing:
        return standing(self.store, self._settings, known.key, known.last)

    def _progress(self, known: Known) -> schemas.Progress:
        steps = runs.steps_of(self._instance, known.last) if known.last else {}
        names = runs.assets_of(known.key)
        with ThreadPoolExecutor(READERS) as pool:
            there = list(pool.map(lambda asset: self.store.exists(known.key, asset), names))
        lines = [
            _asset_line(asset, steps.get(asset), is_there=found) for asset, found in zip(names, there, strict=True)
        ]
        return schemas.Progress(made=sum(each.state == "made" for each in lines), total=len(lines), assets=lines)

    def _package(self, key: str) -> Package:
        found = self._part(key, "package", Package)
        if found is None:
            raise MissingArtifact("it is not packed yet", where=key, remedy=f"See how far it is: GET {ROOT}/{key}")
        return found

    def _part(self, key: str, asset: str, kind: type[Kind]) -> Kind | None:
        """An artifact; None where it is not made yet, or damaged, in which case it is made again."""
        try:
            found = self.store.read(key, asset)
        except DamagedArtifact:
            return None
        return found if isinstance(found, kind) else None

    def _order(self, key: str) -> FinanceOrder | None:
        return placed_order(self.studio, key) if OrderBook(self.studio).holds(key) else None

    def _title(self, key: str, package: Package | None, order: FinanceOrder | None) -> str | None:
        if package:
            return package.listing.title
        screenplay = self._part(key, "screenplay", Screenplay)
        return screenplay.title if screenplay else (order.title if order else None)

    def _told(self, error: BadInput, folder: str) -> BadInput:
        """The same error as a stranger may read it: without folders of this machine, and without commands."""
        texts: Sequence[str] = (error.what, error.where, REMEDIES.get(type(error), error.remedy))
        what, where, remedy = (placeless(self._settings, text.replace(f"{folder}/", "")) for text in texts)
        return type(error)(what, where=where, remedy=remedy)


def _state(stands: Standing, last: NewestRun | None) -> State:
    match stands.stage:
        case "waiting":
            return "waiting_for_review"
        case "ready" | "approved":
            return "approved"
        case "due":
            return "ordered" if last is None else "unfinished"
        case "working":
            return "queued" if last and last.state == "queued" else "working"
        case "failed":
            return "cancelled" if last and last.state == "cancelled" else "failed"
        case "rejected" | "published":
            return stands.stage


def _failed(run: FailedRun) -> tuple[State, str]:
    """Whether a run failed or was cancelled, and what is to be said of it."""
    if run.was_cancelled:
        return "cancelled", "it was cancelled"
    said = "; ".join(f"{each.asset}: {each.said}".removeprefix(": ") for each in run.failures)
    return "failed", f"{said}; it is tried again at {run.next_try:%H:%M} UTC" if run.next_try else said


def _asset_line(asset: str, step: runs.AssetStep | None, *, is_there: bool) -> schemas.AssetLine:
    """What the newest run says of an asset goes before what lies there from earlier."""
    state = step.state if step and step.state != "made" else ("made" if is_there else "missing")
    return schemas.AssetLine(asset=asset, state=state, seconds=round(step.seconds, 1) if step else None)


def _inspection(report: QaReport | None) -> schemas.Inspection | None:
    if report is None:
        return None
    checks = [schemas.CheckLine(name=each.name, level=each.level, said=each.said) for each in report.measurements]
    return schemas.Inspection(verdict=report.verdict, checks=checks)
