import asyncio
from decimal import Decimal

import pytest
from google.genai import types

from vidfactory.errors import Permanent, Transient
from vidfactory.providers import google_illustrator
from vidfactory.schema.base import Size
from vidfactory_tests.drawing.likeness import opened
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.makers import ILLUSTRATORS, kit_of
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import Refused
from vidfactory_tests.servers.pictures import picture

GOOGLE = ILLUSTRATORS["google"]


def config(
    services: FakeServices, width: int, height: int, *, backdrop: bool = False, **changes: object
) -> dict[str, object]:
    """What the service was told of the picture's shape."""
    illustrator = GOOGLE.module.provide(kit_of("google", GOOGLE, services, **changes))
    size = Size(width=width, height=height)
    work = illustrator.backdrop("A studio.", size, 1) if backdrop else illustrator.illustrate("", "A bull.", size, 1)
    asyncio.run(work)
    told: dict[str, object] = services.served[-1].content["generationConfig"]["imageConfig"]
    return told


@pytest.mark.parametrize(
    ("size", "aspect"),
    [((942, 662), "3:2"), ((1044, 382), "21:9"), ((540, 960), "9:16"), ((960, 540), "16:9"), ((500, 500), "1:1")],
)
def test_the_nearest_aspect_that_the_model_offers_is_asked_for(
    size: tuple[int, int], aspect: str, services: FakeServices
) -> None:
    assert config(services, *size)["aspectRatio"] == aspect


def test_the_smallest_size_is_asked_for_that_need_not_be_enlarged(services: FakeServices) -> None:
    assert config(services, 942, 662)["imageSize"] == "1K"
    assert config(services, 1500, 1000)["imageSize"] == "2K"


def test_a_backdrop_is_made_of_a_smaller_picture_because_it_is_soft(services: FakeServices) -> None:
    assert config(services, 1080, 1920)["imageSize"] == "2K"
    assert config(services, 1080, 1920, backdrop=True)["imageSize"] == "1K"


def test_a_model_that_takes_no_size_is_told_none(services: FakeServices) -> None:
    assert "imageSize" not in config(services, 942, 662, options={"image_sizes": ""})


def test_a_seed_fits_into_the_32_bits_with_a_sign_that_the_service_takes(services: FakeServices) -> None:
    illustrator = GOOGLE.module.provide(kit_of("google", GOOGLE, services))
    asyncio.run(illustrator.illustrate("", "A bull.", Size(width=300, height=200), 2**32 - 1))
    assert services.served[-1].content["generationConfig"]["seed"] == 2**31 - 1


def test_a_refusal_is_charged_with_what_was_read(services: FakeServices) -> None:
    services.next("google", Refused())
    with pytest.raises(Permanent, match="IMAGE_SAFETY") as caught:
        config(services, 300, 200)
    assert caught.value.charged == services.spent > 0


def test_an_own_price_for_an_image_goes_before_the_tokens(services: FakeServices) -> None:
    calls = Direct()
    kit = kit_of("google", GOOGLE, services, calls, prices={"image": Decimal("0.5")})
    made = asyncio.run(GOOGLE.module.provide(kit).illustrate("", "A bull.", Size(width=300, height=200), 1))
    assert made.made_by.cost_usd == calls.made[0].price == Decimal("0.5")


def test_a_model_whose_price_nobody_knows_is_not_asked(services: FakeServices) -> None:
    kit = kit_of("google", GOOGLE, services, models={"illustrator": "gemini-9-image"})
    with pytest.raises(Permanent, match=r"services\.google\.prices"):
        asyncio.run(GOOGLE.module.provide(kit).illustrate("", "A bull.", Size(width=300, height=200), 1))
    assert not services.served


def test_an_unknown_model_names_the_setting(services: FakeServices) -> None:
    free = {"image": Decimal(0)}
    kit = kit_of("google", GOOGLE, services, models={"illustrator": "gemini-9-image"}, prices=free)
    with pytest.raises(Permanent, match=r"services\.google\.models\.illustrator"):
        asyncio.run(GOOGLE.module.provide(kit).illustrate("", "A bull.", Size(width=300, height=200), 1))


def test_twelve_pictures_at_once_come_from_twelve_clients_without_a_warning(services: FakeServices) -> None:
    services.latency("google", 0.2)
    illustrator = GOOGLE.module.provide(kit_of("google", GOOGLE, services))

    async def all_at_once() -> list[bytes]:
        size = Size(width=300, height=200)
        made = await asyncio.gather(*(illustrator.illustrate("", f"Bull {n}.", size, n) for n in range(12)))
        return [each.png for each in made]

    pictures = asyncio.run(all_at_once())
    assert len(set(pictures)) == 12
    assert services.book.busiest("google") > 6
    assert opened(pictures[0]).size == (300, 200)


def test_an_answer_without_a_picture_is_asked_for_again_at_its_cost(services: FakeServices) -> None:
    response = types.GenerateContentResponse(
        candidates=[types.Candidate(finish_reason=types.FinishReason.NO_IMAGE)],
        usage_metadata=types.GenerateContentResponseUsageMetadata(prompt_token_count=1_000_000),
    )
    with pytest.raises(Transient, match="NO_IMAGE") as caught:
        asyncio.run(google_illustrator._answer(kit_of("google", GOOGLE, services), response, Decimal(1)))
    assert caught.value.charged == Decimal("0.25")


def test_a_picture_whose_tokens_were_not_counted_costs_the_most_that_it_may(services: FakeServices) -> None:
    kit, price = kit_of("google", GOOGLE, services), Decimal("0.2")
    part = types.Part(inline_data=types.Blob(data=picture("a bull", Size(width=64, height=64)), mime_type="image/png"))
    candidate = types.Candidate(content=types.Content(parts=[part]))
    uncounted = types.GenerateContentResponse(candidates=[candidate])
    assert asyncio.run(google_illustrator._answer(kit, uncounted, price)).cost == price
