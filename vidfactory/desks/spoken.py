"""From the shown form of a script to how a voice says it: "$245.67" is one token of nine spoken words.

Belongs here: splitting a text into tokens, and the rules and tables by which each is spoken.
Does not belong here: timing, phonemes, or anything that a single voice needs.

Nothing shown is ever lost: the tokens' shown texts hold every character of the text but its white
space. Emoji and dashes that stand alone are shown with the word before them and not spoken; a dash
is heard as a short pause. A word in CAPITALS stays in capitals: narrators stress it, or say it in small letters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from num2words import num2words

from vidfactory.errors import BadInput
from vidfactory.schema.screenplay import Token

_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def tokens_of(text: str, language: str = "en", names: Mapping[str, str] = _NO_NAMES) -> tuple[Token, ...]:
    """The tokens of `text`; empty where nothing in it can be spoken.

    `names` says how words or phrases of this script are spoken, as they are written in it:
    `{"GOOG": "G.O.O.G", "Xiaomi": "Shao-mee"}`. Raises `BadInput` for a language without rules.
    """
    tongue = _tongue(language, names)
    tokens: list[Token] = []
    waiting = ""
    for chunk in _chunks(text, tongue):
        spoken = _spoken(chunk, tongue)
        if spoken:
            tokens.append(Token(shown=f"{waiting}{chunk}", spoken=spoken))
            waiting = ""
        elif tokens:
            tokens[-1] = _with_silent(tokens[-1], chunk)
        else:
            waiting += f"{chunk} "
    return _ended(tokens)


def letters(initials: str) -> str:
    """How initials are spoken, letter by letter: "GOOG" is "G.O.O.G".

    Points between the letters make voices read them as one word of letter names with one stress;
    with spaces an "A" would be read as the article.
    """
    return ".".join(char for char in initials if char.isalpha())


# --- words ---------------------------------------------------------------------------------------

_CAPITALS = """
AAPL ADBE AGM AI AMC AMD AMZN API ATH AUM AXP BRK CAGR CBOE CDC CDO CDS CEO CFO CFTC CIO CNBC CNN COO CPI CPU CTO DC
DIY DJIA DOJ EBIT ECB EPS ESG ETA ETF EU EV FAQ FBI FCC FDA FDIC FOMC FTC FTX FX FY GAAP GDP GM GME GOOG GOOGL GPU
GSPC HQ HR IBM ID IMF IP IPO IQ IR IRA IRS IT IXIC JPM LA LLC LLM LTV MBA ML MOM MSFT NFT NVDA NY NYC NYSE OECD OTC PC
PCE PLTR PMI PPI PR QE QOQ QQQ QT RBA ROE ROI RSI SEC SMS SPX SPY SUV TD TSLA TV UAE UBS UFC UI UK UN US USA USD USDC
UX VC VP VR WTI XAI XRX YOY YTD
"""
_INITIALISMS = frozenset(_CAPITALS.split())
"""Capitals that are read letter by letter although they hold a vowel; capitals without one always are."""

_SAYINGS: Mapping[str, str] = {
    "%": "percent",
    "24/7": "twenty-four seven",
    "A/B": "A.B",
    "AM": "A.M",
    "AT&T": "A.T and T",
    "B2B": "B to B",
    "B2C": "B to C",
    "BTC": "bitcoin",
    "EBITDA": "ebit-dah",
    "ETH": "ether",
    "FAANG": "fang",
    "M&A": "M and A",
    "P/B": "P.B",
    "P/E": "P.E",
    "P&L": "P and L",
    "PM": "P.M",
    "R&D": "R and D",
    "S&P": "S and P",
    "VIX": "vicks",
    "^GSPC": "S and P five hundred",
    "^IXIC": "Nasdaq composite",
    "bps": "basis points",
    "vs": "versus",
    "w/": "with",
    "w/o": "without",
}
_PHRASES: Mapping[str, str] = {
    "Dow 30": "Dow thirty",
    "FTSE 100": "footsie one hundred",
    "Nasdaq 100": "Nasdaq one hundred",
    "Russell 2000": "Russell two thousand",
    "S&P 500": "S and P five hundred",
}
_ABBREVIATIONS: Mapping[str, str] = {
    "Co.": "company",
    "Corp.": "corporation",
    "Dr.": "doctor",
    "Inc.": "incorporated",
    "Jr.": "junior",
    "Ltd.": "limited",
    "Mr.": "mister",
    "Mrs.": "missus",
    "Ms.": "miz",
    "St.": "saint",
    "approx.": "approximately",
    "e.g.": "for example",
    "est.": "estimated",
    "etc.": "et cetera",
    "i.e.": "that is",
    "vs.": "versus",
}
"""With their full stop, which ends a sentence only at the end of the text."""

_YEAR_OF_MONTHS = "January February March April May June July August September October November December"
_MONTHS = tuple(_YEAR_OF_MONTHS.split())
_SYMBOLS: Mapping[str, str] = {
    "&": "and",
    "%": "percent",
    "@": "at",
    "+": "plus",
    "=": "equals",
    "#": "number",
    "$": "dollars",
    "€": "euros",
    "£": "pounds",
    "¥": "yen",
    "°": "degrees",
    "~": "about",
    "<": "less than",
    ">": "more than",
    "×": "times",
    "→": "to",
    "–": "to",
    "↑": "up",
    "↓": "down",
}
_FRACTIONS: Mapping[str, str] = {
    "1/2": "one half",
    "1/3": "one third",
    "2/3": "two thirds",
    "1/4": "one quarter",
    "3/4": "three quarters",
}
_SCALES: Mapping[str, str] = {
    "k": "thousand",
    "thousand": "thousand",
    "m": "million",
    "mn": "million",
    "million": "million",
    "b": "billion",
    "bn": "billion",
    "billion": "billion",
    "t": "trillion",
    "tn": "trillion",
    "trillion": "trillion",
}
_SIGNS: Mapping[str, str] = {"-": "minus ", "−": "minus ", "–": "minus ", "+": "plus ", "": ""}


@dataclass(frozen=True)
class _Currency:
    one: str
    many: str
    cent: str
    cents: str


_CURRENCIES: Mapping[str, _Currency] = {
    "$": _Currency("dollar", "dollars", "cent", "cents"),
    "€": _Currency("euro", "euros", "cent", "cents"),
    "£": _Currency("pound", "pounds", "penny", "pence"),
    "¥": _Currency("yen", "yen", "sen", "sen"),
    "₹": _Currency("rupee", "rupees", "paisa", "paise"),
}


# --- numbers in English --------------------------------------------------------------------------

_LONGEST_NUMBER = 15
"""Digits; a longer one is an identifier and is read digit by digit."""


def _number(figures: str) -> str:
    """Say 1,234.5 as "one thousand two hundred thirty-four point five"."""
    whole, _, fraction = figures.replace(",", "").partition(".")
    said = _whole(whole)
    return f"{said} point {_digits(fraction)}" if fraction else said


def _whole(digits: str) -> str:
    if not digits:
        return "zero"
    if len(digits) > _LONGEST_NUMBER or (len(digits) > 1 and digits.startswith("0")):
        return _digits(digits)
    return _american(num2words(int(digits)))


def _digits(digits: str) -> str:
    return " ".join(num2words(int(digit)) for digit in digits)


def _american(said: str) -> str:
    """Without the "and" and the commas of British figures."""
    return said.replace(" and ", " ").replace(",", "")


def _year(digits: str) -> str:
    return _american(num2words(int(digits), to="year"))


def _ordinal(digits: str) -> str:
    return _american(num2words(int(digits), to="ordinal")) if len(digits) <= _LONGEST_NUMBER else _digits(digits)


def _plural(said: str) -> str:
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}{'es' if said.endswith('x') else 's'}"


def _amount(figures: str, scale: str | None) -> str:
    return f"{_number(figures)} {_SCALES[scale.lower()]}" if scale else _number(figures)


def _money(figures: str, scale: str | None, sign: str) -> str:
    currency = _CURRENCIES[sign]
    whole, _, fraction = figures.replace(",", "").partition(".")
    if scale or len(fraction) not in {0, 2}:
        return f"{_amount(figures, scale)} {currency.many}"
    cents = int(fraction or 0)
    dollars = f"{_whole(whole)} {currency.one if whole == '1' else currency.many}"
    if not cents:
        return dollars
    small = f"{_whole(str(cents))} {currency.cent if cents == 1 else currency.cents}"
    return f"{dollars} and {small}" if int(whole or 0) else small


# --- rules ---------------------------------------------------------------------------------------

_N = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<!\d)\.\d+"
_SIGN = r"(?P<sign>(?<![\w)%.])[-+−–])?"
_SCALE_WORD = r"thousand|million|billion|trillion"
_SCALE = rf"(?:\s?(?P<scale>{_SCALE_WORD})\b|(?P<short>[KkMBT]|[bmt]n)\b)?"
_DASH = r"\s?[-–−]\s?"


@dataclass(frozen=True)
class _Rule:
    """How a figure is spoken. Matched at a place of the text; the first rule that fits speaks."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str]


def _rule(pattern: str, say: Callable[[re.Match[str]], str]) -> _Rule:
    return _Rule(re.compile(pattern), say)


def _say_money(match: re.Match[str]) -> str:
    scale = match["scale"] or match["short"]
    return _SIGNS[match["sign"] or match["inner"] or ""] + _money(match["figures"], scale, match["currency"])


def _say_money_range(match: re.Match[str]) -> str:
    scale = match["scale"] or match["short"]
    low = _amount(match["low"], None)
    return f"{low} to {_money(match['high'], scale, match['currency'])}"


def _say_range(match: re.Match[str]) -> str:
    unit = " percent" if match["unit"] else ""
    return f"{_count(match['low'])} to {_count(match['high'])}{unit}"


def _count(figures: str) -> str:
    return _year(figures) if re.fullmatch(_YEAR, figures) else _number(figures)


def _say_time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    if minute == 0:
        return f"{_whole(str(hour))} o'clock"
    return f"{_whole(str(hour))} {'oh ' if minute < 10 else ''}{_whole(str(minute))}"


def _say_decade(match: re.Match[str]) -> str:
    return _plural(_year(match[1])) if len(match[1]) == 4 else _plural(_whole(match[1]))


def _month(short: str) -> str:
    return next(name for name in _MONTHS if name.startswith(short[:3]))


def _say_fraction(match: re.Match[str]) -> str:
    return _FRACTIONS.get(match[0], f"{_number(match[1])} {_number(match[2])}")


_YEAR = r"(?:1[1-9]|20)\d\d"
_CURRENCY = r"(?:US)?(?P<currency>[$€£¥₹])"
_MONTH = (
    rf"(?P<month>{'|'.join(rf'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)}|Sept)\.?"
    r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\w%]|[:.,]\d)"
)
_SPELLED = r"(?:[A-Za-z]\.)+[A-Za-z](?![A-Za-z])"

_ENGLISH = (
    _rule(r"(?:https?://|www\.)\S+", lambda _: "link"),
    _rule(
        rf"{_CURRENCY}(?P<low>{_N}){_DASH}(?:[$€£¥₹])?(?P<high>{_N}){_SCALE}(?!\w)",
        _say_money_range,
    ),
    _rule(rf"{_SIGN}{_CURRENCY}(?P<inner>[-+−–])?(?P<figures>{_N}){_SCALE}", _say_money),
    _rule(rf"(?P<low>{_N})%?{_DASH}(?P<high>{_N})(?P<unit>%)?(?![\w-])", _say_range),
    _rule(rf"{_SIGN}({_N})%", lambda m: f"{_SIGNS[m['sign'] or '']}{_number(m[2])} percent"),
    _rule(_MONTH, lambda m: f"{_month(m['month'])} {_ordinal(m['day'])}"),
    _rule(r"(\d{3}0|\d0)['’]?s\b", _say_decade),
    _rule(r"(\d{1,2}):(\d\d)(?!\d)", _say_time),
    _rule(r"(\d+):(\d+)", lambda m: f"{_number(m[1])} to {_number(m[2])}"),
    _rule(r"(\d+)(?:st|nd|rd|th)\b", lambda m: _ordinal(m[1])),
    _rule(r"Q([1-4])(?!\w)", lambda m: f"{_ordinal(m[1])} quarter"),
    _rule(r"H([12])(?!\w)", lambda m: f"{_ordinal(m[1])} half"),
    _rule(rf"({_N})[xX×](?!\w)", lambda m: f"{_number(m[1])} times"),
    _rule(rf"{_SIGN}({_N})([KkMBT]|[bmt]n)(?!\w)", lambda m: f"{_SIGNS[m['sign'] or '']}{_amount(m[2], m[3])}"),
    _rule(r"(\d+)/(\d+)(?!\w)", _say_fraction),
    _rule(rf"{_YEAR}(?![\w,.]*\d)", lambda m: _year(m[0])),
    _rule(rf"{_SIGN}({_N})", lambda m: f"{_SIGNS[m['sign'] or '']}{_number(m[2])}"),
    _rule(r"\$([A-Za-z]{1,6}(?:\.[A-Za-z])?)(?!\w)", lambda m: letters(m[1].upper())),
    _rule(rf"({_SPELLED})(['’]?s)?(?!\w)", lambda m: letters(m[1]) + ("'s" if m[2] else "")),
    _rule(r"\.(?=[a-z]{2,})", lambda _: "dot"),
    _rule(r"\.(?=\d)", lambda _: "point"),
    _rule(r"(?<=[\dKMBT])/(?=[a-z])", lambda _: "per"),
    _rule(r"['’]s(?!\w)", lambda _: "'s"),
)


@dataclass(frozen=True)
class _Tongue:
    """All that speaking one text needs."""

    rules: tuple[_Rule, ...]
    symbols: Mapping[str, str]
    sayings: Mapping[str, str]
    initialisms: frozenset[str]
    abbreviations: Mapping[str, str]
    phrase: re.Pattern[str]
    """Things on screen that hold a space."""


# --- other languages -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Grammar:
    """What figures need in a language that has no rules of its own here."""

    group: str
    decimal: str
    percent: str
    minus: str
    plus: str
    et: str


_GRAMMARS: Mapping[str, _Grammar] = {
    "de": _Grammar(".", ",", "Prozent", "minus", "plus", "und"),
    "es": _Grammar(".", ",", "por ciento", "menos", "más", "y"),
    "fr": _Grammar("\u202f", ",", "pour cent", "moins", "plus", "et"),
    "it": _Grammar(".", ",", "per cento", "meno", "più", "e"),
}
_ISO_CURRENCIES: Mapping[str, str] = {"$": "USD", "€": "EUR", "£": "GBP"}


def _foreign_rules(language: str, grammar: _Grammar) -> tuple[_Rule, ...]:
    group, point = re.escape(grammar.group), re.escape(grammar.decimal)
    number = rf"(?P<n>(?:\d{{1,3}}(?:{group}\d{{3}})+(?!\d)|\d+)(?:{point}\d+)?)"
    signs = {"-": f"{grammar.minus} ", "−": f"{grammar.minus} ", "+": f"{grammar.plus} ", None: ""}
    sign = r"(?P<sign>(?<!\w)[-+−])?"

    def value(match: re.Match[str]) -> Decimal:
        return Decimal(match["n"].replace(grammar.group, "").replace(grammar.decimal, "."))

    def say_number(match: re.Match[str]) -> str:
        if len(match["n"]) > _LONGEST_NUMBER:
            said = " ".join(num2words(int(digit), lang=language) for digit in match["n"] if digit.isdigit())
        else:
            said = num2words(value(match), lang=language)
        return f"{signs[match['sign']]}{said}"

    def say_money(match: re.Match[str]) -> str:
        iso = _ISO_CURRENCIES[match["currency"]]
        if len(match["n"]) > _LONGEST_NUMBER:
            return f"{say_number(match)} {iso}"
        return f"{signs[match['sign']]}{num2words(value(match), lang=language, to='currency', currency=iso)}"

    return (
        _rule(rf"{sign}(?P<currency>[$€£])\s?{number}", say_money),
        _rule(rf"{sign}{number}\s?(?P<currency>[$€£])", say_money),
        _rule(rf"{sign}{number}\s?%", lambda match: f"{say_number(match)} {grammar.percent}"),
        _rule(rf"{sign}{number}", say_number),
    )


def _tongue(language: str, names: Mapping[str, str]) -> _Tongue:
    code = language.partition("-")[0].lower()
    numbered = [name for name, said in names.items() if any(char.isdigit() for char in said)]
    if numbered:
        raise BadInput(
            f"the spoken form of {numbered[0]!r} holds a digit", where="names", remedy="Write it as words are said"
        )
    stopped = {name: said for name, said in names.items() if name.endswith(".")}
    if code == "en":
        sayings = {**_SAYINGS, **_PHRASES, **names}
        money = rf"{_SIGN}{_CURRENCY}(?:{_N})(?:{_DASH}[$€£¥₹]?(?:{_N}))?\s(?:{_SCALE_WORD})\b"
        return _Tongue(
            rules=_ENGLISH,
            symbols=_SYMBOLS,
            sayings=sayings,
            initialisms=_INITIALISMS,
            abbreviations={**_ABBREVIATIONS, **stopped},
            phrase=_phrases(sayings, [money, _MONTH]),
        )
    if code in _GRAMMARS:
        grammar = _GRAMMARS[code]
        return _Tongue(
            rules=_foreign_rules(code, grammar),
            symbols={"&": grammar.et, "%": grammar.percent, "+": grammar.plus},
            sayings=names,
            initialisms=frozenset(),
            abbreviations=stopped,
            phrase=_phrases(names, [r"[-+−]?\d[\d.,\u202f]*\s[%€$£]"]),
        )
    raise BadInput(
        f"there are no rules to speak {language!r}",
        where="language",
        remedy=f"Use one of {', '.join(['en', *_GRAMMARS])}",
    )


def _phrases(sayings: Mapping[str, str], patterns: list[str]) -> re.Pattern[str]:
    spaced = sorted((re.escape(name) for name in sayings if " " in name), key=len, reverse=True)
    return re.compile("|".join(f"(?:{_unnamed(pattern)})" for pattern in [*spaced, *patterns]))


def _unnamed(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


# --- text to tokens ------------------------------------------------------------------------------

_OPENING = "'\"“”‘’«\u2039([{¿¡*_"
_CLOSING = "'\"“”‘’»\u203a)]}*_.,!?;:…—-–"
_STOPS: Mapping[str, str] = {
    **{mark: mark for mark in ".,!?;:"},
    "…": ".",
    "—": ",",
    "–": ",",
    "-": "",
    ")": ",",
}
_STRENGTH = ("?", "!", ".", ":", ";", ",")
_BREAKS = re.compile(r"(?<=[—…])(?=\w)|(?<=--)(?=\w)|(?<=\w\.\.\.)(?=\w)")
_SILENT = str.maketrans("", "", "™®©\u00ad\u200b\u200d\ufe0f")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TAG = re.compile(r"([#@])(\w*[^\W\d_]\w*)")
_CASHTAG = re.compile(r"\$([A-Za-z]{1,6}(?:\.[A-Za-z])?)(?!\w)")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|_+")


def _chunks(text: str, tongue: _Tongue) -> Iterator[str]:
    """The things on screen: what white space and long dashes part, but for phrases that hold a space."""
    chunk = re.compile(rf"[{re.escape(_OPENING)}]*(?:{tongue.phrase.pattern})\S*|\S+")
    for match in chunk.finditer(text):
        yield from _BREAKS.split(" ".join(match[0].split()))


def _spoken(chunk: str, tongue: _Tongue) -> str:
    """How one chunk is said, with its ending punctuation; empty for one that is only seen."""
    plain = _plain(chunk).lstrip(_OPENING)
    core = plain.rstrip(_CLOSING)
    if f"{core}." in tongue.abbreviations and plain.startswith(f"{core}."):
        return tongue.abbreviations[f"{core}."] + _stop(plain[len(core) + 1 :])
    said = " ".join(_say(core, tongue).split())
    closing = plain[len(core) :]
    if re.fullmatch(_SPELLED, core):
        closing = closing.removeprefix(".")
    return said + _stop(closing) if said else ""


def _plain(chunk: str) -> str:
    """Compatibility forms and digits of any script as ASCII, so that the rules see "2", not "²"."""
    mixed = re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞])", " & ", chunk.translate(_SILENT))
    normal = unicodedata.normalize("NFKC", mixed).replace("\u2044", "/")
    return "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in normal)


def _stop(closing: str) -> str:
    """The strongest mark at the end of a chunk, as a voice understands it."""
    marks = {_STOPS.get(mark, "") for mark in closing}
    return next((mark for mark in _STRENGTH if mark in marks), "")


def _say(core: str, tongue: _Tongue) -> str:
    if core in tongue.sayings:
        return tongue.sayings[core]
    place, said = 0, []
    while place < len(core):
        end, words = _say_next(core, place, tongue)
        said.append(words)
        place = end
    return " ".join(said).replace(" 's", "'s")


def _say_next(core: str, place: int, tongue: _Tongue) -> tuple[int, str]:
    """Where the next piece of `core` ends, and how it is said."""
    phrase = tongue.phrase.match(core, place)
    if phrase and phrase[0] in tongue.sayings:
        return phrase.end(), tongue.sayings[phrase[0]]
    tag = _TAG.match(core, place)
    if tag:
        name = " ".join(_say(part, tongue) for part in _HUMPS.split(tag[2]) if part)
        return tag.end(), f"{'hashtag' if tag[1] == '#' else 'at'} {name}"
    cashtag = _CASHTAG.match(core, place)
    if cashtag and cashtag[1] in tongue.sayings:
        return cashtag.end(), tongue.sayings[cashtag[1]]
    for rule in tongue.rules:
        match = rule.pattern.match(core, place)
        if match:
            return match.end(), rule.say(match)
    word = _WORD.match(core, place)
    if word:
        return word.end(), _say_word(word[0], tongue)
    return place + 1, tongue.symbols.get(core[place], "")


def _say_word(word: str, tongue: _Tongue) -> str:
    stem, mark, ending = _parted(word)
    known = tongue.sayings.get(word) or tongue.sayings.get(stem)
    if known:
        return known if word in tongue.sayings else f"{known}{mark}{ending}"
    if stem in tongue.initialisms or _is_initials(stem):
        return letters(stem) + ("'s" if ending else "")
    return word.replace("’", "'")


def _parted(word: str) -> tuple[str, str, str]:
    """A word, its apostrophe and its ending s: "CEO's" and "ETFs"; an s of another word stays."""
    match = re.fullmatch(r"(.+?)(['’]?)(s)", word)
    if match and (match[2] or (match[1].isupper() and len(match[1]) > 1)):
        return match[1], match[2] and "'", match[3]
    return word, "", ""


def _is_initials(stem: str) -> bool:
    """Capitals without a vowel cannot be read as a word."""
    return len(stem) > 1 and stem.isascii() and stem.isupper() and not set(stem) & set("AEIOUY")


def _with_silent(token: Token, chunk: str) -> Token:
    """`token` with a chunk behind it that is seen but not said; a dash or a stop is heard as a pause."""
    stop = "," if re.fullmatch(r"[-–—]+", chunk) else _stop(chunk)
    paused = token.spoken if token.spoken[-1] in _STRENGTH else f"{token.spoken}{stop}"
    return Token(shown=f"{token.shown} {chunk}", spoken=paused)


def _ended(tokens: list[Token]) -> tuple[Token, ...]:
    """Give an abbreviation at the end of the text the full stop that it shares with its sentence."""
    if tokens and tokens[-1].shown.rstrip(_OPENING + ")]}").endswith(".") and tokens[-1].spoken[-1] not in _STRENGTH:
        tokens[-1] = tokens[-1].model_copy(update={"spoken": f"{tokens[-1].spoken}."})
    return tuple(tokens)
