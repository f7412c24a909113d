from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from vidfactory.errors import BadInput, OverBudget, Permanent
from vidfactory.ports import Answer, Call
from vidfactory.providers.elevenlabs_narrator import HEARD, word_times
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.narrators import NARRATORS, SCRIPT, SHORT, kit_of, spoken
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import Refused

NAME = "elevenlabs"
LONG = tuple(tuple(f"Sentence {number} of nine words goes on and on.".split()) for number in range(12))


def sent(services: FakeServices) -> list[dict[str, object]]:
    return [entry.content for entry in services.of(NAME, "speech")]


def test_a_script_within_the_limit_is_one_request(services: FakeServices, tmp_path: Path) -> None:
    spoken(NAME, services, tmp_path)
    (content,) = sent(services)
    assert content["text"] == "\n\n".join(" ".join(paragraph) for paragraph in SCRIPT)
    assert not {"previous_text", "next_text", "language_code"} & content.keys()


def test_a_long_script_is_cut_and_each_part_hears_what_stands_around_it(services: FakeServices, tmp_path: Path) -> None:
    calls = Direct()
    speech = spoken(NAME, services, tmp_path, calls, LONG, options={"characters": 230, "format": "pcm_16000"})
    requests = [call.request for call in calls.made]
    assert len(sent(services)) == len(requests) == 3
    assert all(len(str(request["text"])) <= 230 for request in requests)
    assert ["previous_text" in request for request in requests] == [False, True, True]
    assert ["next_text" in request for request in requests] == [True, True, False]
    assert str(requests[1]["previous_text"]) == str(requests[0]["text"])[-HEARD:]
    assert str(requests[1]["next_text"]) == str(requests[2]["text"])[:HEARD]
    assert [word.index for word in speech.words] == list(range(sum(map(len, LONG))))
    gaps = [b.start_s - a.end_s for a, b in pairwise(speech.words)]
    assert [index + 1 for index, gap in enumerate(gaps) if gap > 0.5] == [9 * part for part in range(1, len(LONG))]
    assert speech.made_by.cost_usd == services.spent > 0


def test_a_model_that_hears_nothing_around_a_part_is_not_told(services: FakeServices, tmp_path: Path) -> None:
    spoken("elevenlabs v3", services, tmp_path, script=LONG, options={"characters": 230, "format": "pcm_16000"})
    assert len(sent(services)) == 3
    assert all("previous_text" not in content and content["language_code"] == "en" for content in sent(services))


class Refusing(Direct):
    """Notes the calls and makes none."""

    async def ask(self, call: Call, send: Callable[[str], Awaitable[Answer]]) -> Answer:
        self.made.append(call)
        raise OverBudget("no money", where="test")


def test_no_request_is_longer_than_the_model_takes(services: FakeServices, tmp_path: Path) -> None:
    calls = Refusing()
    with pytest.raises(OverBudget):
        spoken("elevenlabs v3", services, tmp_path, calls, LONG * 24, options={"characters": 50_000})
    assert [len(str(call.request["text"])) <= 5000 for call in calls.made] == [True, True, True]


def test_each_model_gets_the_settings_that_it_knows(services: FakeServices, tmp_path: Path) -> None:
    for name in ("elevenlabs", "elevenlabs flash", "elevenlabs v3"):
        spoken(name, services, tmp_path, script=SHORT)
    full, flash, third = (content["voice_settings"] for content in sent(services))
    assert full == {"stability": 0.5, "similarity_boost": 0.75, "style": 0.0, "speed": 1.0}
    assert flash == {"stability": 0.5, "similarity_boost": 0.75, "speed": 1.0}
    assert third == {"stability": 0.5}


def test_fast_models_cost_what_a_character_costs_though_they_count_half_of_them(
    services: FakeServices, tmp_path: Path
) -> None:
    calls = Direct()
    speech = spoken("elevenlabs flash", services, tmp_path, calls)
    characters = len(str(calls.made[0].request["text"]))
    assert speech.made_by.cost_usd == characters * Decimal("0.00015") == services.spent


def test_the_settings_price_goes_before_the_tariff(services: FakeServices, tmp_path: Path) -> None:
    speech = spoken(NAME, services, tmp_path, script=SHORT, prices={"character": Decimal("0.001")})
    assert speech.made_by.cost_usd == Decimal("0.001") * len("Hello there.\n\nBye.")


@pytest.mark.parametrize("sound_format", ["pcm_44100", "wav_24000"])
def test_bare_and_wave_sound_are_as_good_as_mp3(services: FakeServices, tmp_path: Path, sound_format: str) -> None:
    mp3 = spoken(NAME, services, tmp_path)
    other = spoken(NAME, services, tmp_path, options={"format": sound_format})
    assert other.sound.rate == int(sound_format.partition("_")[2])
    lengths = [speech.sound.samples.shape[1] / speech.sound.rate for speech in (mp3, other)]
    assert lengths[0] == pytest.approx(lengths[1], abs=0.05)
    assert np.abs(other.sound.samples).max() == pytest.approx(np.abs(mp3.sound.samples).max(), abs=0.1)


def test_an_unknown_format_is_refused_at_once(services: FakeServices, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"'ogg_1'.*mp3_44100_128"):
        NARRATORS[NAME].module.provide(kit_of(NAME, services, tmp_path, options={"format": "ogg_1"}))


def test_a_voice_of_ones_own_speaks_instead_of_the_profile_s(services: FakeServices, tmp_path: Path) -> None:
    speech = spoken(NAME, services, tmp_path, script=SHORT, options={"voice": "EXAVITQu4vr4xnSDxMaL"})
    assert speech.voice == "EXAVITQu4vr4xnSDxMaL"


def test_refused_content_is_permanent_with_the_service_s_reason(services: FakeServices, tmp_path: Path) -> None:
    services.next(NAME, Refused())
    with pytest.raises(Permanent, match=r"content_policy_violation: The text violates the terms"):
        spoken(NAME, services, tmp_path, script=SHORT)
    assert services.spent == 0


def test_an_unknown_voice_is_permanent(services: FakeServices, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="voice_not_found"):
        spoken(NAME, services, tmp_path, script=SHORT, options={"voice": "nobody"})


def test_the_key_goes_into_no_error_even_when_the_service_repeats_it(services: FakeServices, tmp_path: Path) -> None:
    with pytest.raises(Permanent) as refused:
        spoken(NAME, services, tmp_path, script=SHORT, options={"voice": "sk-secret"}, key=SecretStr("sk-secret"))
    assert "sk-secret" not in str(refused.value)


def facts(characters: Sequence[str]) -> dict[str, object]:
    count = len(characters)
    return {
        "characters": list(characters),
        "starts": [n / 10 for n in range(count)],
        "ends": [(n + 1) / 10 for n in range(count)],
    }


def test_a_word_begins_with_its_first_character_and_ends_with_its_last() -> None:
    assert word_times(("Up,", "two words", "now."), facts("Up, two words\n\nnow.")) == {
        0: (0.0, 0.3),
        1: (0.4, 1.3),
        2: (1.5, 1.9),
    }


def test_white_space_may_be_changed_by_the_service() -> None:
    assert word_times(("a", "b"), facts("a b")) == {0: (0.0, 0.1), 1: (0.2, 0.3)}
    assert word_times(("a", "b"), facts(["a", " \n ", "b"])) == {0: (0.0, 0.1), 1: (0.2, 0.3)}


def test_other_characters_than_those_of_the_words_give_no_times() -> None:
    assert word_times(("a", "b"), facts("a c")) == {}
    assert word_times(("a",), {}) == {}


@given(st.lists(st.text(min_size=1, max_size=9).filter(lambda text: bool(text.strip())), min_size=1, max_size=9))
def test_every_word_of_any_text_has_a_time(words: list[str]) -> None:
    times = word_times(words, facts(" ".join(words)))
    assert list(times) == list(range(len(words)))
    assert all(start < end for start, end in times.values())
