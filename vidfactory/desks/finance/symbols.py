"""Which companies and indices a post is about.

Belongs here: the table of names and the rules that find a symbol in words. Does not belong here:
prices. The rules for plain names are a heuristic: a name counts when it stands as a word of its own,
spelled with its capitals ("Apple", never "apple pie"), and is not part of a longer name or phrase
that means something else ("Amazon rainforest", "Dell Curry", "Apple pie").
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["company", "index"]


@dataclass(frozen=True)
class Listing:
    """A symbol, the name it goes by in speech, other names, and its line of business."""

    symbol: str
    name: str
    aliases: tuple[str, ...] = ()
    sector: str = ""
    kind: Kind = "company"
    short: str = ""
    """What it is called in speech where that is not its name."""
    not_before: tuple[str, ...] = ()
    """Words that, right after a name, make it mean something else."""

    @property
    def currency(self) -> str:
        """All listings trade in dollars; an index has points."""
        return "" if self.kind == "index" else "USD"

    @property
    def said(self) -> str:
        """As it stands in a sentence."""
        name = self.short or self.name
        return f"the {name}" if self.kind == "index" else name


LISTINGS: tuple[Listing, ...] = (
    Listing("AAPL", "Apple", ("Apple Inc",), "hardware", not_before=("pie", "Pie", "juice", "tree", "cider", "Valley")),
    Listing("ADBE", "Adobe", ("Adobe Inc", "Adobe Systems"), "software", not_before=("brick", "bricks", "house")),
    Listing("AMZN", "Amazon", ("Amazon.com",), "internet", not_before=("rainforest", "river", "River", "basin")),
    Listing("DELL", "Dell", ("Dell Technologies",), "hardware", not_before=("Curry", "Rapids")),
    Listing("GOOG", "Google", ("Google Inc",), "internet"),
    Listing("GOOGL", "Alphabet", ("Alphabet Inc",), "internet", not_before=("soup", "Soup")),
    Listing("IBM", "IBM", ("International Business Machines", "Big Blue"), "hardware"),
    Listing("MSFT", "Microsoft", ("Microsoft Corp",), "software"),
    Listing("XRX", "Xerox", ("Xerox Holdings",), "hardware"),
    Listing("^GSPC", "S&P 500", ("S&P500", "S&P", "SPX"), kind="index", not_before=("Global",)),
    Listing("^IXIC", "Nasdaq Composite", ("Nasdaq", "NASDAQ"), kind="index", short="Nasdaq"),
    Listing("^DJI", "Dow Jones Industrial Average", ("Dow Jones", "the Dow"), kind="index"),
    Listing("^RUT", "Russell 2000", (), kind="index"),
    Listing("AMD", "AMD", ("Advanced Micro Devices",), "chips"),
    Listing("BAC", "Bank of America", (), "banks"),
    Listing("BRK-B", "Berkshire Hathaway", ("Berkshire",), "finance"),
    Listing("CSCO", "Cisco", ("Cisco Systems",), "hardware"),
    Listing("DIS", "Disney", ("Walt Disney",), "media"),
    Listing("F", "Ford", ("Ford Motor",), "cars", not_before=("Coppola", "Foundation")),
    Listing("GE", "General Electric", (), "industry"),
    Listing("GM", "General Motors", (), "cars"),
    Listing("HPQ", "HP", ("Hewlett-Packard", "Hewlett Packard"), "hardware"),
    Listing("INTC", "Intel", (), "chips"),
    Listing("JPM", "JPMorgan", ("JPMorgan Chase", "J.P. Morgan", "JP Morgan"), "banks"),
    Listing("KO", "Coca-Cola", ("Coca Cola",), "consumer"),
    Listing("META", "Meta", ("Meta Platforms", "Facebook"), "internet", not_before=("analysis", "description")),
    Listing("MCD", "McDonald's", ("McDonalds",), "consumer"),
    Listing("NFLX", "Netflix", (), "media"),
    Listing("NKE", "Nike", (), "consumer"),
    Listing("NVDA", "Nvidia", ("NVIDIA",), "chips"),
    Listing("ORCL", "Oracle", (), "software", not_before=("of",)),
    Listing("QCOM", "Qualcomm", (), "chips"),
    Listing("SBUX", "Starbucks", (), "consumer"),
    Listing("TSLA", "Tesla", ("Tesla Motors",), "cars", not_before=("coil", "coils")),
    Listing("WMT", "Walmart", ("Wal-Mart",), "consumer"),
)
BENCHMARKS = ("^GSPC", "^IXIC")
"""What a price is compared with, the first that has prices."""
_SAME_COMPANY = (("GOOG", "GOOGL"),)
_CASHTAG = re.compile(r"(?<![\w$])\$(\^?[A-Za-z]{1,6}(?:[.-][A-Za-z]{1,2})?)(?![\w])")
_BY_SYMBOL = {listing.symbol: listing for listing in LISTINGS}


def listing_of(symbol: str) -> Listing:
    """What is known of `symbol`; one that is not in the table goes by its symbol."""
    return _BY_SYMBOL.get(symbol) or Listing(symbol, symbol)


def find_symbols(text: str, priced: AbstractSet[str]) -> tuple[str, ...]:
    """The symbols that `text` is about, in the order of their first mention, each once.

    Cashtags count for any symbol; names for those of the table. A company with two share classes
    resolves to the one in `priced` (the symbols that have prices at the post's date), so "Google"
    is GOOG in 2008 and GOOGL in 2022; where neither or both have prices, the post's own wording holds.
    """
    found = [(match.start(), _cashtag_symbol(match.group(1))) for match in _CASHTAG.finditer(text)]
    found += [(match.start(), listing.symbol) for listing in LISTINGS for match in _names(listing).finditer(text)]
    return tuple(dict.fromkeys(_priced_class(symbol, priced) for _, symbol in sorted(found)))


def peers(symbol: str, priced: AbstractSet[str]) -> tuple[str, ...]:
    """Other companies in `priced`, those of the same sector first, then by symbol."""
    own = listing_of(symbol)
    others = priced - set(share_classes(symbol))
    companies = [other for other in others if listing_of(other).kind == "company"]
    return tuple(sorted(companies, key=lambda other: (listing_of(other).sector != own.sector, other)))


def share_classes(symbol: str) -> tuple[str, ...]:
    """`symbol` and any other that the same company trades under."""
    return next((pair for pair in _SAME_COMPANY if symbol in pair), (symbol,))


def rivals(symbol: str) -> tuple[str, ...]:
    """The other companies of the table in the same sector, by symbol."""
    sector = listing_of(symbol).sector
    return tuple(
        other for other in peers(symbol, frozenset(_BY_SYMBOL)) if sector and listing_of(other).sector == sector
    )


@cache
def _names(listing: Listing) -> re.Pattern[str]:
    names = sorted({listing.name, *listing.aliases}, key=len, reverse=True)
    unless = "".join(rf"(?!\s+{re.escape(word)}\b)" for word in listing.not_before)
    return re.compile(rf"(?<![\w$@&])(?:{'|'.join(map(re.escape, names))})(?!\w)(?!\.\w){unless}")


def _cashtag_symbol(tag: str) -> str:
    """`spx` as `^GSPC`, `brk.b` as `BRK-B`."""
    symbol = tag.upper().replace(".", "-")
    return next((listing.symbol for listing in LISTINGS if symbol in listing.aliases), symbol)


def _priced_class(symbol: str, priced: AbstractSet[str]) -> str:
    if symbol in priced:
        return symbol
    return next((twin for twin in share_classes(symbol) if twin in priced), symbol)
