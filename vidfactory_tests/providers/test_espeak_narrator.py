import asyncio
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from vidfactory.errors import BadInput, Permanent
from vidfactory.ports import Speech
from vidfactory.providers import espeak_narrator
from vidfactory.providers.espeak_narrator import EspeakNarrator, EspeakVoice, provide, word_spans
from vidfactory.providers.kit import Kit
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct

SCRIPT = (
    ("Google", "lost", "one hundred billion dollars", "in", "the", "first", "week", "of", "the", "year."),
    ("Is", "it", "the", "buy", "of", "a", "lifetime,", "or", "should", "you", "have", "been", "out?"),
)
COUNT = sum(map(len, SCRIPT))


def speak(script: tuple[tuple[str, ...], ...], language: str = "en", voice: EspeakVoice | None = None) -> Speech:
    return asyncio.run(EspeakNarrator(voice or EspeakVoice()).speak(script, language))


@pytest.fixture(scope="module")
def speech() -> Speech:
    return speak(SCRIPT)


def test_every_word_has_a_time_even_where_espeak_joins_two(speech: Speech) -> None:
    assert [word.index for word in speech.words] == list(range(COUNT))


def test_word_times_rise_and_never_overlap(speech: Speech) -> None:
    assert all(word.start_s < word.end_s for word in speech.words)
    assert all(a.end_s <= b.start_s for a, b in zip(speech.words, speech.words[1:], strict=False))
    assert speech.words[-1].end_s <= speech.sound.samples.shape[1] / speech.sound.rate


def test_paragraphs_are_parted_by_more_than_half_a_second_and_nothing_else_is(speech: Speech) -> None:
    gaps = [b.start_s - a.end_s for a, b in zip(speech.words, speech.words[1:], strict=False)]
    assert [index for index, gap in enumerate(gaps) if gap > 0.5] == [len(SCRIPT[0]) - 1]


def test_a_word_is_heard_where_its_time_says(speech: Speech) -> None:
    rate = speech.sound.rate
    level = uniform_filter1d(speech.sound.samples[0] ** 2, rate // 500)
    loud = np.flatnonzero(level > level.max() * 1e-4) / rate
    first = speech.words[len(SCRIPT[0])]
    assert loud[loud > first.start_s - 0.3].min() == pytest.approx(first.start_s, abs=0.05)
    last = speech.words[len(SCRIPT[0]) - 1]
    assert loud[loud < last.end_s + 0.3].max() == pytest.approx(last.end_s, abs=0.05)


def test_capitals_are_said_as_a_word_and_not_spelled() -> None:
    loud, plain = speak((("A", "MIT", "day", "for", "G.O.O.G."),)), speak((("A", "mit", "day", "for", "G.O.O.G."),))
    assert np.array_equal(loud.sound.samples, plain.sound.samples)
    assert loud.words == plain.words


def test_the_sound_is_clear_of_clipping(speech: Speech) -> None:
    assert 0.2 < np.abs(speech.sound.samples).max() < 0.95


def test_the_same_words_give_the_same_bytes(speech: Speech) -> None:
    again = speak(SCRIPT)
    assert again.sound.samples.tobytes() == speech.sound.samples.tobytes()
    assert again.words == speech.words


def test_a_script_of_150_words_takes_about_a_minute() -> None:
    sentence = "The market fell again today, and most people who watch it did not see that coming."
    paragraph = tuple(sentence.split())
    sound = speak((paragraph,) * 9).sound
    assert 45 < sound.samples.shape[1] / sound.rate < 65


def test_another_language_is_spoken_by_its_own_voice() -> None:
    assert speak((("Guten", "Tag."),), "de-DE").voice.startswith("de+")


def test_another_profile_is_another_voice(speech: Speech) -> None:
    kit = Kit("espeak", "narrator", Service(), Direct(), voice="energetic-gamer")
    other = asyncio.run(provide(kit).speak(SCRIPT, "en"))
    assert other.sound.samples.shape[1] < speech.sound.samples.shape[1]


def test_the_house_profile_is_the_voice_without_one() -> None:
    assert provide(Kit("espeak", "narrator", Service(), Direct())) == EspeakNarrator()


def test_an_unknown_language_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadInput, match=r"'tlh'.*en, en-gb"):
        speak((("Qapla",),), "tlh")


def test_a_voice_that_does_not_exist_is_a_permanent_failure() -> None:
    with pytest.raises(Permanent, match=r"no voice 'en-us[+]nobody'"):
        speak((("Hello.",),), voice=EspeakVoice(variant="nobody"))


@pytest.mark.skipif(sys.platform == "win32", reason="signals end processes on POSIX systems")
def test_a_crash_of_the_child_names_its_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crashing = tmp_path / "crash.py"
    crashing.write_text(f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})")
    monkeypatch.setattr(espeak_narrator.espeak_child, "__file__", os.fspath(crashing))
    with pytest.raises(Permanent, match="SIGSEGV"):
        speak((("Hello.",),))


def test_a_joined_word_begins_at_its_own_first_phoneme() -> None:
    phonemes = [("f", 10), ("3", 20), ("D", 30), ("@2", 40), ("d", 50), ("'eI", 60), ("_:", 70), ("_", 80)]
    spans = word_spans(["for", "the", "day."], [(0, 0), (8, 50)], phonemes, ["f'o@", "D@2 d'eI", "d'eI"], 90)
    assert spans == {0: (0, 30), 1: (30, 50), 2: (50, 70)}


def test_a_word_that_cannot_be_found_is_left_out() -> None:
    spans = word_spans(["for", "xyz"], [(0, 0)], [("f", 10), ("3", 20)], ["f'o@", "z'Iz"], 90)
    assert spans == {0: (0, 90)}
