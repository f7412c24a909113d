import gzip
import json
import tomllib
from pathlib import Path
from typing import get_args

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.audio import speech_create_params

from vidfactory.errors import BadInput
from vidfactory.providers.piper_voices import known_voices
from vidfactory.providers.tariff import tariff
from vidfactory.providers.voices import (
    VOICES_FILE,
    elevenlabs_model,
    own_voice,
    profiles,
    spoken_language,
    voice_profile,
)

every_profile = pytest.mark.parametrize("name", profiles())


def test_the_four_profiles_are_there_and_the_house_is_the_default() -> None:
    assert list(profiles()) == ["house", "energetic-gamer", "calm-educator", "friendly-lifestyle"]
    assert voice_profile("") is voice_profile("house")


def test_the_profiles_hold_the_figures_that_were_asked_for() -> None:
    gamer, educator, friend = (voice_profile(name) for name in list(profiles())[1:])
    assert (gamer.stability, gamer.similarity, gamer.style, gamer.rate) == (0.75, 0.85, 1.0, 1.15)
    assert educator.rate == 0.95
    assert (friend.stability, friend.similarity, friend.style) == (0.85, 0.75, 0.7)


def test_an_unknown_profile_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(BadInput, match=r"'baritone'.*house, energetic-gamer, calm-educator"):
        voice_profile("baritone")


@every_profile
def test_each_provider_has_a_voice_for_the_same_languages(name: str) -> None:
    profile = voice_profile(name)
    languages = list(voice_profile("house").google)
    assert all(list(voices) == languages for voices in (profile.google, profile.azure, profile.polly, profile.piper))


@every_profile
def test_voices_that_name_a_language_stand_under_it(name: str) -> None:
    profile = voice_profile(name)
    for voices in (profile.google, profile.azure, profile.piper):
        assert all(own_voice(voice, {}) == {tag: voice} for tag, voice in voices.items())


@every_profile
def test_voices_are_those_that_the_sdks_know(name: str) -> None:
    profile = voice_profile(name)
    known = [each for part in get_args(speech_create_params.Voice) for each in get_args(part)]
    assert profile.openai.voice in known
    assert set(profile.polly.values()) <= set(_polly_voices())
    assert set(profile.piper.values()) <= set(known_voices())
    assert len(profile.elevenlabs) == 20


def _polly_voices() -> list[str]:
    model = Path(botocore.__file__).parent / "data" / "polly" / "2016-06-10" / "service-2.json.gz"
    voices: list[str] = json.loads(gzip.decompress(model.read_bytes()))["shapes"]["VoiceId"]["enum"]
    return voices


@pytest.mark.parametrize(
    ("wanted", "found"), [("en", "en-US"), ("EN_gb", "en-GB"), ("en-AU", "en-US"), ("de", "de-DE")]
)
def test_the_first_voice_of_a_language_serves_all_its_countries(wanted: str, found: str) -> None:
    assert spoken_language(wanted, ("en-US", "en-GB", "de-DE"), "it") == found


@given(st.text(max_size=12))
def test_any_text_is_a_language_that_is_spoken_or_refused(language: str) -> None:
    spoken = ("en-US", "de-DE")
    try:
        found = spoken_language(language, spoken, "it")
    except BadInput as refused:
        assert repr(language) in str(refused)  # noqa: PT017 - either outcome is right
    else:
        assert found.partition("-")[0] == language.lower().replace("_", "-").partition("-")[0]


def test_a_voice_of_ones_own_tells_its_language() -> None:
    assert own_voice("de_AT-mine-high", {}) == {"de-AT": "de_AT-mine-high"}
    assert own_voice("", {"en-US": "x"}) == {"en-US": "x"}
    with pytest.raises(BadInput, match="does not tell its language"):
        own_voice("Mine", {})


def test_an_unknown_model_is_asked_for_the_least_that_any_takes() -> None:
    model = elevenlabs_model("eleven_v99")
    assert (model.settings, model.stitches, model.takes_language, model.languages) == ((), False, False, ())
    known = list(tomllib.loads(VOICES_FILE.read_text(encoding="utf-8"))["elevenlabs"])
    assert model.limit <= min(elevenlabs_model(name).limit for name in known)
    assert {(row.service, row.model) for row in tariff()} >= {("elevenlabs", name) for name in known}
