"""Measured on the sound: loudness, peaks, silences, and whether the voice is where the plan has it."""

from collections.abc import Sequence

import numpy as np

from vidfactory.inspection.limits import Limits
from vidfactory.inspection.sound import STEP, Heard, Offset, stretches
from vidfactory.schema.base import SAMPLE_RATE, Frames
from vidfactory.schema.inspection import Measurement
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Mix

QUIETEST_LUFS = -70.0
"""Below the gate of BS.1770 nothing is measured."""


def loudness(heard: Heard, mix: Mix, limits: Limits) -> Measurement:
    """Integrated loudness after BS.1770-4 against what the theme wants."""
    lufs = max(QUIETEST_LUFS, heard.loudness.integrated_lufs)
    off = abs(lufs - mix.target_lufs)
    return Measurement(
        name="loudness",
        level="good" if off <= limits.loudness_lu else "issue",
        said=f"{lufs:.1f} LUFS; wanted is {mix.target_lufs:.1f} ± {limits.loudness_lu:g}",
        figures={"integrated_lufs": round(lufs, 2), "target_lufs": mix.target_lufs},
    )


def peaks(heard: Heard, mix: Mix, limits: Limits, fps: int, starts_s: float) -> Measurement:
    """True peak after BS.1770-4, annex 2, and samples at full scale."""
    dbtp = max(QUIETEST_LUFS, heard.loudness.true_peak_dbtp)
    bad = dbtp > mix.max_true_peak_dbtp or heard.clipped > 0
    return Measurement(
        name="peaks",
        level="issue" if bad else "good",
        said=f"true peak {dbtp:.1f} dBTP, the most is {mix.max_true_peak_dbtp:g}; highest sample {heard.peak:.3f}, "
        f"{heard.clipped} above {limits.peak:g}",
        figures={"true_peak_dbtp": round(dbtp, 2), "peak": round(heard.peak, 4), "clipped_samples": heard.clipped},
        moments=(_frame(starts_s + heard.peak_at / SAMPLE_RATE, fps),) if bad else (),
    )


def silences(
    heard: Heard, words: Sequence[TimedWord], narration_start: int, limits: Limits, fps: int, starts_s: float
) -> Measurement:
    """An issue where words should be heard, else a warning: a film may want to be silent.

    words: in samples of the narration, which begins `narration_start` samples into the film.
    """
    least = round(limits.silence_s * SAMPLE_RATE / STEP)
    quiet = [span for span in stretches(list(heard.levels_db < limits.silence_db)) if span[1] - span[0] > least]
    spans = [(starts_s + first * STEP / SAMPLE_RATE, starts_s + last * STEP / SAMPLE_RATE) for first, last in quiet]
    lost = [word for word in words if any(_middle_s(word, narration_start) in _Span(span) for span in spans)]
    longest = max((end - start for start, end in spans), default=0.0)
    where = ", ".join(f"{start:.1f} to {end:.1f} s" for start, end in spans)
    words_lost = f", over {len(lost)} words from {lost[0].shown!r} on" if lost else ""
    return Measurement(
        name="silences",
        level="issue" if lost else "warning" if spans else "good",
        said=f"silent from {where}{words_lost}; the limit is {limits.silence_s:g} s below {limits.silence_db:g} dB"
        if spans
        else f"no silence of more than {limits.silence_s:g} s below {limits.silence_db:g} dB",
        figures={"silences": len(spans), "longest_s": round(longest, 2), "words_lost": len(lost)},
        moments=tuple(_frame(start + 0.5, fps) for start, _ in sorted(spans, key=lambda span: span[0] - span[1])),
    )


def sync(found: Sequence[Offset], starts_s: float, limits: Limits, fps: int) -> Measurement:
    """How far the narration in the film is from its place in the plan.

    found: in the film's sound, which begins `starts_s` into the film. A film in which nothing is said is in time.
    """
    missing = [piece for piece in found if piece.likeness < limits.heard]
    late = [(piece.late_s + starts_s, piece.at_s) for piece in found if piece.likeness >= limits.heard]
    worst_s, at_s = max(late, key=lambda piece: abs(piece[0]), default=(0.0, 0.0))
    is_off = abs(worst_s) > limits.sync_s
    unheard = f"; the narration is not found from {missing[0].at_s:.1f} s on" if missing else ""
    said = f"the voice is {abs(worst_s) * 1000:.0f} ms {'late' if worst_s > 0 else 'early'} at the worst"
    return Measurement(
        name="sync",
        level="issue" if is_off or missing else "good",
        said=f"{said}, the limit is {limits.sync_s * 1000:.0f} ms{unheard}",
        figures={
            "offset_ms": round(worst_s * 1000, 2),
            "median_offset_ms": round(float(np.median([piece[0] for piece in late])) * 1000, 2) if late else 0.0,
            "pieces": len(found),
            "pieces_not_found": len(missing),
            "least_likeness": round(min((piece.likeness for piece in found), default=1.0), 3),
        },
        moments=((_frame(at_s, fps),) if is_off else ()) + tuple(_frame(piece.at_s, fps) for piece in missing),
    )


class _Span(tuple[float, float]):
    """Seconds `[start, end)`."""

    __slots__ = ()

    def __contains__(self, moment: object) -> bool:
        assert isinstance(moment, float)
        return self[0] <= moment < self[1]


def _middle_s(word: TimedWord, narration_start: int) -> float:
    return (narration_start + (word.start + word.end) / 2) / SAMPLE_RATE


def _frame(seconds: float, fps: int) -> Frames:
    return Frames(max(0, int(seconds * fps)))
