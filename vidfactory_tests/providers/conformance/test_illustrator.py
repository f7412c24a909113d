"""What every illustrator keeps to, the embedded one and those of services."""

import asyncio

import pytest

from vidfactory.ports import DrawnPicture, Illustrator
from vidfactory.providers.picture_check import Need, check_picture
from vidfactory.schema.base import Size
from vidfactory_tests.drawing.likeness import opened
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.makers import ILLUSTRATORS, kit_of
from vidfactory_tests.servers import FakeServices

PANELS = {"vertical": (942, 662), "square": (1044, 382)}
FRAMES = {"vertical": (540, 960), "wide": (960, 540), "square": (540, 540)}
every_illustrator = pytest.mark.parametrize("name", ILLUSTRATORS)


def illustrator(name: str, services: FakeServices, calls: Direct | None = None) -> Illustrator:
    known = ILLUSTRATORS[name]
    made: Illustrator = known.module.provide(kit_of(name, known, services, calls))
    return made


def illustrated(
    name: str, services: FakeServices, size: Size, seed: int = 1, calls: Direct | None = None
) -> DrawnPicture:
    return asyncio.run(illustrator(name, services, calls).illustrate("bull", "A bull, in ink.", size, seed))


@every_illustrator
@pytest.mark.parametrize("panel", PANELS)
def test_an_illustration_has_exactly_the_size_of_the_panel_and_passes_the_checks(
    name: str, panel: str, services: FakeServices
) -> None:
    size = Size(width=PANELS[panel][0], height=PANELS[panel][1])
    made = illustrated(name, services, size)
    assert opened(made.png).size == PANELS[panel]
    assert opened(made.png).format == "PNG"
    assert check_picture(made.png, Need(size, size))


@every_illustrator
@pytest.mark.parametrize("frame", FRAMES)
def test_a_backdrop_has_exactly_the_size_of_the_frame(name: str, frame: str, services: FakeServices) -> None:
    width, height = FRAMES[frame]
    size = Size(width=width, height=height)
    made = asyncio.run(illustrator(name, services).backdrop("A quiet studio.", size, 1))
    assert opened(made.png).size == FRAMES[frame]


@every_illustrator
def test_the_same_wish_gives_the_same_picture_and_the_same_questions(name: str, services: FakeServices) -> None:
    size, first, second = Size(width=300, height=200), Direct(), Direct()
    assert illustrated(name, services, size, 3, first) == illustrated(name, services, size, 3, second)
    assert first.made == second.made


@every_illustrator
def test_the_largest_seed_is_taken(name: str, services: FakeServices) -> None:
    assert illustrated(name, services, Size(width=300, height=200), 2**32 - 1).png


@every_illustrator
def test_the_credit_names_provider_and_model_and_holds_what_was_billed(name: str, services: FakeServices) -> None:
    made = illustrated(name, services, Size(width=300, height=200))
    assert made.made_by.provider == name
    assert made.made_by.model == ILLUSTRATORS[name].models.get("illustrator", "ink-1")
    assert made.made_by.cost_usd == services.spent
    assert (made.made_by.cost_usd > 0) == (name != "house")


@every_illustrator
def test_a_call_promises_at_least_what_it_costs(name: str, services: FakeServices) -> None:
    calls = Direct()
    made = illustrated(name, services, Size(width=471, height=331), calls=calls)
    assert sum(call.price for call in calls.made) >= made.made_by.cost_usd


@every_illustrator
def test_a_backdrop_asks_the_same_question_for_every_video(name: str, services: FakeServices) -> None:
    calls = Direct()
    draws = illustrator(name, services, calls)
    for seed in (1, 2):
        asyncio.run(draws.backdrop("A quiet studio.", Size(width=270, height=480), seed))
    assert len({str(call.request) for call in calls.made}) == (0 if name == "house" else 1)
