"""How figures and dates are written on screen.

Belongs here: numbers and dates to short text, the same on every card. Does not belong here: how a
figure is spoken, and any drawing.
"""

import math
from datetime import date
from typing import Literal

from vidfactory.schema.theme import Palette, Scheme

Direction = Literal[-1, 0, 1]

MINUS = "\N{MINUS SIGN}"
ARROWS: dict[Direction, str] = {1: "▲", 0: "", -1: "▼"}
_CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COUNT_UNITS = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K"))


def price_decimals(value: float) -> int:
    """Decimals that show a price: none from 10,000 up, two from 1 up, else four significant digits."""
    if value >= 10_000:
        return 0
    if value >= 1 or value <= 0:
        return 2
    return 3 - math.floor(math.log10(value))


def money(value: float, currency: str, decimals: int | None = None) -> str:
    """A price such as `$362.71` or `CHF 0.00012`, bare without a currency; `decimals` overrides the house rule."""
    sign = _CURRENCY_SIGNS.get(currency, f"{currency} " if currency else "")
    return f"{sign}{value:,.{price_decimals(value) if decimals is None else decimals}f}"


def direction(percent: float) -> Direction:
    """Where a change goes, as far as its shown text tells: what is written `0.0%` goes nowhere."""
    shown = round(percent, 1)
    return 1 if shown > 0 else -1 if shown < 0 else 0


def signed_percent(percent: float) -> str:
    """A change in per cent with its sign and one decimal: `+1.5%`, `−12.3%`, `0.0%`."""
    sign = {1: "+", 0: "", -1: MINUS}[direction(percent)]
    return f"{sign}{abs(percent):,.1f}%"


def moved(percent: float) -> str:
    """A change with its arrow and sign, which are always shown together: `▼ −12.3%`."""
    return f"{ARROWS[direction(percent)]} {signed_percent(percent)}".lstrip()


def colour_on(percent: float, colours: Scheme) -> str:
    return {1: colours.rise, 0: colours.letters, -1: colours.fall}[direction(percent)]


def colour_on_ink(percent: float, palette: Palette) -> str:
    return {1: palette.rise_on_ink, 0: palette.paper, -1: palette.fall_on_ink}[direction(percent)]


def shown_symbol(symbol: str) -> str:
    """`^GSPC` as `GSPC`: the caret is a mark of the data source for an index."""
    return symbol.removeprefix("^")


def compact_count(count: int) -> str:
    """A count in at most four characters and a unit: `999`, `1.2K`, `123K`, `4M`; rounded down."""
    for size, unit in _COUNT_UNITS:
        if count >= size:
            tenths = count * 10 // size
            whole, tenth = divmod(tenths, 10)
            return f"{whole:,}{unit}" if tenth == 0 or whole >= 100 else f"{whole}.{tenth}{unit}"
    return str(count)


def day_text(day: date) -> str:
    """`14 Oct 2008`; spelled here because `strftime` follows the machine's locale."""
    return f"{day.day} {month_text(day)}"


def month_text(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"
