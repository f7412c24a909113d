"""What was spent is summed by component, channel and day, and held against the quote."""

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from vidfactory.accounts import by_channel_and_day, compared, total
from vidfactory.ports import Assignment, Call
from vidfactory.schema.quote import Quote, QuoteLine
from vidfactory.storage.ledger import Entry, State

CALL = Call("painter", "picture", "m1", {})
STATES = st.sampled_from(("settled", "doubtful", "reserved", "saved"))
ENTRIES = st.lists(
    st.tuples(st.sampled_from(("narration", "illustrations", "backdrop")), STATES, st.integers(0, 9999)), max_size=20
)


def entry(asset: str, state: State, cents: int, channel: str = "", day: int = 1, **units: int) -> Entry:
    assignment = Assignment(video="finance-a", asset=asset, channel=channel)
    made = Entry.of(assignment, CALL, "key", state, Decimal(cents) / 100)
    return made.model_copy(update={"at": dt.datetime(2026, 11, day, 23, 59, tzinfo=dt.UTC), "units": units})


def line(component: str, usd: str | None) -> QuoteLine:
    return QuoteLine(component=component, port="writer", provider="p", usd=None if usd is None else Decimal(usd))


def quote(*lines: QuoteLine) -> Quote:
    return Quote(video="finance-a", profile="cloud", basis="order", at=dt.datetime.now(tz=dt.UTC), lines=lines)


@given(ENTRIES)
def test_nothing_is_lost_between_the_components_and_the_sum(rows: list[tuple[str, State, int]]) -> None:
    entries = [entry(asset, state, cents) for asset, state, cents in rows]
    parts, whole = compared(quote(line("narration", "1")), entries), total(entries)
    for state in ("settled", "doubtful", "reserved", "saved"):
        assert sum((getattr(row.sum, state) for row in parts), Decimal(0)) == getattr(whole, state)
    assert whole.calls + whole.remembered == len(rows)
    assert whole.committed == sum((each.usd for each in entries if each.state != "saved"), Decimal(0))


def test_components_come_in_the_order_of_the_quote_and_what_was_not_quoted_behind() -> None:
    rows = compared(quote(line("narration", "1"), line("backdrop", None)), [entry("soundtrack", "settled", 5)])
    assert [(row.component, row.quoted, row.sum.settled) for row in rows] == [
        ("narration", Decimal(1), 0),
        ("backdrop", None, 0),
        ("soundtrack", None, Decimal("0.05")),
    ]


def test_units_of_remembered_answers_were_not_bought() -> None:
    whole = total([entry("narration", "settled", 5, characters=900), entry("narration", "saved", 5, characters=900)])
    assert (whole.units, whole.saved) == ({"characters": 900}, Decimal("0.05"))


def test_money_is_summed_by_channel_and_day() -> None:
    entries = [
        entry("a", "settled", 1, "news", 2),
        entry("b", "doubtful", 2, "news", 2),
        entry("a", "settled", 4, "", 3),
    ]
    assert [(place, each.committed) for place, each in by_channel_and_day(entries).items()] == [
        (("", "2026-11-03"), Decimal("0.04")),
        (("news", "2026-11-02"), Decimal("0.03")),
    ]
