"""What all narrators share: scripts cut into requests, and the answers put together again.

Belongs here: passages, sound out of what a service sent, pauses, the times of words. Does not belong here: any
service (`*_narrator.py`).
"""

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, chain
from typing import TypeVar

import av
import numpy as np
from numpy.typing import NDArray

from vidfactory.errors import BadInput
from vidfactory.ports import Answer, Sound, Speech, SpokenWord
from vidfactory.providers.kit import Kit
from vidfactory.providers.ssml import PARAGRAPH_BREAK_MS, SENTENCE_BREAK_MS, ends_sentence
from vidfactory.schema.base import Credit

PARAGRAPH_PAUSE_S = PARAGRAPH_BREAK_MS / 1000
SENTENCE_PAUSE_S = SENTENCE_BREAK_MS / 1000
FASTEST = 26.0
"""Characters that nobody speaks in a second at an ordinary rate: fast readers reach 20."""
PCM = "audio/pcm;rate="
"""The media type of bare samples, signed 16-bit little-endian and mono, before their rate in Hz."""
WAVE = "audio/wav"
_QUIET = 10 ** (-50 / 20)
_BREATH_S = 0.05
_CUT_S = 0.01

Paragraphs = Sequence[Sequence[str]]
Result = TypeVar("Result")


class Unreadable(ValueError):
    """What a service sent is not the sound that was asked for."""


@dataclass(frozen=True)
class Passage:
    """What one request speaks. `first` is the index of its first word over the whole script.

    opens: whether it begins with a new paragraph, rather than inside one.
    """

    first: int
    paragraphs: tuple[tuple[str, ...], ...]
    opens: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(chain.from_iterable(self.paragraphs))

    @property
    def text(self) -> str:
        """As plain text, with an empty line between paragraphs."""
        return plain_text(self.paragraphs)

    @property
    def closings(self) -> tuple[int, ...]:
        """Each word, counted in this passage, behind which another paragraph begins."""
        return tuple(end - 1 for end in accumulate(map(len, self.paragraphs)))[:-1]


@dataclass(frozen=True)
class Recital:
    """A passage as it was spoken; `times` are start and end in seconds by the word's index in the passage."""

    passage: Passage
    sound: Sound
    times: Mapping[int, tuple[float, float]]


def plain_text(paragraphs: Paragraphs) -> str:
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)


def passages(
    paragraphs: Paragraphs,
    limit: int,
    size: Callable[[Paragraphs], int] = lambda part: len(plain_text(part)),
    *,
    apart: bool = False,
) -> tuple[Passage, ...]:
    """The script in passages within `limit`, cut between paragraphs, else between sentences, else between words.

    `size` measures paragraphs as the service counts them; with `apart` no passage holds two paragraphs. A single
    word above the limit stands alone. Raises `BadInput` for a script without a word.
    """
    made: list[Passage] = []
    held: list[tuple[str, ...]] = []
    opens = True

    def close() -> None:
        if held:
            first = sum(len(passage.words) for passage in made)
            made.append(Passage(first, tuple(held), opens))
            held.clear()

    for paragraph in filter(None, paragraphs):
        if held and (apart or size([*held, paragraph]) > limit):
            close()
        pieces = [tuple(paragraph)] if held else _fitting(tuple(paragraph), limit, size)
        for number, piece in enumerate(pieces):
            if number:
                close()
            opens = opens if held else number == 0
            held.append(piece)
    close()
    if not made:
        raise BadInput("there is nothing to say", where="script", remedy="Write at least one word")
    return tuple(made)


def _fitting(words: tuple[str, ...], limit: int, size: Callable[[Paragraphs], int]) -> list[tuple[str, ...]]:
    """One paragraph in pieces within the limit."""
    if size([words]) <= limit:
        return [words]
    pieces: list[tuple[str, ...]] = []
    for sentence in _sentences(words):
        for unit in [sentence] if size([sentence]) <= limit else [(word,) for word in sentence]:
            if pieces and size([pieces[-1] + unit]) <= limit:
                pieces[-1] += unit
            else:
                pieces.append(unit)
    return pieces


def _sentences(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    start = 0
    for end, word in enumerate(words, start=1):
        if ends_sentence(word) or end == len(words):
            yield words[start:end]
            start = end


async def together(calls: Iterable[Awaitable[Result]]) -> list[Result]:
    """All results in order, or the first error once every call is over: what is under way is paid for, and kept."""
    done = await asyncio.gather(*calls, return_exceptions=True)
    results: list[Result] = []
    for each in done:
        if isinstance(each, BaseException):
            raise each
        results.append(each)
    return results


def sound_of(body: bytes, media_type: str) -> Sound:
    """Mono sound at its own rate from a file or from bare samples (`PCM`); Unreadable where there is none in it."""
    if media_type.startswith(PCM):
        sound = _samples(body, int(media_type.removeprefix(PCM)))
    else:
        sound = _wave(body) if media_type == WAVE else _decoded(body)
    if not sound.samples.size or not np.abs(sound.samples).max():
        raise Unreadable("the sound is empty")
    return sound


def whole_sound(body: bytes, media_type: str, text: str, rate: float = 1.0) -> Sound:
    """`sound_of`, if all of `text` can have been said in it at a pace of `rate`; Unreadable otherwise."""
    sound = sound_of(body, media_type)
    seconds = sound.samples.shape[1] / sound.rate
    if seconds * FASTEST * max(rate, 1.0) < len(text):
        raise Unreadable(f"the sound breaks off after {seconds:.1f} s of {len(text)} characters")
    return sound


def _samples(body: bytes, rate: int) -> Sound:
    samples = np.frombuffer(body[: len(body) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)
    return Sound(samples[np.newaxis], rate)


def _wave(body: bytes) -> Sound:
    """The sound of a wave file of 16 bits, mono, whose header says how long it is: FFmpeg would pass over its end."""
    try:
        with wave.open(io.BytesIO(body)) as file:
            count, kind = file.getnframes(), (file.getnchannels(), file.getsampwidth())
            rate, frames = file.getframerate(), file.readframes(count)
    except (wave.Error, EOFError) as error:
        raise Unreadable(f"the sound cannot be decoded ({error})") from error
    if kind != (1, 2):
        raise Unreadable(f"the sound has {kind[0]} channels of {kind[1]} bytes")
    if len(frames) < 2 * count:
        raise Unreadable(f"the sound breaks off after {len(frames) / 2 / rate:.1f} s of {count / rate:.1f} s")
    return _samples(frames, rate)


def _decoded(body: bytes) -> Sound:
    pieces: list[NDArray[np.float32]] = []
    try:
        with av.open(io.BytesIO(body), "r") as container:
            if not container.streams.audio:
                raise Unreadable("the file has no sound")
            stream = container.streams.audio[0]
            rate = int(stream.rate)
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
            for frame in chain(container.decode(stream), [None]):
                pieces.extend(part.to_ndarray().astype(np.float32) for part in resampler.resample(frame))
    except av.FFmpegError as error:
        raise Unreadable(f"the sound cannot be decoded ({error.strerror or error})") from error
    if not pieces:
        raise Unreadable("the file holds no samples")
    return Sound(np.clip(np.concatenate(pieces, axis=1), -1, 1).astype(np.float32), rate)


def without_edges(sound: Sound) -> Sound:
    """`sound` without the quiet (below -50 dB) before and behind what is said, but for a twentieth of a second."""
    loud = np.flatnonzero(np.abs(sound.samples[0]) > _QUIET)
    if not loud.size:
        return sound
    breath = round(_BREATH_S * sound.rate)
    return Sound(sound.samples[:, max(0, loud[0] - breath) : loud[-1] + breath], sound.rate)


def with_pauses(recital: Recital) -> Recital:
    """The same with silence between its paragraphs wherever less than the pause between two is heard.

    It is cut in where it is quietest between the words on either side.
    """
    for last in recital.passage.closings:
        if last not in recital.times or last + 1 not in recital.times:
            continue
        end_s, start_s = recital.times[last][1], recital.times[last + 1][0]
        if start_s - end_s < PARAGRAPH_PAUSE_S:
            recital = _parted(recital, last, PARAGRAPH_PAUSE_S - (start_s - end_s))
    return recital


def _parted(recital: Recital, last: int, silence_s: float) -> Recital:
    rate = recital.sound.rate
    cut = _quietest(recital.sound, recital.times[last][1], recital.times[last + 1][0])
    silence = np.zeros((1, round(silence_s * rate)), np.float32)
    samples = recital.sound.samples
    moved = silence.shape[1] / rate
    times = {
        index: (start + moved, end + moved) if index > last else (start, end)
        for index, (start, end) in recital.times.items()
    }
    parted = np.concatenate([samples[:, :cut], silence, samples[:, cut:]], axis=1)
    return replace(recital, sound=Sound(parted, rate), times=times)


def _quietest(sound: Sound, start_s: float, end_s: float) -> int:
    """The sample in the middle of the quietest hundredth of a second between two times."""
    width = max(1, round(_CUT_S * sound.rate))
    length: int = sound.samples.shape[1]
    start = min(max(0, round(start_s * sound.rate)), length)
    stretch = sound.samples[0, start : max(start, round(end_s * sound.rate))]
    if len(stretch) <= width:
        return start + len(stretch) // 2
    power = np.convolve(stretch.astype(np.float64) ** 2, np.ones(width), "valid")
    return start + int(np.argmin(power)) + width // 2


def joined(recitals: Sequence[Recital]) -> tuple[Sound, tuple[SpokenWord, ...]]:
    """All passages behind one another with the pauses between them, and when their words are heard.

    There are no times at all where those of one passage are missing, so that an aligner finds them.
    """
    rate = recitals[0].sound.rate
    pieces: list[NDArray[np.float32]] = []
    words: list[SpokenWord] = []
    for recital in recitals:
        if pieces:
            pause_s = PARAGRAPH_PAUSE_S if recital.passage.opens else SENTENCE_PAUSE_S
            pieces.append(np.zeros((1, round(pause_s * rate)), np.float32))
        start_s = sum(piece.shape[1] for piece in pieces) / rate
        pieces.append(recital.sound.samples)
        words.extend(
            SpokenWord(recital.passage.first + index, start_s + begin, start_s + end)
            for index, (begin, end) in sorted(recital.times.items())
        )
    samples = np.concatenate(pieces, axis=1)
    known = all(recital.times for recital in recitals)
    return Sound(samples, rate), _in_order(words, samples.shape[1] / rate) if known else ()


def _in_order(words: Sequence[SpokenWord], seconds: float) -> tuple[SpokenWord, ...]:
    """The same words, none beginning before its neighbour or ending after the next has begun or the sound is over."""
    starts = list(accumulate((min(max(0.0, word.start_s), seconds) for word in words), max))
    limits = [*starts[1:], seconds]
    return tuple(
        SpokenWord(word.index, start, min(max(start, word.end_s), limit))
        for word, start, limit in zip(words, starts, limits, strict=True)
    )


def speech_of(kit: Kit, voice: str, recitals: Sequence[Recital], answers: Sequence[Answer]) -> Speech:
    """What a service has spoken, whole; `answers` are all that was paid for it."""
    sound, words = joined(recitals)
    cost = sum((answer.cost for answer in answers), Decimal(0))
    return Speech(sound, words, voice, Credit(provider=kit.name, model=kit.model, cost_usd=cost))
