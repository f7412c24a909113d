"""The narrator that needs no key and no network: espeak-ng from its pip package, with exact word times.

Belongs here: running the child process, and turning its events into word times.
Does not belong here: the C library (`espeak_child`), and making the voice pleasant
(`rendering/treatment.py`).
"""

import asyncio
import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidfactory.errors import BadInput
from vidfactory.ports import Sound, Speech, SpokenWord
from vidfactory.providers import espeak_child
from vidfactory.providers.children import run_child
from vidfactory.providers.kit import Kit
from vidfactory.providers.ssml import in_small_letters
from vidfactory.providers.voices import spoken_language, voice_profile
from vidfactory.schema.base import Credit

VOICES: Mapping[str, str] = {
    "ar": "ar",
    "de": "de",
    "en": "en-us",
    "en-gb": "en-gb-x-rp",
    "en-us": "en-us",
    "es": "es",
    "es-mx": "es-419",
    "fr": "fr",
    "hi": "hi",
    "it": "it",
    "nl": "nl",
    "pl": "pl",
    "pt": "pt",
    "pt-br": "pt-br",
    "ru": "ru",
    "tr": "tr",
    "uk": "uk",
    "zh": "cmn",
}
"""Language codes and espeak-ng's names for their voices."""

CREDIT = Credit(provider="espeak-ng", model="espeakng-loader 0.2.4")
_PAUSE = "_"
_STRESS = "',%=_|"
_VOWELS = frozenset("aeiouyAEIOUV03@&")
"""First characters of espeak-ng's names for vowels."""


@dataclass(frozen=True)
class EspeakVoice:
    """`variant` is one of espeak-ng's voice variants; `rate` in words a minute; `pitch` and `range` 0-99.

    `gap` adds silence between words, in units of 10 ms; at a `volume` of 100 the library clips. The
    defaults were chosen by how well a speech recogniser that knows no script understood 20 variants,
    and by how near they come to the long-term spectrum of human speech.
    """

    variant: str = "klatt4"
    rate: int = 175
    pitch: int = 45
    range: int = 55
    gap: int = 0
    volume: int = 70


@dataclass(frozen=True)
class EspeakNarrator:
    """Implements `ports.Narrator`. The same words give the same bytes."""

    voice: EspeakVoice = EspeakVoice()
    paragraph_pause_s: float = 0.65
    timeout_s: float = 120.0

    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak `paragraphs`; mono at espeak-ng's own rate (22,050 Hz).

        Raises `BadInput` for a language that it has no voice for and for a script without a word, and
        `Permanent` or `Transient` when the child process fails.
        """
        voice = _voice_of(language)
        if not any(paragraphs):
            raise BadInput("there is nothing to say", where="script", remedy="Write at least one word")
        paragraphs = tuple(tuple(map(in_small_letters, paragraph)) for paragraph in paragraphs)
        answer, pcm = await asyncio.to_thread(_run, self._request(voice, paragraphs), self.timeout_s)
        rate = int(answer["rate"])
        pause = round(self.paragraph_pause_s * rate)
        pieces: list[NDArray[np.int16]] = []
        words: list[SpokenWord] = []
        start, index, read = 0, 0, 0
        for texts, head in zip(paragraphs, answer["paragraphs"], strict=True):
            if pieces:
                pieces.append(np.zeros(pause, np.int16))
                start += pause
            heard = word_spans(texts, head["words"], head["phonemes"], head["openings"], head["samples"])
            words.extend(
                SpokenWord(index + number, (start + begin) / rate, (start + end) / rate)
                for number, (begin, end) in heard.items()
            )
            pieces.append(pcm[read : read + head["samples"]])
            read += head["samples"]
            start += head["samples"]
            index += len(texts)
        samples = np.concatenate(pieces).astype(np.float32)[np.newaxis] / np.float32(32768)
        return Speech(Sound(samples, rate), tuple(words), f"{voice}+{self.voice.variant}", CREDIT)

    def _request(self, voice: str, paragraphs: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
        return {"voice": voice, "paragraphs": paragraphs, **asdict(self.voice)}


def provide(kit: Kit) -> EspeakNarrator:
    """The voice of the kit's profile."""
    manner = voice_profile(kit.voice).espeak
    return EspeakNarrator(EspeakVoice(**manner.model_dump()))


def word_spans(
    texts: Sequence[str],
    words: Sequence[tuple[int, int]],
    phonemes: Sequence[tuple[str, int]],
    openings: Sequence[str],
    samples: int,
) -> dict[int, tuple[int, int]]:
    """First and last sample of each of `texts` that can be found, by its index.

    `words` are events (character of the texts joined by spaces, sample), `phonemes` are (name, sample),
    `openings` is how each text begins when it stands apart. Texts that espeak-ng joins to the one before ("of the"
    has one event) begin where the joint sound reaches their own first phoneme; that changes nothing in
    what is heard.
    """
    starts = _event_starts(texts, words)
    known = sorted({sample for _, sample in words})
    for index in range(len(texts) - 1, 0, -1):
        if index not in starts:
            owner = max((other for other in starts if other < index), default=None)
            if owner is None:
                continue
            follower = min((starts[other] for other in starts if other > index), default=samples)
            limit = min([follower, *known[bisect_left(known, starts[owner] + 1) :][:1]])
            found = _first_sound(openings[index], phonemes, starts[owner], limit)
            if found is not None:
                starts[index] = found
    ordered = sorted(starts)
    ends = [starts[index] for index in ordered[1:]] + [samples]
    return {
        index: (starts[index], _sound_end(phonemes, starts[index], end))
        for index, end in zip(ordered, ends, strict=True)
    }


def _event_starts(texts: Sequence[str], words: Sequence[tuple[int, int]]) -> dict[int, int]:
    offsets: list[int] = []
    place = 0
    for text in texts:
        offsets.append(place)
        place += len(text) + 1
    starts: dict[int, int] = {}
    for character, sample in words:
        starts.setdefault(bisect_left(offsets, character + 1) - 1, sample)
    return starts


def _first_sound(opening: str, phonemes: Sequence[tuple[str, int]], after: int, before: int) -> int | None:
    """Where, between two samples, the last phoneme lies with which `opening` begins.

    An unstressed vowel changes its colour inside a joint sound, so any vowel stands for another.
    """
    wanted = opening.lstrip(_STRESS)
    inside = [(name.lstrip(_STRESS), sample) for name, sample in phonemes if after < sample < before]
    same = [sample for name, sample in inside if name and wanted.startswith(name)]
    vowels = [sample for name, sample in inside if _is_vowel(name) and _is_vowel(wanted)]
    return next(reversed(same or vowels), None)


def _is_vowel(phoneme: str) -> bool:
    return phoneme[:1] in _VOWELS


def _sound_end(phonemes: Sequence[tuple[str, int]], start: int, end: int) -> int:
    """Where the last phoneme ends that is heard between `start` and `end`: the silence behind it is not the word's."""
    inside = [(name, sample) for name, sample in phonemes if start <= sample < end]
    while inside and (not inside[-1][0] or inside[-1][0].startswith(_PAUSE)):
        end = inside.pop()[1]
    return end


def _voice_of(language: str) -> str:
    return VOICES[spoken_language(language, VOICES, "the embedded narrator")]


def _run(request: dict[str, Any], timeout_s: float) -> tuple[dict[str, Any], NDArray[np.int16]]:
    answer = run_child(espeak_child, json.dumps(request).encode(), timeout_s)
    head, _, body = answer.partition(b"\n")
    return json.loads(head), np.frombuffer(body, "<i2")
