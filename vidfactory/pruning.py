"""Which remembered answers go when there are too many of them.

Belongs here: a survey of the call cache, and the rule by which answers go. Does not belong here: the cache
itself (`storage.call_cache`). What is under way never goes: it may be paid for already.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.storage.call_cache import CallCache
from vidfactory.storage.ledger import Entry


@dataclass(frozen=True)
class Kept:
    """A call in the cache. at: when its answer came, None where there is none. size: bytes. usd: what it cost.

    video: the first that asked.
    """

    key: str
    service: str = "unknown"
    at: dt.datetime | None = None
    size: int = 0
    usd: Decimal = Decimal(0)
    is_under_way: bool = False
    is_damaged: bool = False
    video: str = ""


@dataclass(frozen=True)
class Rule:
    """older_than: age of an answer. larger_than: bytes that all answers together may keep."""

    older_than: dt.timedelta | None = None
    larger_than: int | None = None


def survey(cache: CallCache) -> list[Kept]:
    """Every call in the cache; one whose answer cannot be read is marked as damaged."""
    return [_kept(cache, key) for key in cache.keys()]  # noqa: SIM118 - a cache is no mapping


def going(calls: Sequence[Kept], rule: Rule, now: dt.datetime) -> list[Kept]:
    """The answers that go by `rule` at the moment `now`, the oldest first; BadInput where it says nothing."""
    if rule.older_than is None and rule.larger_than is None:
        raise BadInput("nothing says what is to go", where="prune", remedy="Give --older-than, --larger-than or --call")
    left = sum(each.size for each in calls)
    found = []
    for each in sorted(_answers(calls), key=lambda kept: (kept.at, kept.key)):
        assert each.at is not None
        is_old = rule.older_than is not None and now - each.at > rule.older_than
        is_too_much = rule.larger_than is not None and left > rule.larger_than
        if is_old or is_too_much:
            found.append(each)
            left -= each.size
    return found


def one(cache: CallCache, key: str) -> list[Kept]:
    """The call of `key`, damaged or not; BadInput where it is under way."""
    kept = _kept(cache, key)
    if kept.is_under_way:
        raise BadInput("it is under way, and may be paid for", where=f"call {key[:12]}", remedy="Make its video again")
    return [kept]


def by_service(calls: Iterable[Kept]) -> dict[str, list[Kept]]:
    """The answers, by service."""
    found: dict[str, list[Kept]] = {}
    for each in calls:
        if each.at is not None:
            found.setdefault(each.service, []).append(each)
    return dict(sorted(found.items()))


def saved_by_service(entries: Iterable[Entry]) -> dict[str, Decimal]:
    """What remembered answers have saved, in US dollars."""
    saved: dict[str, Decimal] = {}
    for entry in entries:
        if entry.state == "saved":
            saved[entry.service] = saved.get(entry.service, Decimal(0)) + entry.usd
    return saved


def _answers(calls: Iterable[Kept]) -> list[Kept]:
    return [each for each in calls if each.at is not None and not each.is_under_way]


def _kept(cache: CallCache, key: str) -> Kept:
    try:
        is_under_way = cache.under_way(key) is not None
    except DamagedArtifact:
        return Kept(key, is_under_way=True, is_damaged=True)
    try:
        answer = cache.kept(key)
    except DamagedArtifact:
        return Kept(key, is_under_way=is_under_way, is_damaged=True)
    if answer is None:
        return Kept(key, is_under_way=is_under_way)
    size = len(answer.model_dump_json()) + (answer.file.size if answer.file else 0)
    return Kept(key, answer.service, answer.at, size, answer.cost, is_under_way, video=answer.video)
