"""Which answers go: the oldest first, no more than needed, and never what is under way."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.errors import BadInput
from vidfactory.pruning import Kept, Rule, going

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
CALLS = st.lists(
    st.builds(
        Kept,
        key=st.uuids().map(lambda key: key.hex),
        service=st.just("painter"),
        at=st.none() | st.integers(0, 100).map(lambda days: NOW - dt.timedelta(days=days)),
        size=st.integers(0, 1000),
        usd=st.just(Decimal("0.04")),
        is_under_way=st.booleans(),
    ),
    max_size=20,
)


def kept(key: str, days: int, size: int = 100, *, is_under_way: bool = False) -> Kept:
    return Kept(key, "painter", NOW - dt.timedelta(days=days), size, Decimal("0.04"), is_under_way)


@given(CALLS, st.integers(0, 5000))
def test_what_is_left_is_small_enough_and_nothing_went_too_many(calls: list[Kept], limit: int) -> None:
    gone = going(calls, Rule(larger_than=limit), NOW)
    assert not any(each.is_under_way or each.at is None for each in gone)
    left = sum(each.size for each in calls) - sum(each.size for each in gone)
    could_go = [each for each in calls if each.at is not None and not each.is_under_way and each not in gone]
    assert left <= limit or not could_go
    assert not gone or left + gone[-1].size > limit
    ages = [each.at for each in gone]
    assert ages == sorted(ages, key=lambda at: at or NOW)
    assert all(each.at is not None and each.at >= (gone[-1].at or NOW) for each in could_go if gone)


@given(CALLS, st.integers(0, 100))
def test_by_age_exactly_the_older_ones_go(calls: list[Kept], days: int) -> None:
    gone = going(calls, Rule(older_than=dt.timedelta(days=days)), NOW)
    old = [each for each in calls if each.at is not None and NOW - each.at > dt.timedelta(days=days)]
    assert sorted(each.key for each in gone) == sorted(each.key for each in old if not each.is_under_way)


def test_what_is_under_way_stays_however_old_it_is() -> None:
    assert going([kept("a", 90, is_under_way=True)], Rule(older_than=dt.timedelta(0), larger_than=0), NOW) == []


def test_a_rule_that_says_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="--older-than, --larger-than or --call"):
        going([kept("a", 1)], Rule(), NOW)
