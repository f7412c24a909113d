"""A market from a CSV file with Yahoo's column names.

Belongs here: reading and checking the file. Does not belong here: figures over prices.

`Date` and `Close` are needed; `Open`, `High`, `Low`, `Adj Close`, `Volume` and `Symbol` may be there, and
no other. `Close` is used, as traded. Rows stand oldest first, one a day or a month for each symbol; an
empty or NaN price is an error, because a line that is drawn over a hole says something that nobody measured.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from math import isfinite
from pathlib import Path

from vidfactory.desks.finance.market import at_month_ends, check_bars, interval_of
from vidfactory.desks.finance.symbols import listing_of
from vidfactory.errors import BadInput, Permanent
from vidfactory.ports import Prices
from vidfactory.providers.bundled_market import cut
from vidfactory.providers.kit import Kit
from vidfactory.schema.finance import Bar, PriceSeries

COLUMNS = ("Date", "Open", "High", "Low", "Close", "Adj Close", "Volume", "Symbol")
NEEDED = ("Date", "Close")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
"""A comma parts thousands and is nothing else: `332,00` is no number here."""


class CsvMarket:
    """`Market` and `Prices` over the bytes of a CSV file; everything is checked at once, when it is made.

    `name` stands in errors and as the source. `symbol` is whose prices they are where the file has no
    Symbol column. Prices after `today` are refused; None checks no date.
    """

    def __init__(self, content: bytes, name: str, *, symbol: str | None, today: date | None) -> None:
        self._series = {series.symbol: series for series in _parse(content, name, symbol, today)}

    async def prices(self, symbols: frozenset[str], until: date) -> Prices:  # noqa: ARG002  # all is at hand
        return self

    def symbols(self) -> frozenset[str]:
        return frozenset(self._series)

    def history(self, symbol: str, until: date) -> PriceSeries | None:
        series = self._series.get(symbol)
        return series and cut(series, until)


def provide(kit: Kit) -> CsvMarket:
    """The prices of `services.csv.options.file`; `options.symbol` says whose they are where the file does not."""
    file, symbol = kit.service.options.get("file"), kit.service.options.get("symbol")
    if not file:
        remedy = f"Set services.{kit.name}.options.file in vidfactory.toml"
        raise Permanent("no file of prices is set", where=kit.name, remedy=remedy)
    try:
        content = Path(str(file)).read_bytes()
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror}", where=str(file), remedy="Check the path") from error
    name = Path(str(file)).name  # which is told to viewers, so not the folder
    return CsvMarket(content, name, symbol=str(symbol) if symbol else None, today=None)


def _parse(content: bytes, name: str, symbol: str | None, today: date | None) -> Iterator[PriceSeries]:
    grouped: defaultdict[str, list[Bar]] = defaultdict(list)
    for line, row in _rows(content, name):
        whose = (row.get("Symbol") or symbol or "").strip().upper()
        if not whose:
            raise BadInput(
                "nothing says whose prices these are",
                where=f"{name}, line {line}",
                remedy="Add a Symbol column, or give --symbol",
            )
        grouped[whose].append(_bar(row, f"{name}, line {line}"))
    if not grouped:
        raise BadInput("there are no prices in it", where=name, remedy=f"Give rows under {','.join(COLUMNS[:-1])}")
    for whose, bars in grouped.items():
        days = [bar.day for bar in bars]
        interval = interval_of(days, where=name) if len(set(days)) > 1 and days == sorted(days) else "day"
        check_bars(bars, interval, symbol=whose, where=name, today=today)
        dated = at_month_ends(days, today or days[-1]) if interval == "month" else days
        listing = listing_of(whose)
        yield PriceSeries(
            symbol=whose,
            name=listing.name,
            interval=interval,
            currency=listing.currency,
            source=name,
            bars=tuple(bar.model_copy(update={"day": day}) for bar, day in zip(bars, dated, strict=True)),
        )


def _rows(content: bytes, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its line number."""
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = [column.strip() for column in next(reader, [])]
        _check_header(header, name)
        for cells in reader:
            if len(cells) == len(header):
                yield reader.line_num, dict(zip(header, cells, strict=True))
            elif any(cells):
                raise BadInput(
                    f"it has {len(cells)} fields and the header has {len(header)}",
                    where=f"{name}, line {reader.line_num}",
                    remedy="Mend this line",
                )
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start} is not UTF-8", where=name, remedy="Save it as UTF-8") from error
    except csv.Error as error:
        raise BadInput(f"this is not CSV: {error}", where=f"{name}, line {reader.line_num}") from error


def _check_header(header: list[str], name: str) -> None:
    where, remedy = f"{name}, line 1", f"The columns are {', '.join(COLUMNS)}"
    if len(header) == 1 and ";" in header[0]:
        raise BadInput("its fields are parted by semicolons", where=where, remedy="Save it with commas")
    missing = [column for column in NEEDED if column not in header]
    unknown = [column for column in header if column not in COLUMNS]
    if missing:
        raise BadInput(f"the column {missing[0]} is missing", where=where, remedy=remedy)
    if unknown:
        raise BadInput(f"I do not know the column {unknown[0]!r}", where=where, remedy=remedy)
    if len(set(header)) < len(header):
        raise BadInput("a column is there twice", where=where, remedy=remedy)


def _bar(row: dict[str, str], where: str) -> Bar:
    close = _price(row, "Close", where)
    if close is None:
        raise BadInput("Close is empty", where=where, remedy="Give a price, or leave the whole row out")
    bar = Bar(
        day=_day(row["Date"], where),
        close=close,
        open=_price(row, "Open", where),
        high=_price(row, "High", where),
        low=_price(row, "Low", where),
        volume=_volume(row.get("Volume", ""), where),
    )
    inside = [price for price in (bar.open, bar.close, bar.low) if price is not None]
    if (bar.high is not None and bar.high < max(inside)) or (bar.low is not None and bar.low > min(inside)):
        raise BadInput("High and Low do not hold Open and Close between them", where=where, remedy="Mend this line")
    return bar


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise BadInput(f"{text!r} is no date", where=where, remedy="Write it like 2008-10-10") from error


def _price(row: dict[str, str], column: str, where: str) -> float | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    price = _number(text, column, where)
    if price <= 0:
        raise BadInput(f"{column} is {text}", where=where, remedy="A price is more than zero")
    return price


def _volume(text: str, where: str) -> int | None:
    if not text.strip():
        return None
    volume = _number(text, "Volume", where)
    if volume < 0:
        raise BadInput(f"Volume is {text}", where=where, remedy="A volume is zero or more")
    return int(volume)


def _number(text: str, column: str, where: str) -> float:
    try:
        number = float(text.replace(",", "") if _GROUPED.fullmatch(text.strip()) else text)
    except ValueError as error:
        raise BadInput(f"{column} is {text!r}, which is no number", where=where, remedy="Mend this line") from error
    if not isfinite(number):
        raise BadInput(f"{column} is {text}", where=where, remedy="Give a price, or leave the whole row out")
    return number
