"""What every animator keeps to."""

import asyncio
import io

import av
import numpy as np
import pytest
from PIL import Image

from vidfactory.errors import BadInput
from vidfactory.ports import AnimatedClip, Animator
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.makers import ANIMATORS, kit_of
from vidfactory_tests.servers import FakeServices

every_animator = pytest.mark.parametrize("name", ANIMATORS)


def still(width: int, height: int, *, noisy: bool = False) -> bytes:
    """A PNG; a noisy one is as large as a PNG of its size can be."""
    pixels = np.random.default_rng(1).integers(0, 255 if noisy else 2, (height, width, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def animated(
    name: str, services: FakeServices, png: bytes, seconds: int = 2, calls: Direct | None = None
) -> AnimatedClip:
    known = ANIMATORS[name]
    animator: Animator = known.module.provide(kit_of(name, known, services, calls))
    return asyncio.run(animator.animate(png, "The camera moves slowly in.", seconds, 5))


@every_animator
@pytest.mark.parametrize(("width", "height"), [(216, 384), (384, 216), (256, 256)])
def test_a_clip_is_an_mp4_of_the_still_s_orientation(
    name: str, width: int, height: int, services: FakeServices
) -> None:
    made = animated(name, services, still(width, height))
    with av.open(io.BytesIO(made.mp4)) as container:
        stream = container.streams.video[0]
        assert (stream.width > stream.height) == (width > height)
        assert (stream.width < stream.height) == (width < height)
        assert stream.frames / stream.average_rate >= 2


@every_animator
def test_a_clip_is_credited_with_what_was_billed(name: str, services: FakeServices) -> None:
    calls = Direct()
    made = animated(name, services, still(256, 256), calls=calls)
    assert made.made_by.provider == name
    assert made.made_by.cost_usd == services.spent > 0
    assert sum(call.price for call in calls.made) >= services.spent


@every_animator
def test_the_question_holds_the_still_by_its_hash_only(name: str, services: FakeServices) -> None:
    calls = Direct()
    animated(name, services, still(256, 256), calls=calls)
    assert len(str(calls.made[0].request)) < 1000


@every_animator
def test_a_large_still_is_made_small_enough_to_be_sent(name: str, services: FakeServices) -> None:
    assert animated(name, services, still(1300, 1300, noisy=True)).mp4
    order = next(entry for entry in services.served if entry.operation == ANIMATORS[name].operation)
    assert len(str(order.content)) < 5_100_000


@every_animator
def test_a_still_that_is_no_picture_is_refused_before_anything_is_sent(name: str, services: FakeServices) -> None:
    with pytest.raises(BadInput, match="still"):
        animated(name, services, b"no picture")
    assert not services.served
