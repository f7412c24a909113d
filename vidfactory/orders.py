"""Orders: reads them, checks all that they name, writes them, and makes a brief of them.

Everything that a person can get wrong is found here, before anything is made or changed.
"""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from vidfactory.desks.finance.market import exchange_day
from vidfactory.desks.finance.posts import parse_posts
from vidfactory.desks.finance.selection import Choice, choose
from vidfactory.errors import BadInput, disk_errors
from vidfactory.ports import Market
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.providers.csv_market import CsvMarket
from vidfactory.schema.base import Media
from vidfactory.schema.brief import MAX_KEY_LENGTH, FinanceBrief, FinanceOrder, check_video_key
from vidfactory.schema.frame import output_size
from vidfactory.storage.artifacts import write_atomically
from vidfactory.storage.studio import Studio
from vidfactory.themes import load_theme


class _OrderLoader(yaml.SafeLoader):
    """YAML, but `16:9` is the text that it looks like: YAML 1.1 takes it for the number 969, in base 60."""


def _number_or_text(loader: _OrderLoader, node: yaml.ScalarNode) -> int | str:
    return str(node.value) if ":" in node.value else loader.construct_yaml_int(node)


_OrderLoader.add_constructor("tag:yaml.org,2002:int", _number_or_text)


def checked_key(key: str) -> str:
    """`key` if it is a video key; BadInput otherwise."""
    try:
        return check_video_key(key)
    except ValueError as error:
        raise BadInput(str(error), where="KEY", remedy="An example: finance-goog-2008-10-10") from error


def read_order(path: Path) -> FinanceOrder:
    """Read an order from YAML; BadInput naming the file and the line or field if it cannot be used.

    Relative paths in it are looked for beside the file, then in the current folder.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_OrderLoader)  # noqa: S506  # a SafeLoader
    except FileNotFoundError as error:
        raise BadInput(
            "there is no order for this video", where=str(path), remedy="Order it first: vidfactory new finance"
        ) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"it is not YAML: {error.problem}", where=f"{path}, line {line}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"it is not YAML: {error}", where=str(path)) from error
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror}", where=str(path)) from error
    if not isinstance(content, dict):
        raise BadInput("an order is a list of `name: value` lines", where=str(path))
    order = checked_finance_order(str(path), content)
    return order.model_copy(
        update={
            "posts": _found(order.posts, path.parent),
            "prices": order.prices and _found(order.prices, path.parent),
        }
    )


def checked_finance_order(source: str, wishes: Mapping[Any, Any]) -> FinanceOrder:
    """The order with these fields; BadInput naming `source` and the field if one is wrong."""
    try:
        return FinanceOrder.model_validate({str(name): wish for name, wish in wishes.items()})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = first["msg"][:1].lower() + first["msg"][1:]
        raise BadInput(message, where=f"{source}, {field}", remedy="Correct it and order again") from error


def place(studio: Studio, key: str, order: FinanceOrder) -> Path:
    """Write an order under a key that is still free; BadInput if there is a video of that key."""
    path = studio.order_path(checked_key(key))
    if not key.startswith(f"{order.format}-"):
        raise BadInput(f"the key of a {order.format} video begins with {order.format}-", where=key)
    absolute = order.model_copy(
        update={"posts": order.posts.resolve(), "prices": order.prices and order.prices.resolve()}
    )
    wishes = absolute.model_dump(mode="json", exclude_none=True)
    try:
        write_atomically(path, yaml.safe_dump(wishes, sort_keys=False, allow_unicode=True).encode(), new=True)
    except FileExistsError as error:
        raise BadInput(
            "there is already an order with this key", where=key, remedy="Choose another with --key"
        ) from error
    return path


def suggested_key(order: FinanceOrder, today: dt.date) -> str:
    """A key for an order without one: from its title, else from what it would be about and the post's day."""
    chosen = check(order, today)
    subject = f"{chosen.symbols[0]} {exchange_day(chosen.tweet.created_at)}"
    slug = _slug(order.title or "") or _slug(subject)
    return checked_key(f"{order.format}-{slug}"[:MAX_KEY_LENGTH].strip("-"))


def _slug(text: str) -> str:
    """Lower-case letters and digits with hyphens between; empty for a text of other letters."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def check(order: FinanceOrder, today: dt.date) -> Choice:
    """Read everything that the order names and choose its post, changing nothing; BadInput if it cannot be made."""
    load_theme(order.format, output_size(order.aspect, order.quality))
    posts = _content(order.posts)
    prices = _content(order.prices) if order.prices else None
    tweets = parse_posts(posts, str(order.posts))
    market = market_of(prices, str(order.prices), order.symbol, today, BundledMarket())
    return choose(tweets, market, order.symbol)


def accept(order: FinanceOrder, key: str, folder: Path, today: dt.date) -> FinanceBrief:
    """The brief of an order that was checked again, its posts and prices copied into `folder`."""
    check(order, today)
    return FinanceBrief(
        video=checked_key(key),
        title=order.title,
        seconds=order.seconds,
        aspect=order.aspect,
        quality=order.quality,
        symbol=order.symbol,
        posts=_copied(order.posts, folder / "posts.json", "application/json"),
        prices=order.prices and _copied(order.prices, folder / "prices.csv", "text/csv"),
    )


def order_changed(studio: Studio, key: str, brief: FinanceBrief) -> bool:
    """Whether the order of a video, or a file that it names, is not what its brief was made from.

    Files that are gone say nothing: the brief has its own copies.
    """
    path = studio.order_path(key)
    if not path.exists():
        return False
    order = read_order(path)
    wishes = {"title", "seconds", "symbol", "aspect", "quality"}
    files = ((order.posts, brief.posts), (order.prices, brief.prices))
    if order.model_dump(include=wishes) != brief.model_dump(include=wishes):
        return True
    return any(_file_changed(source, copy) for source, copy in files)


def _file_changed(source: Path | None, copy: Media | None) -> bool:
    if source is None or copy is None:
        return not (source is None and copy is None)
    return source.is_file() and _content(source) != copy.path.read_bytes()


def market_of(prices: bytes | None, name: str, symbol: str | None, today: dt.date | None, default: Market) -> Market:
    """The market of the prices that came with an order, else `default`."""
    return default if prices is None else CsvMarket(prices, name, symbol=symbol, today=today)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"it cannot be read: {reason}", where=str(path), remedy="Check the path") from error


def _copied(source: Path, target: Path, media_type: str) -> Media:
    with disk_errors(str(target)):
        target.write_bytes(_content(source))
    return Media.of(target, media_type)


def _found(path: Path, folder: Path) -> Path:
    """A relative path beside the order, else in the current folder."""
    beside = folder / path
    return beside if "\0" not in str(path) and beside.exists() else path
