"""What every composer keeps to, the embedded one and those of services."""

import asyncio

import numpy as np
import pytest

from vidfactory.errors import BadInput
from vidfactory.ports import ComposedEffect, Composer
from vidfactory.rendering.meter import measure
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.makers import COMPOSERS, kit_of
from vidfactory_tests.servers import FakeServices

every_composer = pytest.mark.parametrize("name", COMPOSERS)


def composer(name: str, services: FakeServices, calls: Direct | None = None) -> Composer:
    known = COMPOSERS[name]
    made: Composer = known.module.provide(kit_of(name, known, services, calls))
    return made


def effect(name: str, services: FakeServices, description: str = "a whoosh", seconds: float = 2.0) -> ComposedEffect:
    return asyncio.run(composer(name, services).effect(description, seconds, 1))


@every_composer
def test_a_loop_is_long_and_loud_enough_has_no_seam_and_is_credited_with_what_was_billed(
    name: str, services: FakeServices
) -> None:
    calls = Direct()
    made = asyncio.run(composer(name, services, calls).loop("tense", 7))
    assert made.made_by.provider == name
    assert made.made_by.cost_usd == services.spent == sum(call.price for call in calls.made)
    sound = made.sound
    assert sound.rate == SAMPLE_RATE
    assert sound.samples.shape[0] == 2
    assert 10 <= sound.samples.shape[1] / sound.rate <= 60
    loudness = measure(sound)
    assert -20 <= loudness.integrated_lufs <= -13
    assert loudness.true_peak_dbtp < -0.5
    seam = np.abs(np.diff(np.concatenate([sound.samples[:, -480:], sound.samples[:, :480]], axis=1), 2))
    assert seam[:, 470:490].max() <= np.percentile(np.abs(np.diff(sound.samples, 2)), 99.9)


@every_composer
def test_an_unknown_mood_is_refused_with_those_that_are_known(name: str, services: FakeServices) -> None:
    with pytest.raises(BadInput, match=r"'angry'.*bright"):
        asyncio.run(composer(name, services).loop("angry", 1))
    assert not services.served


@every_composer
@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0])
def test_an_effect_lasts_about_as_long_as_asked_and_is_heard(name: str, seconds: float, services: FakeServices) -> None:
    made = effect(name, services, seconds=seconds)
    assert made.sound.rate == SAMPLE_RATE
    assert made.sound.samples.shape[0] == 2
    assert made.sound.samples.shape[1] / SAMPLE_RATE == pytest.approx(seconds, abs=0.1)
    assert 0.1 < np.abs(made.sound.samples).max() <= 1.0
    assert made.made_by.provider == name
    assert made.made_by.cost_usd == services.spent


@every_composer
def test_the_same_wish_gives_the_same_effect(name: str, services: FakeServices) -> None:
    assert np.array_equal(effect(name, services).sound.samples, effect(name, services).sound.samples)
