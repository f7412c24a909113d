"""Whether two texts tell the same story, such as a post and a headline about one event.

Belongs here: what of a text counts, and how alike two texts are. Does not belong here: what follows from that
(`trending`).

The measure is the cosine between the words of two texts, with weights that are fixed: what comes out depends on the
two texts alone, never on what else is known. Stop words count nothing; names of listed companies half, because other
stories of a company have them too; the commonplaces of the trade (shares, quarter, billion) less than a third.
Words are cut after five letters, which stands in for stemming ("cancels", "cancelled"); scripts without blanks
count by pairs of characters. Texts that name listed companies and have none in common are not alike.

Measured on pairs of texts that lie in the tests (`stories.yaml`), half of them one story in other words, half two
stories of one company. Weights and threshold were chosen on 80 of them: 36 of 40 and 39 of 40 are told right; that
names may have several words was learned from the next 40: 19 of 20 and 19 of 20; the last 20 were only looked at: 9 of
10 and 9 of 10. What is missed are stories retold without a common word ("pandemic", "coronavirus"); what is taken for
one are short texts of one pattern ("UK economy shrinks 0.1% in May", "UK house prices rise 0.5% in May").
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from vidfactory.desks.finance.symbols import LISTINGS, share_classes


def _listed(words: str) -> frozenset[str]:
    return frozenset(re.findall(r"\S+", words))


ALIKE = 0.27
"""From here on two texts are taken for one story."""
MAX_TEXT = 600
"""Characters of a text that are looked at; the first ones say what it is about."""
CUT = 5
NAME, COMMONPLACE, DIGIT = 0.5, 0.3, 0.5
LONG_SYMBOL = 4
"""Letters from which on a symbol counts as a name without its sign; shorter ones are words too (DIS, KO)."""
STOP_WORDS = _listed(
    """a about after again ago all also amid an and any are as at back be because been before being between biggest
    both but by can could did do does down during each ever first for from get gets got had has have having he her
    here his how i if in into is it its just last like many may more most much my near new next no not now of off on
    one only or other our out over own per said same say says see set she should since so some still than that the
    their them then there these they this those three through to today tomorrow tonight too two under up us very via
    was we were what when which while who why will with world would year years month months week yesterday you your
    am auf au aux bei das de del dem den der des die du e ein eine el en es est et für il im in ist la las le les los
    mit nach par para pour por qui sa se ses son sur um un una und une von y zu"""
)
COMMONPLACES = _listed(
    """after-hours analyst analysts annual annually beat beating beats billion bn buy ceo company companies corp cut
    cuts deal dollar dollars drop drops earnings estimate estimates eur euro euros expectations expected fall falls
    fell firm forecast gain gains growth high hit hits inc investors jump jumps low market markets million miss misses
    outlook percent plan plans premarket price prices profit profits quarter quarterly raise raises record report
    reported reporting reports result results revenue revenues rise rises rose sale sales sell share shares slide
    slides stock stocks surge surges trading usd"""
)
_NOT_WORDS = re.compile(r"https?://\S+|@\w+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_UNITS = (
    (re.compile(r"(\d)\s*(?:billions?|milliards?|bn|b)\b"), r"\1 billion"),
    (re.compile(r"(\d)\s*(?:millions?|mn|m)\b"), r"\1 million"),
    (re.compile(r"(\d)\s*(?:%|percent\b|per cent\b|pct\b|prozent\b|pour cent\b)"), r"\1 percent"),
)
_WORD = re.compile(r"\$\^?[a-z]{1,6}(?:[.-][a-z]{1,2})?\b|\d+(?:\.\d+)?|[^\W\d_]+(?:['-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"'s?$")
_ELISION = re.compile(r"^[cdjlmnst]'")
_WITHOUT_BLANKS = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Signature:
    """What of a text counts: its marks with their weights, of length one, and the companies that it names."""

    marks: Mapping[str, float]
    companies: frozenset[str]


def marks_of(texts: Iterable[str]) -> frozenset[str]:
    """What the words of texts count as."""
    return frozenset(mark for text in texts for word in _words(text) for mark, _ in _marks(word))


@lru_cache(maxsize=1 << 15)
def signature(text: str, common: frozenset[str] = frozenset()) -> Signature:
    """The signature of the first `MAX_TEXT` characters of a text; without marks where nothing in it counts.

    Marks that are `common` count as commonplaces: what was searched for stands in every text that was found.
    """
    marks: dict[str, float] = {}
    for word in _words(text[:MAX_TEXT]):
        for mark, weight in _marks(word):
            counted = min(weight, COMMONPLACE) if mark in common else weight
            marks[mark] = max(counted, marks.get(mark, 0.0))
    length = sqrt(sum(weight * weight for weight in marks.values()))
    companies = frozenset(mark for mark in marks if mark.startswith("$")) - _INDICES
    return Signature({mark: weight / length for mark, weight in marks.items()}, companies)


def likeness(one: Signature, other: Signature) -> float:
    """How alike two texts are, from 0 to 1."""
    if _are_of_others(one, other):
        return 0.0
    few, many = sorted((one.marks, other.marks), key=len)
    return sum(weight * many[mark] for mark, weight in sorted(few.items()) if mark in many)


def alike(
    these: Sequence[Signature], those: Sequence[Signature]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """All pairs of one of `these` and one of `those` that are alike: their places, and how much.

    The same as `likeness` of each pair, for thousands at once.
    """
    places = {mark: place for place, mark in enumerate(sorted({mark for each in those for mark in each.marks}))}
    found = (_table(these, places) @ _table(those, places).T).tocoo()
    near = found.data >= ALIKE
    rows, columns, measures = found.row[near].astype(np.int64), found.col[near].astype(np.int64), found.data[near]
    right = np.array(
        [not _are_of_others(these[row], those[column]) for row, column in zip(rows, columns, strict=True)], dtype=bool
    )
    return rows[right], columns[right], measures[right]


def _are_of_others(one: Signature, other: Signature) -> bool:
    return bool(one.companies and other.companies and not one.companies & other.companies)


def _table(signatures: Sequence[Signature], places: Mapping[str, int]) -> csr_array:
    """One row a signature, one column a mark; marks without a place are left out."""
    rows = [
        sorted((places[mark], weight) for mark, weight in each.marks.items() if mark in places) for each in signatures
    ]
    starts = np.cumsum([0, *map(len, rows)])
    flat = [entry for row in rows for entry in row]
    columns = np.array([place for place, _ in flat], dtype=np.int64)
    weights = np.array([weight for _, weight in flat], dtype=np.float64)
    return csr_array((weights, columns, starts), shape=(len(signatures), len(places)))


@lru_cache(maxsize=1 << 16)
def _marks(raw: str) -> tuple[tuple[str, float], ...]:
    """What a word counts as; several marks in a script without blanks, none where it counts nothing."""
    word = _ELISION.sub("", _POSSESSIVE.sub("", raw))
    if _WITHOUT_BLANKS.search(word):
        return tuple((word[place : place + 2], 1.0) for place in range(max(1, len(word) - 1)))
    if word[:1].isdigit():
        return ((word, DIGIT if len(word) == 1 else 1.0),)
    if word in _NAMES:
        return ((_NAMES[word], NAME),)
    if word.startswith("$"):
        tag = word.replace(".", "-")
        return ((_CASHTAGS.get(tag, tag), NAME),)
    if word in STOP_WORDS or len(word) == 1:
        return ()
    return ((word[:CUT], COMMONPLACE if word in COMMONPLACES else 1.0),)


def _words(text: str) -> list[str]:
    """Words, numbers and cashtags in lower case; "$5.5bn" and "5.5 billion dollars" have the same number and unit."""
    plain = _THOUSANDS.sub("", _plain(_NOT_WORDS.sub(" ", text)))
    for pattern, spelled in _UNITS:
        plain = pattern.sub(spelled, plain)
    plain = _LONG_NAMES.sub(lambda name: f" {_NAMES[name[0]]} ", plain)
    return _WORD.findall(plain)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _known() -> Iterator[tuple[str, str]]:
    """Names with the cashtag that they stand for: that of the company's first share class, or of the index."""
    for listing in LISTINGS:
        symbols = (listing.symbol,) if len(listing.symbol) >= LONG_SYMBOL else ()
        for name in (listing.name, *listing.aliases, *symbols):
            yield _POSSESSIVE.sub("", _plain(name)), _cashtag(listing.symbol)


def _cashtag(symbol: str) -> str:
    return f"${share_classes(symbol)[0].lower()}"


_NAMES = dict(_known())
_SEVERAL_WORDS = sorted((re.escape(name) for name in _NAMES if not name.isalpha()), reverse=True)
_LONG_NAMES = re.compile(rf"(?<![\w$])(?:{'|'.join(_SEVERAL_WORDS)})(?!\w)")
_CASHTAGS = {f"${listing.symbol.lower()}": _cashtag(listing.symbol) for listing in LISTINGS}
_INDICES = frozenset(_cashtag(listing.symbol) for listing in LISTINGS if listing.kind == "index")
