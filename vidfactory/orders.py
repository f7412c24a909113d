"""Orders: reads them, checks all that they name, writes them, and makes a brief of them.

Everything that a person can get wrong is found here, before anything is made or changed.
"""

import datetime as dt
import hashlib
import re
import shutil
from collections.abc import Callable, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from upath import UPath

from vidfactory.catalogue import providers_of
from vidfactory.desks.finance.market import exchange_day
from vidfactory.desks.finance.posts import parse_posts
from vidfactory.desks.finance.selection import Choice, choose
from vidfactory.documents import checked, parse_document
from vidfactory.errors import BadInput, Taken, disk_errors
from vidfactory.ports import Prices
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.providers.crew import service_of
from vidfactory.providers.csv_market import CsvMarket
from vidfactory.providers.voices import voice_profile
from vidfactory.rendering.recording import inspect_recording, kind_of
from vidfactory.schema.base import Media
from vidfactory.schema.brief import MAX_KEY_LENGTH, Brief, Decisions, FinanceBrief, FinanceOrder, check_video_key
from vidfactory.schema.crew import PORTS, Wishes
from vidfactory.schema.frame import output_size
from vidfactory.settings import Settings
from vidfactory.storage import objects
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.letter_box import LetterBox
from vidfactory.storage.order_book import OrderBook
from vidfactory.storage.studio import Studio
from vidfactory.themes import load_theme
from vidfactory.webhooks import webhook_of

Default = TypeVar("Default")
EMBEDDED_MARKET = "bundled"
FILES = {"posts": ".json", "prices": ".csv", "narration": ""}
"""The fields of an order that name files, and the endings of the copies; a recording has that of its content."""


def checked_key(key: str) -> str:
    """`key` if it is a video key; BadInput otherwise."""
    try:
        return check_video_key(key)
    except ValueError as error:
        raise BadInput(str(error), where="KEY", remedy="An example: finance-goog-2008-10-10") from error


def read_order(path: Path) -> FinanceOrder:
    """Read an order that somebody brings from YAML; BadInput naming the file and the line or field if it is wrong.

    Relative paths in it are looked for beside the file, then in the current folder.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror}", where=str(path)) from error
    order = _parsed(content, str(path))
    return _with_files(order, lambda named: _found(named, path.parent))


def placed_order(studio: Studio, key: str) -> FinanceOrder:
    """The order of a video as the studio keeps it; BadInput if there is none, or somebody wrote it wrong.

    The files that it names are where they lie, which may be an object store: `brought` fetches them.
    """
    path, content = studio.order_path(key), OrderBook(studio).content(key)
    if content is None:
        raise BadInput(
            "there is no order for this video", where=str(path), remedy="Order it first: vidfactory new finance"
        )
    order = _parsed(content, str(path))
    return _with_files(order, lambda named: _found(named, path.parent)) if isinstance(path, Path) else order


def is_placed(studio: Studio, key: str) -> bool:
    """Whether there is an order for a video."""
    return OrderBook(studio).holds(key)


def brought(studio: Studio, order: FinanceOrder, folder: Path) -> FinanceOrder:
    """A placed order with its files on this machine; those that lie on an object store are copied into `folder`."""

    def fetched(named: Path) -> Path:
        target = folder / named.name
        if named.is_absolute() or isinstance(studio.briefs, Path):
            return named
        if not objects.download(OrderBook(studio).file(named), target):
            raise BadInput(
                "it is gone, and the order names it", where=str(studio.briefs / str(named)), remedy="Order it again"
            )
        return target

    return _with_files(order, fetched)


def _parsed(content: bytes, source: str) -> FinanceOrder:
    """The order in a YAML file, its paths as they are written; BadInput naming `source`, the line and the field."""
    return checked(parse_document(content, source), FinanceOrder, "Correct it and order again")


def _with_files(order: FinanceOrder, change: Callable[[Path], Path]) -> FinanceOrder:
    """The same order with the files that it names changed."""
    return order.model_copy(update={field: change(path) for field, path in _files(order).items()})


def checked_finance_order(source: str, wishes: Mapping[Any, Any]) -> FinanceOrder:
    """The order with these fields; BadInput naming `source` and the field if one is wrong."""
    try:
        return FinanceOrder.model_validate({str(name): wish for name, wish in wishes.items()})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        message = message[:1].lower() + message[1:]
        raise BadInput(
            message, where=f"{source}, {field}" if field else source, remedy="Correct it and order again"
        ) from error


def place(
    studio: Studio,
    key: str,
    order: FinanceOrder,
    today: dt.date,
    *,
    waiting: bool = False,
    cause: str = "order",
    again: bool = False,
) -> UPath:
    """Place an order, with copies of its files, under a key that is still free; BadInput if it is taken.

    An order with a query is for the posts of `today`, also when it is made another day. One that is `waiting` is
    started by the studio, with the urgency of its `cause` (see `jobs.Cause`). `again`: the very same order may be
    there already, from a try that was cut off; one that is to be started only as long as it was not.
    """
    checked_key(key)
    if not key.startswith(f"{order.format}-"):
        raise BadInput(f"the key of a {order.format} video begins with {order.format}-", where=key)
    book, path = OrderBook(studio), studio.order_path(key)
    kept, names = _as_kept(book, key, order)

    def is_there_already() -> bool:
        return again and (not waiting or book.cause(key) is not None) and is_placed_so(studio, key, order)

    if book.holds(key):
        if is_there_already():
            return path
        raise _taken(key)
    _check_not_retired(studio, key)
    for field, source in _files(order).items():
        book.bring(source, names[field])
    if order.webhook:
        LetterBox(studio).open(key)
    if waiting:
        book.wait(key, cause)
    try:
        book.write_new(key, _as_yaml(_dated(kept, today)))
    except FileExistsError as error:
        book.remove_strangers(key, _named(_parsed(book.content(key) or b"{}", str(path))))
        if is_there_already():
            return path
        raise _taken(key) from error
    book.remove_strangers(key, _named(kept))
    return path


def _check_not_retired(studio: Studio, key: str) -> None:
    if objects.exists(studio.tombstones / f"{key}.json"):
        raise BadInput("there was a video with this key, which was retired", where=key, remedy="Choose another")


def is_placed_so(studio: Studio, key: str, order: FinanceOrder) -> bool:
    """Whether the order of a video is this very one, with the same content in its files."""
    book = OrderBook(studio)
    there = book.content(key)
    if there is None:
        return False
    found = _parsed(there, str(studio.order_path(key)))
    kept, _ = _as_kept(book, key, order)
    return kept == (found if order.day else found.model_copy(update={"day": None}))


def _as_kept(book: OrderBook, key: str, order: FinanceOrder) -> tuple[FinanceOrder, dict[str, Path]]:
    """The order as it is kept, and what the copies of its files are called, by its fields."""
    names = {field: book.name_of(key, source, *_stem(field, source)) for field, source in _files(order).items()}
    return order.model_copy(update=names), names


def _dated(order: FinanceOrder, day: dt.date) -> FinanceOrder:
    """An order with a query is for the posts of a day."""
    return order.model_copy(update={"day": (order.day or day) if order.query else None})


def _taken(key: str) -> Taken:
    return Taken("there is already an order with this key", where=key, remedy="Choose another with --key")


def order_video(  # noqa: PLR0913 - the last ones say how it goes on
    studio: Studio,
    settings: Settings,
    order: FinanceOrder,
    now: dt.datetime,
    key: str = "",
    *,
    waiting: bool = False,
    cause: str = "order",
    again: bool = False,
) -> str:
    """Take an order in that somebody brought just now, and return the key of its video.

    key: which it shall have; without one it is made from the order. waiting, cause, again: see `place`. BadInput, with
    nothing changed, for an order that cannot be made or a key that is taken.
    """
    check_moment(order, now)
    chosen = check_with(order, now.date(), settings)
    named = checked_key(key) if key else suggested_key(order, chosen, now.date())
    place(studio, named, order, now.date(), waiting=waiting, cause=cause, again=again)
    return named


def bring_recording(studio: Studio, key: str, recording: Path) -> None:
    """Have the order of a video name a copy of a recording of its script, in place of any before it.

    Raises BadInput, with the order as it was, where it was not ordered or the recording cannot be used.
    """
    placed_order(studio, checked_key(key))
    inspect_recording(recording)
    book = OrderBook(studio)
    before = _parsed(book.content(key) or b"", str(studio.order_path(key)))
    name = book.name_of(key, recording, *_stem("narration", recording))
    book.bring(recording, name)
    after = before.model_copy(update={"narration": name})
    book.write(key, _as_yaml(after))
    book.remove_strangers(key, _named(after))


def _files(order: FinanceOrder) -> dict[str, Path]:
    """The files that an order names, by its fields."""
    named = {field: getattr(order, field) for field in FILES}
    return {field: path for field, path in named.items() if path is not None}


def _stem(field: str, source: Path) -> tuple[str, str]:
    """What the copy of an order's file is called; BadInput where it cannot be read."""
    _opened(source).close()
    return field, kind_of(source).ending if field == "narration" else FILES[field]


def _named(order: FinanceOrder) -> set[str]:
    """The files that an order names, as it names them."""
    return {str(path) for path in _files(order).values()}


def _as_yaml(order: FinanceOrder) -> bytes:
    """An order as it is kept: nothing that is empty."""
    fields = order.model_dump(mode="json", exclude_none=True)
    wishes = {name: wish for name, wish in fields.items() if wish not in ("", {})}
    return yaml.safe_dump(wishes, sort_keys=False, allow_unicode=True).encode()


def suggested_key(order: FinanceOrder, chosen: Choice | None, today: dt.date) -> str:
    """A key for an order without one: from its title, else from what it would be about and the post's day.

    `chosen` is the post that `check` chose, if it could.
    """
    if chosen:
        subject = f"{chosen.symbols[0]} {exchange_day(chosen.tweet.created_at)}"
    else:
        subject = f"{order.query or order.symbol or 'posts'} {order.day or today}"
    slug = _slug(order.title or "") or _slug(subject)
    return checked_key(f"{order.format}-{slug}"[:MAX_KEY_LENGTH].strip("-"))


def _slug(text: str) -> str:
    """Lower-case letters and digits with hyphens between; empty for a text of other letters."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def check_with(order: FinanceOrder, today: dt.date, settings: Settings) -> Choice | None:
    """`check` with the prices that the settings have at hand; BadInput for a wish that they cannot meet."""
    decided = settings.decided(order)
    load_theme(decided.theme, output_size(decided.aspect, decided.quality))
    for port in PORTS:
        for entry in settings.chain(port, order.wishes):
            name, service = service_of(settings, entry, port)
            if (service.like or name) not in providers_of(port):
                known = ", ".join(providers_of(port))
                raise BadInput(f"there is no {port} {name!r}", where=f"providers.{port}", remedy=f"There are: {known}")
    voice_profile(settings.voice_of(order.wishes))
    if order.webhook:
        webhook_of(settings, order.webhook)
    only_embedded = settings.chain("market", order.wishes) == (EMBEDDED_MARKET,)
    return check(order, today, BundledMarket() if only_embedded else None)


def check(order: FinanceOrder, today: dt.date, at_hand: Prices | None) -> Choice | None:
    """Read everything that the order names and choose its post, changing nothing; BadInput if it cannot be made.

    `at_hand` are the prices that there are where the order brings none; None where a market must be asked. No post
    can be chosen then, nor from an order with a query.
    """
    if order.narration:
        inspect_recording(order.narration)
    given = _content(order.prices) if order.prices else None
    prices = market_of(given, str(order.prices), order.symbol, today, at_hand)
    if order.day and order.day > today:
        raise BadInput(f"{order.day} is in the future", where="day", remedy=f"Today is {today}")
    if order.posts is None:
        return None
    tweets = parse_posts(_content(order.posts), str(order.posts))
    return choose(tweets, prices, order.symbol) if prices else None


def check_moment(order: FinanceOrder, now: dt.datetime) -> None:
    """BadInput for an order that shall be published at a moment that has passed."""
    if order.publish_at and order.publish_at <= now:
        raise BadInput(
            f"{order.publish_at:%Y-%m-%d %H:%M %z} has passed",
            where="publish_at",
            remedy=f"It is {now:%Y-%m-%d %H:%M} UTC",
        )


def accept(order: FinanceOrder, decided: Decisions, key: str, folder: Path, today: dt.date) -> FinanceBrief:
    """The brief of an order that was checked, with what it and its channel decided and the files that it names.

    The files are copied into `folder`.
    """
    return FinanceBrief(
        video=checked_key(key),
        **dict(decided),
        title=order.title,
        symbol=order.symbol,
        publish_at=order.publish_at,
        narration=order.narration and _copied_recording(order.narration, folder),
        query=order.query,
        day=(order.day or today) if order.query else None,
        posts=order.posts and _copied(order.posts, folder / "posts.json", "application/json"),
        prices=order.prices and _copied(order.prices, folder / "prices.csv", "text/csv"),
    )


def order_changed(studio: Studio, settings: Settings, key: str, brief: FinanceBrief) -> bool:
    """Whether the order of a video, a file that it names, or its channel is not what its brief was made from.

    Files that are gone say nothing: the brief has its own copies. Neither does what a brief does not hold, such as
    a budget.
    """
    if not is_placed(studio, key):
        return False
    order = placed_order(studio, key)
    fields = {"title", "symbol", "query", "publish_at"}
    files = ((order.posts, brief.posts), (order.prices, brief.prices), (order.narration, brief.narration))
    if order.model_dump(include=fields) != brief.model_dump(include=fields):
        return True
    if settings.decided(order) != brief.decisions:
        return True
    if order.day not in {None, brief.day}:
        return True
    return any(_file_changed(studio, source, copy) for source, copy in files)


def wishes_now(studio: Studio, key: str) -> Wishes:
    """The wishes of a video's order as they are now, for what no brief holds; its brief's where the order is gone."""
    if is_placed(studio, key):
        return placed_order(studio, key).wishes
    brief = ArtifactStore(studio).read(key, "brief")
    return brief.wishes if isinstance(brief, Brief) else Wishes()


def _file_changed(studio: Studio, source: Path | None, copy: Media | None) -> bool:
    if source is None or copy is None:
        return not (source is None and copy is None)
    place = OrderBook(studio).file(source)
    if isinstance(place, Path):
        if not place.is_file():
            return False
        with _opened(place) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() != copy.sha256
    content = objects.get(place)
    return content is not None and hashlib.sha256(content).hexdigest() != copy.sha256


def market_of(
    prices: bytes | None, name: str, symbol: str | None, today: dt.date | None, default: Default
) -> CsvMarket | Default:
    """The market of the prices that came with an order, else `default`."""
    return default if prices is None else CsvMarket(prices, name, symbol=symbol, today=today)


def _opened(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"it cannot be read: {reason}", where=str(path), remedy="Check the path") from error


def _content(path: Path) -> bytes:
    with _opened(path) as stream:
        return stream.read()


def _copied(source: Path, target: Path, media_type: str) -> Media:
    with _opened(source) as reader, disk_errors(str(target)), target.open("wb") as writer:
        shutil.copyfileobj(reader, writer)
    return Media.of(target, media_type)


def _copied_recording(source: Path, folder: Path) -> Media:
    kind = kind_of(source)
    return _copied(source, folder / f"narration{kind.ending}", kind.media_type)


def _found(path: Path, folder: Path) -> Path:
    """A relative path beside the order, else in the current folder."""
    beside = folder / path
    return beside if "\0" not in str(path) and beside.exists() else path
