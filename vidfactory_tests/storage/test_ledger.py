"""Sums that are right whatever was going on."""

import datetime as dt
import multiprocessing
import os
import signal
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from vidfactory.errors import OverBudget
from vidfactory.ports import Assignment, Call
from vidfactory.storage import ledger as ledgers
from vidfactory.storage import objects
from vidfactory.storage.ledger import Entry, Ledger, State
from vidfactory.storage.studio import Studio

JOB = Assignment(video="finance-one", asset="narration", channel="wolf")
CALL = Call("voice", "speech", "m", {"text": "hello"})
STATES: tuple[State, ...] = ("reserved", "doubtful", "settled", "saved")


def entry(usd: str = "0.05", state: State = "reserved") -> Entry:
    return Entry.of(JOB, CALL, "0" * 64, state, Decimal(usd))


def away() -> Studio:
    """A studio on an object store."""
    return Studio(root=UPath(f"memory://ledger/{uuid.uuid4().hex}"), local=Path(), inbox=Path())


@pytest.fixture
def ledger(studio: Studio) -> Ledger:
    return Ledger(studio)


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
    ledger = Ledger(away())
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


DAY = dt.date(2026, 11, 20)


def of_day(video: str, usd: str = "0.30", channel: str = "daily", day: dt.date = DAY) -> Entry:
    return Entry.of(Assignment(video, "narration", channel, day=day), CALL, "0" * 64, "reserved", Decimal(usd))


@pytest.mark.parametrize("make", [lambda: None, away], ids=["disk", "object store"])
def test_a_day_of_a_channel_is_summed_over_its_videos(studio: Studio, make: Callable[[], Studio | None]) -> None:
    ledger = Ledger(make() or studio)
    paid, cut, withdrawn = of_day("finance-one"), of_day("finance-two"), of_day("finance-two")
    for entry in (paid, cut, withdrawn, of_day("finance-three", channel="other"), of_day("finance-one", day=DAY.min)):
        ledger.reserve(entry, None, Decimal(1))
    ledger.write(paid.now("settled", Decimal("0.12")), paid)
    ledger.write(cut.now("doubtful", Decimal("0.30")), cut)
    ledger.withdraw(withdrawn)
    ledger.write(of_day("finance-one").now("saved", Decimal("0.25")))
    sums = ledger.day_sums("daily", DAY)
    assert (sums.settled, sums.doubtful, sums.reserved) == (Decimal("0.12"), Decimal("0.30"), Decimal(0))
    assert ledger.day_sums("daily", DAY + dt.timedelta(days=1)).committed == 0


def test_a_day_above_its_budget_is_refused_with_the_channel_and_leaves_nothing(ledger: Ledger) -> None:
    ledger.reserve(of_day("finance-one", "0.60"), Decimal(5), Decimal(1))
    with pytest.raises(OverBudget, match=r"\$0\.4000 is left of the budget of the channel daily for 2026-11-20"):
        ledger.reserve(of_day("finance-two", "0.41"), Decimal(5), Decimal(1))
    assert ledger.day_sums("daily", DAY).committed == Decimal("0.60")
    assert ledger.sums("finance-two").committed == 0
    ledger.reserve(of_day("finance-two", "0.41", day=DAY + dt.timedelta(days=1)), Decimal(5), Decimal(1))
    ledger.reserve(of_day("finance-two", "0"), Decimal(5), Decimal(0))


def _spend(root: str, number: int) -> int:
    """Promise and pay as long as there is something left of the day; how often that went well."""
    ledger, paid = Ledger(Studio(root=UPath(root), local=Path(root), inbox=Path(root))), 0
    for turn in range(12):
        entry = of_day(f"finance-{number}-{turn}", "0.07")
        try:
            ledger.reserve(entry, None, Decimal(1))
        except OverBudget:
            continue
        assert ledger.day_sums("daily", DAY).committed <= Decimal(1) + Decimal("0.07") * 8  # promises to be taken back
        ledger.write(entry.now("settled", Decimal("0.07")), entry)
        paid += 1
    return paid


def test_many_processes_and_threads_never_spend_more_than_the_day_allows(studio: Studio) -> None:
    with multiprocessing.get_context("fork").Pool(3) as pool, ThreadPoolExecutor(3) as threads:
        others = pool.starmap_async(_spend, [(str(studio.root), number) for number in range(3)])
        mine = list(threads.map(lambda number: _spend(str(studio.root), number), range(3, 6)))
        paid = sum(mine) + sum(others.get())
    committed = Ledger(studio).day_sums("daily", DAY).committed
    assert committed == Decimal("0.07") * paid <= 1
    assert committed > Decimal("0.5"), "nearly all of it can be spent"


@pytest.mark.parametrize("survives", range(4))
def test_a_payment_that_a_crash_cuts_off_never_lowers_the_day(studio: Studio, survives: int) -> None:
    """It is killed after so many of its writes; what the desk does next makes it right."""
    ledger, promised = Ledger(studio), of_day("finance-one")
    ledger.reserve(promised, None)
    paid = promised.now("settled", Decimal("0.12"))
    child = os.fork()
    if child == 0:
        real, done = {"put": objects.put, "remove": objects.remove}, 0

        def counted(name: str) -> Callable[..., None]:
            def work(*args: object) -> None:
                nonlocal done
                if done == survives:
                    os.kill(os.getpid(), signal.SIGKILL)
                done += 1
                real[name](*args)

            return work

        for name in real:
            setattr(ledgers.objects, name, counted(name))
        ledger.write(paid, promised)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert ledger.day_sums("daily", DAY).committed >= ledger.sums("finance-one").committed
    ledger.write(paid, promised)
    assert ledger.day_sums("daily", DAY).committed == ledger.sums("finance-one").committed == Decimal("0.12")


def test_days_that_are_over_can_be_forgotten(ledger: Ledger) -> None:
    for day in (DAY, DAY - dt.timedelta(days=40)):
        ledger.reserve(of_day("finance-one", day=day), None)
    ledger.forget_days(DAY - dt.timedelta(days=7))
    assert ledger.day_sums("daily", DAY).committed == Decimal("0.30")
    assert ledger.day_sums("daily", DAY - dt.timedelta(days=40)).committed == 0
    assert ledger.sums("finance-one").committed == Decimal("0.60")
