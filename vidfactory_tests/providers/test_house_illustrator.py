import asyncio
from decimal import Decimal

import numpy as np

from vidfactory.drawing.illustration import draw_illustration
from vidfactory.ports import Illustrator
from vidfactory.providers.house_illustrator import HouseIllustrator
from vidfactory.schema.base import Size
from vidfactory_tests.drawing.likeness import opened

SIZE = Size(width=222, height=156)


def test_house_illustrator_serves_the_port_at_no_cost() -> None:
    illustrator: Illustrator = HouseIllustrator()
    made = asyncio.run(illustrator.illustrate("bull", "a whole prompt for an image model", SIZE, 1))
    assert made.png == draw_illustration("bull", SIZE, 1)
    assert (made.made_by.provider, made.made_by.model, made.made_by.cost_usd) == ("house", "ink-1", Decimal(0))


def test_prompt_changes_nothing_in_a_house_drawing() -> None:
    first, second = (
        asyncio.run(HouseIllustrator().illustrate("door", prompt, SIZE, 1)) for prompt in ("one", "another")
    )
    assert first == second


def test_backdrop_has_the_frame_s_size() -> None:
    made = asyncio.run(HouseIllustrator().backdrop("a quiet studio", Size(width=270, height=480), 1))
    assert opened(made.png).size == (270, 480)


def test_pictures_are_printed_in_the_colours_that_were_chosen() -> None:
    made = asyncio.run(HouseIllustrator(ink="#0000ff", paper="#ffffff").illustrate("clock", "", SIZE, 1))
    pixels = np.asarray(opened(made.png).convert("RGB"))
    assert (pixels[..., 2] == 255).all()
    assert pixels[..., 0].min() == 0
    assert pixels[..., 0].max() == 255
