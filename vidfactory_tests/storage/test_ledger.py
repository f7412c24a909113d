"""Sums that are right whatever was going on."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from vidfactory.errors import OverBudget
from vidfactory.ports import Assignment, Call
from vidfactory.storage.ledger import Entry, Ledger, State
from vidfactory.storage.studio import Studio

JOB = Assignment(video="finance-one", asset="narration", channel="wolf")
CALL = Call("voice", "speech", "m", {"text": "hello"})
STATES: tuple[State, ...] = ("reserved", "doubtful", "settled", "saved")


def entry(usd: str = "0.05", state: State = "reserved") -> Entry:
    return Entry.of(JOB, CALL, "0" * 64, state, Decimal(usd))


@pytest.fixture
def ledger(studio: Studio) -> Ledger:
    return Ledger(studio.ledger)


def test_a_promise_becomes_a_payment(ledger: Ledger) -> None:
    promised = entry()
    ledger.reserve(promised, Decimal(1))
    ledger.write(promised.now("settled", Decimal("0.03"), {"characters": 12}), promised)
    assert ledger.sums("finance-one").committed == Decimal("0.03")
    assert [(each.state, each.units) for each in ledger.entries("finance-one")] == [("settled", {"characters": 12})]


def test_a_promise_above_the_budget_is_not_kept(ledger: Ledger) -> None:
    ledger.reserve(entry("0.60"), Decimal(1))
    with pytest.raises(OverBudget):
        ledger.reserve(entry("0.41"), Decimal(1))
    assert ledger.sums("finance-one").committed == Decimal("0.60")


def test_what_costs_nothing_is_never_over_the_budget(ledger: Ledger) -> None:
    ledger.reserve(entry("0"), Decimal(0))


def test_where_a_crash_left_two_states_the_later_one_counts(ledger: Ledger) -> None:
    promised = entry("0.05")
    ledger.write(promised)
    ledger.write(promised.now("settled", Decimal("0.03")))  # and no removal
    sums = ledger.sums("finance-one")
    assert (sums.reserved, sums.settled) == (Decimal(0), Decimal("0.03"))
    assert len(list(ledger.entries("finance-one"))) == 1


@given(st.lists(st.tuples(st.sampled_from(STATES), st.decimals(0, 10, places=7)), max_size=12))
def test_sums_are_exact_and_saved_money_is_not_committed(rows: list[tuple[State, Decimal]]) -> None:
    ledger = Ledger(UPath(f"memory://ledger/{id(rows)}"))
    for state, usd in rows:
        ledger.write(entry(str(usd), state))
    sums = ledger.sums("finance-one")
    assert sums.committed == sum((usd for state, usd in rows if state != "saved"), Decimal(0))
    assert sums.saved == sum((usd for state, usd in rows if state == "saved"), Decimal(0))
    for each in ledger.entries("finance-one"):
        ledger.withdraw(each)


def test_an_amount_keeps_all_its_digits_in_its_name(ledger: Ledger) -> None:
    ledger.write(entry("0.00000015", "settled"))
    assert ledger.sums("finance-one").settled == Decimal("0.00000015")
    assert [each.usd for each in ledger.entries("finance-one")] == [Decimal("0.00000015")]
