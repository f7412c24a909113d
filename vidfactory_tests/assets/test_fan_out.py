import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from vidfactory.assets.fan_out import side_by_side
from vidfactory.errors import Exhausted, OverBudget, Permanent

LOG = logging.getLogger("vidfactory.tests")


async def after(steps: int, name: str) -> str:
    for _ in range(steps):
        await asyncio.sleep(0)
    return name


async def failing(error: Exception) -> str:
    raise error


def run(work: Callable[[], dict[str, Awaitable[str]]]) -> dict[str, str]:
    async def all_of_it() -> dict[str, str]:
        return await side_by_side(work(), "pictures", LOG)

    return asyncio.run(all_of_it())


def test_pieces_come_in_the_order_in_which_they_were_asked_for() -> None:
    made = run(lambda: {"first": after(5, "1"), "second": after(0, "2")})
    assert list(made.items()) == [("first", "1"), ("second", "2")]


def test_no_work_is_no_piece() -> None:
    assert run(dict) == {}


def test_each_finished_piece_is_told_as_it_is_finished(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOG.name)
    run(lambda: {"slow": after(5, "1"), "quick": after(0, "2")})
    assert caplog.messages == ["1 of 2 pictures are there: quick", "2 of 2 pictures are there: slow"]


def test_one_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOG.name)
    with pytest.raises(Exhausted, match=r"1 of 3 pictures failed \(b: every try was used up\)\. The others are kept"):
        run(
            lambda: {
                "a": after(9, "a"),
                "b": failing(Exhausted("every try was used up")),
                "c": after(9, "c"),
            }
        )
    assert "2 of 3 pictures are there: c" in caplog.messages
    assert any("b of the pictures failed" in message for message in caplog.messages)


@pytest.mark.parametrize("kind", [Permanent, OverBudget, Exhausted])
def test_what_is_raised_names_every_piece_and_is_of_their_kind(kind: type[Permanent | Exhausted]) -> None:
    with pytest.raises(kind, match=r"2 of 2 pictures failed \(a: one; b: two\)") as caught:
        run(lambda: {"a": failing(kind("one")), "b": failing(kind("two"))})
    assert type(caught.value) is kind


def test_a_reason_that_many_share_is_told_once() -> None:
    errors = {"a": OverBudget("$0.05 is left"), "b": OverBudget("$0.0122 is left"), "c": OverBudget("it was refused")}
    with pytest.raises(OverBudget, match=r"3 of 3 pictures failed \(a, b: \$0\.05 is left; c: it was refused\)"):
        run(lambda: {name: failing(error) for name, error in errors.items()})


def test_a_fault_of_the_program_is_raised_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        run(lambda: {"a": failing(Permanent("one")), "b": failing(ZeroDivisionError())})


def test_a_run_that_is_ended_ends_the_pieces() -> None:
    ended: list[str] = []

    async def endless(name: str) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)
        return name

    async def ended_run() -> None:
        await asyncio.wait_for(side_by_side({"a": endless("a"), "b": endless("b")}, "pictures", LOG), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(ended_run())
    assert sorted(ended) == ["a", "b"]
