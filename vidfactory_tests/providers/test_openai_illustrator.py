import asyncio
import base64
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Image, ImagesResponse

from vidfactory.providers import openai_illustrator
from vidfactory.providers.openai_illustrator import LONGEST_SIDE, STEP, free_size
from vidfactory.providers.picture_check import MAX_ENLARGEMENT, kept_share
from vidfactory.schema.base import Size
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.makers import ILLUSTRATORS, kit_of
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.pictures import picture

OPENAI = ILLUSTRATORS["openai"]


def asked(services: FakeServices, width: int, height: int, **changes: object) -> dict[str, object]:
    kit = kit_of("openai", OPENAI, services, **changes)
    asyncio.run(OPENAI.module.provide(kit).illustrate("", "A bull.", Size(width=width, height=height), 1))
    told: dict[str, object] = services.served[-1].content
    return told


@given(st.integers(100, 3840), st.integers(100, 3840))
def test_a_free_size_is_one_that_the_model_draws_and_that_serves(width: int, height: int) -> None:
    size = Size(width=width, height=height)
    drawn = free_size(size)
    assert drawn.width % STEP == drawn.height % STEP == 0
    assert drawn.width <= 3 * drawn.height
    assert drawn.height <= 3 * drawn.width
    assert max(drawn.width, drawn.height) <= LONGEST_SIDE
    if max(width, height) <= 2.5 * min(width, height) and width * height <= 3840 * 2160:
        assert 655_360 <= drawn.width * drawn.height <= 8_294_400
        assert kept_share(drawn, size) > 0.95
        assert max(width / drawn.width, height / drawn.height) <= MAX_ENLARGEMENT


def test_a_model_that_draws_in_any_size_is_asked_for_the_size_that_is_needed(services: FakeServices) -> None:
    assert asked(services, 1080, 1920)["size"] == "1088x1920"


def test_a_model_with_fixed_sizes_is_asked_for_the_nearest(services: FakeServices) -> None:
    told = asked(
        services,
        942,
        662,
        models={"illustrator": "gpt-image-1.5"},
        options={"image_sizes": "1024x1024,1536x1024,1024x1536", "quality": "low"},
    )
    assert (told["size"], told["quality"]) == ("1536x1024", "low")


def test_the_idempotency_key_goes_with_the_request(services: FakeServices) -> None:
    asked(services, 300, 200)
    assert services.served[-1].idempotency_key == "key-1"


def test_a_prompt_is_the_same_question_for_every_video_and_no_seed_is_sent(services: FakeServices) -> None:
    calls = Direct()
    illustrator = OPENAI.module.provide(kit_of("openai", OPENAI, services, calls))
    for seed in (1, 2):
        asyncio.run(illustrator.illustrate("", "A bull.", Size(width=300, height=200), seed))
    assert calls.made[0] == calls.made[1]
    assert "seed" not in services.served[0].content


@pytest.mark.parametrize("quality", ["low", "medium", "high"])
def test_the_promise_holds_for_every_quality(quality: str, services: FakeServices) -> None:
    calls = Direct()
    kit = kit_of("openai", OPENAI, services, calls, options={"quality": quality})
    made = asyncio.run(OPENAI.module.provide(kit).illustrate("", "A bull.", Size(width=942, height=662), 1))
    assert calls.made[0].price >= made.made_by.cost_usd == services.spent


def test_a_picture_whose_tokens_were_not_counted_costs_the_most_that_it_may(services: FakeServices) -> None:
    kit, drawn = kit_of("openai", OPENAI, services), picture("a bull", Size(width=64, height=64))
    image = Image(b64_json=base64.b64encode(drawn).decode())
    answer = asyncio.run(openai_illustrator._answer(kit, ImagesResponse(created=1, data=[image]), Decimal("0.2")))
    assert (answer.body, answer.cost) == (drawn, Decimal("0.2"))
