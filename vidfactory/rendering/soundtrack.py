"""The sound of the film: its tracks, decoded, mixed, mastered and encoded in streams.

Belongs here: the passes over the sound, and tracks that cannot be used. Does not belong here: what each
pass does (`mix`, `mastering`, `meter`).

No track is ever held whole. The mix waits in a nameless file beside the target while its loudness is
found out; nothing of it is left, however this ends.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np

from vidfactory.errors import BadInput, disk_errors
from vidfactory.files import staging
from vidfactory.rendering.audio import BLOCK, Block, amplitude, decoded, encode_aac
from vidfactory.rendering.mastering import CODEC_HEADROOM_DB, limited_lufs, mastered, mastering
from vidfactory.rendering.meter import Survey, survey
from vidfactory.rendering.mix import Player, Speech, mix, placed
from vidfactory.schema.base import Samples, samples_to_seconds, seconds_to_samples
from vidfactory.schema.film import Loudness
from vidfactory.schema.plan import AudioPlan, MusicTrack
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Mix

SPEECH_DBFS = -45.0
"""What is below this is not speech."""
SILENT_DBFS = -60.0
TOLERANCE_LU = 0.1
ROUNDS = 4
"""So often is the sound encoded at most until what is heard is what was wanted; nearly always once."""
PEAK_MARGIN_DB = 0.1
SHORTEST_LOOP_S = 0.1
"""A loop's file is opened anew for each turn; one that is shorter is no music."""


def make_sound(  # noqa: PLR0913, PLR0917  -- one sound, all that it is made of
    audio: AudioPlan,
    levels: Mix,
    words: Sequence[TimedWord],
    length: Samples,
    narration: Path,
    music: Path | None,
    target: Path,
    bit_rate: int,
) -> Loudness:
    """Write the mastered mix of `length` samples as AAC in MP4 to `target`; return what is measured on it.

    `words` are in samples of the film. The same input gives the same bytes, in memory that does not
    grow with the length. `target` is there whole or not at all. Raises `BadInput` that names the track
    and its file, and a `VidfactoryError` where the disk refuses.
    """
    voice = _Voice(narration, room=length - audio.narration.start)
    player = _player(music, audio.music) if music and audio.music else None
    with (
        disk_errors(str(target)),
        TemporaryFile(dir=target.parent) as waiting,
        staging(target) as unfinished,
    ):
        mixed = survey(_kept(_mixed(audio, Speech(words, levels.duck_db), length, voice, player), waiting))
        voice.check(words, audio.narration.start)
        loudness = _encoded(mixed, waiting, length, levels, unfinished, bit_rate)
        unfinished.replace(target)
    return loudness


def _mixed(audio: AudioPlan, speech: Speech, length: Samples, voice: "_Voice", music: Player | None) -> Iterator[Block]:
    narration = iter(voice)
    yield from mix(narration, music, length, audio, speech)
    deque(narration, maxlen=0)  # what lies behind the film's end is not mixed, but looked at


def _player(path: Path, track: MusicTrack) -> Player:
    return partial(_turn if track.loop else decoded, path, f"music: {path}")


def _turn(path: Path, where: str) -> Iterator[Block]:
    """Once through a loop."""
    samples = 0
    for part in decoded(path, where):
        yield part
        samples += part.shape[1]
    if samples < seconds_to_samples(SHORTEST_LOOP_S):
        raise BadInput(
            f"the loop lasts only {samples_to_seconds(samples):.3f} s",
            where=where,
            remedy=f"Give music of at least {SHORTEST_LOOP_S} s",
        )


def _encoded(mixed: Survey, waiting: IO[bytes], length: Samples, levels: Mix, path: Path, bit_rate: int) -> Loudness:
    """Master and encode what waits, and again if the codec made it louder, quieter or sharper than it may be."""
    aim_lufs, ceiling_dbtp = levels.target_lufs, levels.max_true_peak_dbtp - CODEC_HEADROOM_DB
    wanted_lufs = limited_lufs(mixed.energies, mastering(mixed, aim_lufs, ceiling_dbtp))
    for _ in range(ROUNDS):
        encode_aac(path, mastered(_read(waiting), mastering(mixed, aim_lufs, ceiling_dbtp)), bit_rate)
        heard = survey(placed(decoded(path, str(path)), 0, length)).loudness
        missing_lu = wanted_lufs - heard.integrated_lufs if isfinite(wanted_lufs) else 0.0
        excess_db = heard.true_peak_dbtp - levels.max_true_peak_dbtp
        if abs(missing_lu) <= TOLERANCE_LU and excess_db <= 0:
            break
        aim_lufs += missing_lu
        ceiling_dbtp -= max(0.0, excess_db + PEAK_MARGIN_DB)
    return heard


def _kept(blocks: Iterable[Block], file: IO[bytes]) -> Iterator[Block]:
    """The stereo blocks as they pass, written to `file`."""
    for block in blocks:
        file.write(np.ascontiguousarray(block).data)
        yield block


def _read(file: IO[bytes]) -> Iterator[Block]:
    """The stereo blocks that `_kept` wrote, from the first."""
    file.seek(0)
    while content := file.read(BLOCK * 2 * np.dtype(np.float32).itemsize):
        yield np.frombuffer(content, np.float32).reshape(2, -1)


class _Voice:
    """The narration on its way into the mix, and what was heard of it."""

    def __init__(self, path: Path, room: int) -> None:
        self._path, self._room = path, room
        self._where = f"narration: {path}"
        self._samples = 0
        self._loudest = 0.0
        self._last_beyond = 0

    def __iter__(self) -> Iterator[Block]:
        for part in decoded(self._path, self._where):
            yield part
            magnitude = np.abs(part).max(axis=0)
            self._loudest = max(self._loudest, float(magnitude.max(initial=0)))
            loud = np.flatnonzero(magnitude > amplitude(SPEECH_DBFS))
            if loud.size:
                self._last_beyond = max(0, self._samples + int(loud[-1]) + 1 - self._room)
            self._samples += part.shape[1]

    def check(self, words: Sequence[TimedWord], start: int) -> None:
        """After the last sample: raises `BadInput` if words would be lost."""
        if words and self._loudest < amplitude(SILENT_DBFS):
            raise BadInput("the narration is silent", where=self._where, remedy="Give a recording of the spoken words")
        if self._last_beyond:
            raise BadInput(
                f"speech goes on for {samples_to_seconds(self._last_beyond):.2f} s after the end of the picture",
                where=self._where,
                remedy="Make the production plan again",
            )
        unheard = [word for word in words if word.start >= start + self._samples]
        if unheard:
            raise BadInput(
                f"the narration ends at {samples_to_seconds(start + self._samples):.2f} s of the film, "
                f"before '{unheard[0].shown}' at {samples_to_seconds(unheard[0].start):.2f} s",
                where=self._where,
                remedy="Give the whole recording, or make the timestamps and the production plan again",
            )
