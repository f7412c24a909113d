import asyncio

import pytest

from vidfactory.errors import BadInput, JobFailed, Permanent, Transient
from vidfactory.providers.runway_animator import clip_fault
from vidfactory.schema.base import Size
from vidfactory_tests.providers.conformance.test_animator import still
from vidfactory_tests.providers.makers import ANIMATORS, kit_of
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import JobFails, Refused, Truncated
from vidfactory_tests.servers.pictures import film

RUNWAY = ANIMATORS["runway"]
STILL = still(72, 128)


def animate(services: FakeServices, motion: str = "Slowly in.", seconds: int = 2, **changes: object) -> bytes:
    kit = kit_of("runway", RUNWAY, services, **changes)
    mp4: bytes = asyncio.run(RUNWAY.module.provide(kit).animate(STILL, motion, seconds, 2**32 - 1)).mp4
    return mp4


def test_the_nearest_ratio_and_the_next_length_are_ordered(services: FakeServices) -> None:
    animate(services, seconds=1)
    told = services.of("runway", "order")[0].content
    assert (told["ratio"], told["duration"], told["seed"]) == ("720:1280", 2, 2**32 - 1)


def test_what_another_model_offers_is_a_setting(services: FakeServices) -> None:
    animate(services, seconds=2, options={"ratios": "960:960", "seconds": "3"})
    told = services.of("runway", "order")[0].content
    assert (told["ratio"], told["duration"]) == ("960:960", 3)


def test_words_that_are_too_long_are_refused_before_anything_is_sent(services: FakeServices) -> None:
    with pytest.raises(BadInput, match="1000"):
        animate(services, motion="🎥" * 501)
    assert not services.served


@pytest.mark.parametrize("fault", [JobFails(billed=True), JobFails(billed=False)], ids=repr)
def test_a_task_that_fails_may_be_ordered_anew_and_says_what_it_cost(fault: JobFails, services: FakeServices) -> None:
    services.next("runway", fault, operation="order")
    with pytest.raises(JobFailed, match=r"INTERNAL\.BAD_OUTPUT") as caught:
        animate(services)
    assert caught.value.charged == services.spent
    assert bool(services.spent) == fault.billed


def test_refused_content_is_permanent(services: FakeServices) -> None:
    services.next("runway", Refused(), operation="order")
    with pytest.raises(Permanent, match=r"SAFETY\.INPUT\.TEXT"):
        animate(services)


def test_a_clip_that_does_not_arrive_whole_is_no_failure_of_the_task(services: FakeServices) -> None:
    services.next("runway", Truncated(), operation="download")
    with pytest.raises(Transient) as caught:
        animate(services)
    assert not isinstance(caught.value, JobFailed)
    assert caught.value.charged == 0


def test_a_whole_clip_has_no_fault_and_others_are_named() -> None:
    clip = film("a clip", Size(width=128, height=72), 2)
    assert not clip_fault(clip, 2)
    assert "breaks off after 2.0 s of 5 s" in clip_fault(clip, 5)
    assert "cannot be decoded" in clip_fault(clip[: len(clip) // 2], 2)
    assert "cannot be decoded" in clip_fault(b"no clip", 2)
