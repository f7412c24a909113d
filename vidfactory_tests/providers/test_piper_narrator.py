import asyncio
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from piper import PiperVoice

from vidfactory.errors import BadInput, Permanent
from vidfactory.ports import Speech
from vidfactory.providers.kit import Kit
from vidfactory.providers.piper_narrator import SENTENCE_SILENCE_S, Group, PiperNarrator, provide, word_spans
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.tiny_piper import FRAMES, HOP, RATE, make_voice

VOICE = "en_US-lessac-medium"
PHONEME = 2 * FRAMES * HOP
"""Samples of a phoneme of the tiny voice and the pad behind it."""


def kit_of(folder: Path, voice: str = "", **settings: object) -> Kit:
    return Kit("piper", "narrator", Service().model_copy(update=settings), Direct(), voice=voice, folder=folder)


def speak(narrator: PiperNarrator, *paragraphs: str, language: str = "en") -> Speech:
    script = tuple(tuple(paragraph.split()) for paragraph in paragraphs)
    return asyncio.run(narrator.speak(script, language))


def test_words_are_heard_where_their_phonemes_are(tmp_path: Path) -> None:
    path = make_voice(tmp_path, VOICE)
    speech = speak(provide(kit_of(tmp_path)), "Google lost three dollars.")
    (sentence,) = PiperVoice.load(path).phonemize("Google lost three dollars.")
    spaces = [place for place, phoneme in enumerate(sentence) if phoneme == " "]
    starts = [1, *(place + 2 for place in spaces)]  # one for the begin of the sentence, one for the space
    assert [word.start_s * RATE for word in speech.words] == pytest.approx([start * PHONEME for start in starts])
    ends = [place + 1 for place in [*spaces, len(sentence) - 1]]  # the full stop is not the word's
    assert [word.end_s * RATE for word in speech.words] == pytest.approx([end * PHONEME for end in ends])


def test_words_that_are_run_together_share_their_sound_in_order(tmp_path: Path) -> None:
    make_voice(tmp_path, VOICE)
    speech = speak(provide(kit_of(tmp_path)), "In the first week of the year it should have been out.")
    assert [word.index for word in speech.words] == list(range(12))
    assert all(0.02 < word.end_s - word.start_s < 1 for word in speech.words)


def test_the_same_words_give_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    make_voice(tmp_path, VOICE)
    sounds = []
    for seed in (1, 2):  # as two processes begin
        onnxruntime.set_seed(seed)
        sounds.append(speak(provide(kit_of(tmp_path)), "Hello there.").sound.samples.tobytes())
    assert sounds[0] == sounds[1]


def test_capitals_are_said_as_a_word_and_not_spelled(tmp_path: Path) -> None:
    make_voice(tmp_path, VOICE)
    narrator = provide(kit_of(tmp_path))
    assert speak(narrator, "It MIT day.").sound.samples.shape == speak(narrator, "It mit day.").sound.samples.shape
    assert speak(narrator, "It MIT day.").words == speak(narrator, "It mit day.").words


def test_sentences_are_parted_by_a_short_silence(tmp_path: Path) -> None:
    make_voice(tmp_path, VOICE)
    samples = speak(provide(kit_of(tmp_path)), "Up. Down.").sound.samples[0]
    silent = np.flatnonzero(samples == 0)
    assert len(silent) >= round(SENTENCE_SILENCE_S * RATE)
    assert np.any(np.diff(silent) == 1)


def test_a_faster_profile_is_shorter_by_its_rate(tmp_path: Path) -> None:
    for name in (VOICE, "en_US-ryan-medium"):
        make_voice(tmp_path, name)
    text = "Nobody knows what anything is worth before somebody pays for it."
    house, gamer = (
        speak(provide(kit_of(tmp_path, voice)), text).sound.samples.shape[1] for voice in ("house", "energetic-gamer")
    )
    assert gamer == house, "three frames at 1.15 are rounded up to three"
    educator = make_voice(tmp_path, "en_US-amy-medium") and provide(kit_of(tmp_path, "calm-educator"))
    assert speak(educator, text).sound.samples.shape[1] == pytest.approx(house * 4 / 3, rel=0.05)


def test_a_voice_that_is_not_here_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"not on this machine\. Run vidfactory voices get de_DE-thorsten-medium"):
        speak(provide(kit_of(tmp_path)), "Guten Tag.", language="de")


def test_the_settings_may_name_a_voice_and_a_folder(tmp_path: Path) -> None:
    make_voice(tmp_path / "elsewhere", "en_GB-mine-low", "en-gb-x-rp")
    kit = kit_of(tmp_path, models={"narrator": "en_GB-mine-low"}, options={"voices": str(tmp_path / "elsewhere")})
    assert speak(provide(kit), "Hello.").voice == "en_GB-mine-low"
    with pytest.raises(BadInput, match=r"'de'.*en-GB"):
        speak(provide(kit), "Guten Tag.", language="de")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x08"])
def test_a_broken_model_is_permanent_and_names_its_file(tmp_path: Path, content: bytes) -> None:
    make_voice(tmp_path, VOICE).write_bytes(content)
    with pytest.raises(Permanent, match=rf"{VOICE}\.onnx: the voice .* cannot be used"):
        speak(provide(kit_of(tmp_path)), "Hello.")


def test_a_tongue_that_piper_does_not_know_is_permanent(tmp_path: Path) -> None:
    make_voice(tmp_path, VOICE, "tlh")
    with pytest.raises(Permanent, match="Failed to set voice: tlh"):
        speak(provide(kit_of(tmp_path)), "Hello.")


@pytest.mark.parametrize("content", ["{", "[]", '{"audio": {"sample_rate": 0}}'])
def test_a_broken_configuration_is_permanent_and_names_its_file(tmp_path: Path, content: str) -> None:
    make_voice(tmp_path, VOICE).with_name(f"{VOICE}.onnx.json").write_text(content)
    with pytest.raises(Permanent, match=rf"{VOICE}\.onnx\.json: it does not describe a voice"):
        speak(provide(kit_of(tmp_path)), "Hello.")


def test_a_voice_of_another_sample_rate_is_spoken_at_its_own(tmp_path: Path) -> None:
    config = make_voice(tmp_path, VOICE).with_name(f"{VOICE}.onnx.json")
    config.write_text(json.dumps({**json.loads(config.read_text()), "audio": {"sample_rate": 16_000}}))
    assert speak(provide(kit_of(tmp_path)), "Hello.").sound.rate == 16_000


def test_what_nobody_can_say_is_refused(tmp_path: Path) -> None:
    make_voice(tmp_path, VOICE)
    with pytest.raises(Permanent, match="nothing to say"):
        speak(provide(kit_of(tmp_path)), "—")


SOUNDS = {"of": ("ʌ", "v"), "the": ("ð", "ə"), "year": ("j", "e", "ɹ"), "-": ()}


def group(phonemes: str, start: int) -> Group:
    return Group(tuple(phonemes), tuple(range(start, start + len(phonemes) + 1)))


def test_groups_are_shared_out_by_what_words_sound_like() -> None:
    spans = word_spans(["of", "the", "year"], [group("ʌvðə", 10), group("jeɹ", 20)], SOUNDS.__getitem__)
    assert spans == {0: (10, 12), 1: (12, 14), 2: (20, 23)}


def test_a_token_of_several_words_lasts_from_its_first_to_its_last() -> None:
    assert word_spans(["of the", "-", "year"], [group("ʌvðə", 10), group("jeɹ", 20)], SOUNDS.__getitem__) == {
        0: (10, 14),
        2: (20, 23),
    }


def test_more_groups_than_words_are_not_theirs() -> None:
    assert word_spans(["of"], [group("ʌ", 0), group("v", 1)], SOUNDS.__getitem__) == {}
    assert word_spans(["of"], [], SOUNDS.__getitem__) == {}
