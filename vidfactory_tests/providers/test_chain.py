"""Who serves when the first of a chain cannot."""

import asyncio
from decimal import Decimal

import pytest

from vidfactory.errors import BadInput, Exhausted, NotRemembered, OverBudget, Permanent, Transient
from vidfactory.ports import Answer, Assignment, Call, Calls, DrawnPicture
from vidfactory.providers.chain import IllustratorChain, Member
from vidfactory.schema.base import Credit, Size
from vidfactory.storage.call_desk import CallDesk, Patience
from vidfactory.storage.studio import Studio

SIZE = Size(width=8, height=8)
JOB = Assignment(video="finance-one", asset="illustrations", budget_usd=Decimal(1))


class Painter:
    """Draws through a service that does what its script says, else draws."""

    def __init__(self, name: str, calls: Calls, *script: Exception) -> None:
        self.name, self._calls, self._script = name, calls, list(script)
        self.asked = 0

    async def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:
        async def send(_: str) -> Answer:
            self.asked += 1
            if self._script:
                raise self._script.pop(0)
            return Answer({"by": self.name}, cost=Decimal("0.01"))

        answer = await self._calls.ask(Call(self.name, "picture", "m", {"prompt": prompt}, Decimal("0.01")), send)
        return DrawnPicture(b"png", Credit(provider=self.name, model="m", cost_usd=answer.cost))

    async def backdrop(self, prompt: str, size: Size, seed: int) -> DrawnPicture:
        return await self.illustrate("", prompt, size, seed)


@pytest.fixture
def calls(studio: Studio) -> Calls:
    return CallDesk(studio, patience=Patience(tries=2, first_wait_s=0.001, jitter_s=0)).on(JOB)


def chain_of(calls: Calls, *painters: Painter, house: frozenset[str] = frozenset()) -> IllustratorChain:
    return IllustratorChain(
        [Member(painter.name, lambda painter=painter: painter, painter.name not in house) for painter in painters],  # type: ignore[misc]
        calls,
    )


def draw(chain: IllustratorChain, prompt: str = "a bear") -> DrawnPicture:
    return asyncio.run(chain.illustrate("bear", prompt, SIZE, 1))


def test_the_next_serves_where_the_first_is_busy_and_the_reason_is_on_the_result(calls: Calls) -> None:
    first, second = Painter("first", calls, *[Transient("it is busy")] * 2), Painter("second", calls)
    made = draw(chain_of(calls, first, second))
    assert made.made_by.provider == "second"
    assert len(made.made_by.instead_of) == 1
    assert "it is busy" in made.made_by.instead_of[0]


@pytest.mark.parametrize("reason", [Permanent("the prompt is refused"), OverBudget("nothing is left")])
def test_a_request_that_cannot_succeed_stops_the_chain(calls: Calls, reason: Permanent) -> None:
    first, second = Painter("first", calls, reason), Painter("second", calls)
    with pytest.raises(Permanent, match=reason.what):
        draw(chain_of(calls, first, second))
    assert second.asked == 0


def test_what_the_second_answered_is_used_again_though_the_first_is_back(calls: Calls) -> None:
    first, second = Painter("first", calls, *[Transient("it is busy")] * 2), Painter("second", calls)
    chain = chain_of(calls, first, second)
    once, again = draw(chain), draw(chain)
    assert once.made_by.provider == again.made_by.provider == "second"
    assert (first.asked, second.asked) == (2, 1)


def test_an_answer_that_is_remembered_says_that_another_was_first(calls: Calls) -> None:
    first, second = Painter("first", calls, *[Transient("it is busy")] * 2), Painter("second", calls)
    chain = chain_of(calls, first, second)
    draw(chain)
    assert draw(chain).made_by.instead_of == ("first: no answer of it is remembered, as one of the next is",)


def test_what_the_second_cannot_do_does_not_keep_the_first_from_it(calls: Calls) -> None:
    class Speechless(Painter):
        async def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:
            raise BadInput("it does not draw that")

    made = draw(chain_of(calls, Painter("first", calls), Speechless("second", calls)))
    assert made.made_by.provider == "first"


def test_the_house_behind_a_service_does_not_go_before_it(calls: Calls) -> None:
    service, house = Painter("service", calls), Painter("house", calls)
    assert draw(chain_of(calls, service, house, house=frozenset({"house"}))).made_by.provider == "service"


def test_where_nobody_can_all_reasons_are_given(calls: Calls) -> None:
    chain = chain_of(
        calls, Painter("first", calls, *[Transient("busy")] * 2), Painter("second", calls, *[Transient("asleep")] * 2)
    )
    with pytest.raises(Exhausted, match=r"busy.*asleep"):
        draw(chain)


def test_a_chain_of_one_asks_it_once_without_looking_back(calls: Calls) -> None:
    painter = Painter("only", calls)
    assert draw(chain_of(calls, painter)).made_by.instead_of == ()
    with pytest.raises(NotRemembered), calls.remembered_only():
        draw(chain_of(calls, painter), "a bull")
    assert painter.asked == 1
