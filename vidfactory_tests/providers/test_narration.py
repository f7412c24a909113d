import asyncio
import io
import wave
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.ports import Sound
from vidfactory.providers.narration import (
    PARAGRAPH_PAUSE_S,
    PCM,
    SENTENCE_PAUSE_S,
    Passage,
    Recital,
    Unreadable,
    joined,
    passages,
    plain_text,
    sound_of,
    together,
    whole_sound,
    with_pauses,
    without_edges,
)

RATE = 1000
words = st.text("ab.", min_size=1, max_size=9)
scripts = st.lists(st.lists(words, max_size=12).map(tuple), max_size=6).map(tuple).filter(any)


def tone(seconds: float, level: float = 0.5) -> Sound:
    return Sound(np.full((1, round(seconds * RATE)), level, np.float32), RATE)


@given(script=scripts, limit=st.integers(1, 60), apart=st.booleans())
def test_passages_hold_all_words_in_order_and_keep_to_the_limit(
    script: tuple[tuple[str, ...], ...], limit: int, *, apart: bool
) -> None:
    made = passages(script, limit, apart=apart)
    assert [word for part in made for word in part.words] == [word for paragraph in script for word in paragraph]
    assert [part.first for part in made] == [sum(len(other.words) for other in made[:n]) for n in range(len(made))]
    assert all(len(part.text) <= limit or len(part.words) == 1 for part in made)
    assert sum(part.opens for part in made) + sum(len(part.closings) for part in made) == sum(map(bool, script))
    assert not apart or all(len(part.paragraphs) == 1 for part in made)


def test_a_script_within_the_limit_is_one_passage() -> None:
    script = (("One.", "Two."), ("Three.",))
    assert passages(script, 100) == (Passage(0, script),)


def test_a_long_script_is_cut_between_paragraphs_first_then_between_sentences() -> None:
    script = (("One", "two."), ("Three", "four.", "Five", "six", "seven."), ("Eight.",))
    made = passages(script, 17)
    assert [(part.text, part.opens) for part in made] == [
        ("One two.", True),
        ("Three four.", True),
        ("Five six seven.", False),
        ("Eight.", True),
    ]


def test_paragraphs_and_cut_sentences_are_parted_by_their_own_pauses() -> None:
    parts = [Passage(0, (("a",),)), Passage(1, (("b",),)), Passage(2, (("c",),), opens=False)]
    sound, said = joined([Recital(part, tone(1), {0: (0.2, 0.9)}) for part in parts])
    assert [word.index for word in said] == [0, 1, 2]
    parts_start = [0, 1 + PARAGRAPH_PAUSE_S, 2 + PARAGRAPH_PAUSE_S + SENTENCE_PAUSE_S]
    assert [word.start_s for word in said] == pytest.approx([start + 0.2 for start in parts_start])
    assert [word.end_s for word in said] == pytest.approx([start + 0.9 for start in parts_start])
    assert sound.samples.shape[1] / RATE == pytest.approx(3 + PARAGRAPH_PAUSE_S + SENTENCE_PAUSE_S)


def test_one_passage_without_times_leaves_all_to_the_aligner() -> None:
    parts = [Recital(Passage(0, (("a",),)), tone(1), {0: (0, 1)}), Recital(Passage(1, (("b",),)), tone(1), {})]
    assert joined(parts)[1] == ()


@given(st.lists(st.tuples(st.floats(-1, 9), st.floats(-1, 9)), min_size=1, max_size=9))
def test_times_rise_and_lie_in_the_sound_whatever_the_service_says(times: list[tuple[float, float]]) -> None:
    part = Passage(0, (tuple("a" * len(times)),))
    _, said = joined([Recital(part, tone(4), dict(enumerate(times)))])
    assert all(0 <= word.start_s <= word.end_s <= 4 for word in said)
    assert all(a.end_s <= b.start_s for a, b in pairwise(said))


def test_a_missing_pause_is_cut_in_where_it_is_quietest() -> None:
    sound = tone(2)
    sound.samples[0, 1040:1060] = 0
    recital = with_pauses(Recital(Passage(0, (("a",), ("b",))), sound, {0: (0.0, 1.0), 1: (1.1, 2.0)}))
    assert recital.times[0] == (0.0, 1.0)
    assert recital.times[1][0] - 1.0 == pytest.approx(PARAGRAPH_PAUSE_S)
    silence = np.flatnonzero(recital.sound.samples[0] == 0)
    assert (silence[0], silence[-1]) == (1040, 1059 + round((PARAGRAPH_PAUSE_S - 0.1) * RATE))


def test_a_pause_that_is_long_enough_is_left_as_it_is() -> None:
    recital = Recital(Passage(0, (("a",), ("b",))), tone(3), {0: (0.0, 1.0), 1: (1.7, 2.0)})
    assert with_pauses(recital) is recital


def test_quiet_edges_are_cut_but_for_a_breath() -> None:
    sound = Sound(np.concatenate([tone(1, 0.001).samples, tone(1).samples, tone(2, 0.001).samples], axis=1), RATE)
    assert without_edges(sound).samples.shape[1] / RATE == pytest.approx(1.1, abs=0.01)


def test_bare_samples_become_sound() -> None:
    body = np.array([0, 16384, -32768], "<i2").tobytes()
    sound = sound_of(body, f"{PCM}24000")
    assert (sound.samples.tolist(), sound.rate) == ([[0.0, 0.5, -1.0]], 24000)


@pytest.mark.parametrize(
    ("body", "media_type"), [(b"", f"{PCM}8000"), (bytes(800), f"{PCM}8000"), (b"ID3 no sound", "audio/mpeg")]
)
def test_what_holds_no_sound_is_unreadable(body: bytes, media_type: str) -> None:
    with pytest.raises(Unreadable):
        sound_of(body, media_type)


def test_a_wave_file_that_has_lost_its_end_is_unreadable() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as whole:
        whole.setparams((1, 2, 8000, 0, "NONE", ""))
        whole.writeframes(np.full(8000, 9000, "<i2").tobytes())
    assert sound_of(file.getvalue(), "audio/wav").samples.shape == (1, 8000)
    with pytest.raises(Unreadable, match=r"breaks off after 0\.9 s of 1\.0 s"):
        sound_of(file.getvalue()[:-1600], "audio/wav")


def test_sound_too_short_for_its_text_has_broken_off() -> None:
    body = np.full(8000, 9000, "<i2").tobytes()
    assert whole_sound(body, f"{PCM}8000", "a" * 26)
    with pytest.raises(Unreadable, match=r"breaks off after 1\.0 s of 27"):
        whole_sound(body, f"{PCM}8000", "a" * 27)


def test_what_is_under_way_is_never_dropped_when_another_call_fails() -> None:
    kept: list[str] = []

    async def call(delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        if not delay_s:
            raise Unreadable("first")
        kept.append("paid and stored")

    with pytest.raises(Unreadable, match="first"):
        asyncio.run(together(call(delay_s) for delay_s in (0, 0.02)))
    assert kept == ["paid and stored"]


def test_plain_text_parts_paragraphs_by_an_empty_line() -> None:
    assert plain_text((("a", "b"), ("c",))) == "a b\n\nc"
