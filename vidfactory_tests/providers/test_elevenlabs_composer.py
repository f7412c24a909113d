import asyncio
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.ports import Sound
from vidfactory.providers.elevenlabs_composer import MOODS, _loop_of, looped
from vidfactory.providers.house_composer import MOODS as HOUSE_MOODS
from vidfactory.rendering.audio import encode_mp3
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.makers import COMPOSERS, kit_of
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import Status

ELEVENLABS = COMPOSERS["elevenlabs"]


@given(st.integers(20, 400), st.data())
def test_a_loop_ends_where_its_first_sample_came_from(length: int, data: st.DataObject) -> None:
    fade = data.draw(st.integers(1, length // 2))
    samples = np.arange(1, 2 * length + 1, dtype=np.float32).reshape(2, length)
    loop = looped(samples, fade)
    assert loop.shape == (2, length - fade)
    assert np.array_equal(loop[:, 0], samples[:, length - fade])
    if 2 * fade < length:
        assert np.array_equal(loop[:, -1], samples[:, length - fade - 1])
    assert np.array_equal(loop[:, fade:], samples[:, fade : length - fade])


def test_a_fade_keeps_the_loudness_of_sounds_that_have_nothing_in_common() -> None:
    noise = np.random.default_rng(1).standard_normal((1, 40_000)).astype(np.float32)
    loop = looped(noise, 10_000)
    assert np.std(loop[:, :10_000]) == pytest.approx(np.std(noise), rel=0.03)


def test_the_moods_are_those_of_the_house() -> None:
    assert MOODS.keys() == HOUSE_MOODS.keys()


def test_seeds_choose_among_a_few_pieces_so_that_videos_share_them(services: FakeServices) -> None:
    services.next("elevenlabs", Status(500), Status(500))
    calls = Direct()
    composer = ELEVENLABS.module.provide(kit_of("elevenlabs", ELEVENLABS, services, calls))
    for seed in (1, 1 + len(MOODS["calm"])):
        with pytest.raises(Transient):
            asyncio.run(composer.loop("calm", seed))
    assert calls.made[0].request == calls.made[1].request
    assert services.of("elevenlabs", "music")[0].content["force_instrumental"] is True


def test_sound_that_is_too_short_or_silent_is_no_loop(tmp_path: Path) -> None:
    for samples in (np.zeros((1, 48_000 * 15)), np.sin(np.arange(48_000 * 5) / 20)[np.newaxis]):
        encode_mp3(tmp_path / "music.mp3", Sound(samples.astype(np.float32), SAMPLE_RATE))
        with pytest.raises(BadInput, match="lasts only"):
            _loop_of((tmp_path / "music.mp3").read_bytes())


def test_without_a_model_for_effects_the_setting_is_named(services: FakeServices) -> None:
    kit = kit_of("elevenlabs", ELEVENLABS, services, models={"composer": "music_v2"})
    with pytest.raises(Permanent, match=r"services\.elevenlabs\.models\.effects"):
        asyncio.run(ELEVENLABS.module.provide(kit).effect("a whoosh", 1.0, 1))
    assert not services.served
