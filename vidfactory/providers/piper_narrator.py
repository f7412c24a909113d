"""Piper's neural voices on this machine (extra `piper`): no key, no network, nothing to pay.

Belongs here: speaking with a voice that is there, and the times of its words. Does not belong here: which voices
there are and how they get here (`piper_voices`).

Piper tells how long each phoneme lasts. espeak-ng, which it takes its phonemes from, runs small words together
("of the"), so the words of a script are laid over its groups of phonemes by how they sound alone.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import accumulate, chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidfactory.errors import Permanent
from vidfactory.ports import Sound, Speech
from vidfactory.providers.kit import Kit
from vidfactory.providers.narration import Passage, Recital, joined, passages
from vidfactory.providers.piper_voices import check_voice
from vidfactory.providers.ssml import in_small_letters
from vidfactory.providers.voices import own_voice, spoken_language, voice_profile
from vidfactory.schema.base import Credit, derived_seed

try:
    import onnxruntime
    from google.protobuf.message import DecodeError
    from onnxruntime.capi import onnxruntime_pybind11_state as ort
    from piper import AudioChunk, PiperVoice, SynthesisConfig
except ModuleNotFoundError as missing:
    raise Permanent(
        "piper is not installed", where="piper narrator", remedy='Run pip install "vidfactory[piper]"'
    ) from missing

SENTENCE_SILENCE_S = 0.2
"""Between two sentences; each ends in a little silence of its own."""
MOST_JOINED = 4
"""Words that espeak-ng runs together at most."""
_ANY_LENGTH = 1_000_000
_STRESS = frozenset("ˈˌːˑ")
_SILENT = frozenset(' .,;:!?¡¿…—"«»“”()[]{}-_^$')
_BROKEN = (
    *(DecodeError, ort.InvalidProtobuf, ort.InvalidArgument, ort.InvalidGraph, ort.Fail, ort.RuntimeException),
    RuntimeError,  # espeak-ng's, for a language that it does not know
)


@dataclass(frozen=True)
class PiperNarrator:
    """Implements `ports.Narrator`. `voices` are names of voices by language, `folder` is where they lie.

    The same words give the same bytes.
    """

    name: str
    voices: Mapping[str, str]
    folder: Path
    rate: float = 1.0

    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak `paragraphs`; mono at the voice's own rate.

        Raises `BadInput` for a language that there is no voice for, `Permanent` for a voice that is not here or
        cannot be used.
        """
        name = self.voices[spoken_language(language, self.voices, self.name)]
        paragraphs = tuple(tuple(map(in_small_letters, paragraph)) for paragraph in paragraphs)
        parts = passages(paragraphs, _ANY_LENGTH, apart=True)
        recitals = await asyncio.to_thread(self._recited, name, parts)
        sound, words = joined(recitals)
        return Speech(sound, words, name, Credit(provider=self.name, model=name))

    def _recited(self, name: str, parts: Sequence[Passage]) -> list[Recital]:
        path = check_voice(self.folder, name)
        try:
            onnxruntime.set_seed(derived_seed("piper", name) % 2**31)
            voice = PiperVoice.load(path, include_alignments=True)
            manner = SynthesisConfig(length_scale=voice.config.length_scale / self.rate)
            return [_recital(voice, manner, part) for part in parts]
        except _BROKEN as error:
            raise Permanent(
                f"the voice {name!r} cannot be used: {error}",
                where=str(path),
                remedy=f"Fetch it again: delete it, then vidfactory voices get {name}",
            ) from error


def provide(kit: Kit) -> PiperNarrator:
    """The voices of the kit's profile, or the one that the settings name as the model.

    They lie in `options.voices`, else in the kit's folder.
    """
    profile = voice_profile(kit.voice)
    voices = own_voice(kit.service.models.get(kit.port, ""), profile.piper)
    return PiperNarrator(kit.name, voices, Path(str(kit.service.options.get("voices", kit.folder))), profile.rate)


def _recital(voice: PiperVoice, manner: SynthesisConfig, part: Passage) -> Recital:
    chunks = list(voice.synthesize(" ".join(part.words), manner, include_alignments=True))
    if not chunks:
        raise Permanent(f"there is nothing to say in {part.text[:80]!r}", where="piper narrator")
    rate = chunks[0].sample_rate
    silence = round(SENTENCE_SILENCE_S * rate)
    sentences = [np.pad(chunk.audio_float_array, (0, silence)) for chunk in chunks]
    sentences[-1] = chunks[-1].audio_float_array
    samples: NDArray[np.float32] = np.concatenate(sentences)[np.newaxis].astype(np.float32)
    starts = accumulate((len(sentence) for sentence in sentences), initial=0)
    groups = [group for chunk, start in zip(chunks, starts, strict=False) for group in _groups(chunk, start)]
    spans = word_spans(part.words, groups, _sounds_of(voice))
    return Recital(part, Sound(samples, rate), {word: (low / rate, high / rate) for word, (low, high) in spans.items()})


@dataclass(frozen=True)
class Group:
    """Phonemes without a space among them; `edges` are the samples where each begins, and where the last ends."""

    phonemes: tuple[str, ...]
    edges: tuple[int, ...]


def _groups(chunk: AudioChunk, start: int) -> Iterator[Group]:
    """What is heard of one sentence that begins at the sample `start`; nothing where the voice does not tell."""
    edges, phonemes = [start], list[str]()
    place = start
    for each in chunk.phoneme_alignments or ():
        place += int(each.num_samples)
        if each.phoneme in _SILENT:
            if phonemes:
                yield Group(tuple(phonemes), tuple(edges))
            edges, phonemes = [place], []
        elif each.phoneme not in _STRESS:
            phonemes.append(each.phoneme)
            edges.append(place)
        elif phonemes:
            edges[-1] = place
    if phonemes:
        yield Group(tuple(phonemes), tuple(edges))


def _sounds_of(voice: PiperVoice) -> Callable[[str], tuple[str, ...]]:
    """The phonemes of a word that stands alone."""

    @cache
    def sounds(word: str) -> tuple[str, ...]:
        spoken = chain.from_iterable(voice.phonemize(word))
        return tuple(phoneme for phoneme in spoken if phoneme not in _SILENT | _STRESS)

    return sounds


def word_spans(
    words: Sequence[str], groups: Sequence[Group], sounds: Callable[[str], tuple[str, ...]]
) -> dict[int, tuple[int, int]]:
    """First and last sample of each of `words`, by its index, from the groups of phonemes that were heard.

    `sounds` tells the phonemes of one spoken word, of which each of `words` may hold several. Empty where the
    groups cannot be those of the words.
    """
    spoken = [(index, sounds(word)) for index, text in enumerate(words) for word in text.split()]
    spoken = [(index, phonemes) for index, phonemes in spoken if phonemes]
    sizes = _shared_out([phonemes for _, phonemes in spoken], groups)
    spans: dict[int, tuple[int, int]] = {}
    place = 0
    for group, size in zip(groups, sizes, strict=False):
        inside = spoken[place : place + size]
        place += size
        lengths = [len(phonemes) for _, phonemes in inside]
        cuts = [round(end * len(group.phonemes) / sum(lengths)) for end in accumulate(lengths, initial=0)]
        for (index, _), (start, end) in zip(inside, pairwise(cuts), strict=True):
            first = spans[index][0] if index in spans else group.edges[start]
            spans[index] = (first, group.edges[end])
    return spans


def _shared_out(words: Sequence[tuple[str, ...]], groups: Sequence[Group]) -> list[int]:
    """How many words each group holds, so that they sound most alike; empty where they cannot be shared out."""
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for group in groups:
        reached: dict[int, tuple[float, list[int]]] = {}
        for place, (score, sizes) in best.items():
            for size in range(1, min(MOST_JOINED, len(words) - place) + 1):
                said = tuple(chain.from_iterable(words[place : place + size]))
                likeness = SequenceMatcher(None, group.phonemes, said, autojunk=False).ratio()
                total = score + likeness * len(group.phonemes)
                if total > reached.get(place + size, (-1.0, []))[0]:
                    reached[place + size] = (total, [*sizes, size])
        best = reached
    return best.get(len(words), (0.0, []))[1]
