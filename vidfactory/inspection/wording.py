"""Measured on the words: the captions against the script, each word on screen in its time, its place, its glyphs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vidfactory.drawing.type import named, unshowable
from vidfactory.drawing.typesetting import ELLIPSIS
from vidfactory.inspection.lettering import Cue, Letters, Script, Sighting
from vidfactory.inspection.limits import Limits
from vidfactory.inspection.seeing import SHOWN
from vidfactory.planning.clock import frame_at
from vidfactory.schema.base import Box, Frames
from vidfactory.schema.inspection import Measurement
from vidfactory.schema.overlay import CounterOverlay, GroupOverlay, Overlay, TextOverlay
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Theme

LONG_FRAMES = 8
"""A caption that stays so long is on a sampled frame, as these are four apart; a shorter one may fall between."""
_AROUND = re.compile(r"^[^\w$€£¥%+−-]+|[^\w$€£¥%]+$")
"""Marks that captions leave out."""


@dataclass(frozen=True)
class Difference:
    """Where captions and script part: what one says and what the other, and when."""

    script: str
    caption: str
    frame: int


def captions(
    cues: Sequence[Cue], words: Sequence[TimedWord], script: Sequence[str], plan: ProductionPlan, limits: Limits
) -> Measurement:
    """The captions must say the words of the script in order, each from when it is heard.

    script: the screenplay's words. words: their times, in samples of the narration.
    """
    fps, end = plan.video_metadata.fps, plan.video_metadata.duration_frames
    heard_at = [frame_at(plan.audio.narration.start + word.start, fps) for word in words]
    matched, difference = _matched(script, cues, [frame for frame in heard_at if frame < end])
    late = [(abs(cue.start - frame), cue) for cue, frame in zip(matched, heard_at, strict=False) if cue is not None]
    worst, latest = max(late, key=lambda pair: pair[0], default=(0, None))
    faults = []
    if difference:
        faults.append(
            f"at {difference.frame / fps:.1f} s the script says {difference.script!r}, the captions "
            f"{difference.caption!r}"
        )
    if latest and worst > limits.caption_late_frames:
        faults.append(f"{latest.text!r} comes {worst} frames from when it is heard")
    if len(words) != len(script):
        faults.append(f"{len(words)} words have a time, the script has {len(script)}")
    moments = [difference.frame] if difference else []
    moments += [cue.start for off, cue in late if off > limits.caption_late_frames][:SHOWN]
    return Measurement(
        name="captions",
        level="issue" if faults else "good",
        said="; ".join(faults)
        if faults
        else f"{len(script)} words of the script in order, each at most {worst} frames from when it is heard; the "
        f"limit is {limits.caption_late_frames}",
        figures={
            "words": len(script),
            "captions": len(cues),
            "worst_frames": worst,
            "hurried_pages": sum(page.hurried for page in plan.captions),
        },
        moments=tuple(Frames(min(frame, end - 1)) for frame in moments),
    )


def words_on_screen(script: Script, sightings: Sequence[tuple[int, Sighting]], limits: Limits, fps: int) -> Measurement:
    """Every word is seen on every sampled frame of its time, and on none on which no word is due.

    sightings: with their frames.
    """
    by_cue: dict[int, list[tuple[int, Sighting]]] = {}
    for frame, sighting in sightings:
        by_cue.setdefault(sighting.cue, []).append((frame, sighting))
    unseen: list[tuple[int, Cue]] = []
    looked_for = [number for number in range(len(script.cues)) if script.of(number) is not None]
    for number in looked_for:
        cue, due = script.cues[number], [pair for pair in by_cue.get(number, []) if pair[1].is_due]
        if not due and cue.end - cue.start >= LONG_FRAMES:
            unseen.append((cue.start, cue))
        if not any(sighting.elsewhere for _, sighting in due):
            unseen += [(frame, cue) for frame, sighting in due if sighting.likeness < limits.caption_likeness][:1]
    stray = [(frame, script.cues[sighting.cue]) for frame, sighting in sightings if not sighting.is_due]
    least = min((sighting.likeness for _, sighting in sightings if sighting.is_due), default=1.0)
    skipped = sum(number not in by_cue for number in looked_for)
    faults = [f"not on screen in its time: {_listed(unseen, fps)}"] if unseen else []
    faults += [f"on screen when no word is due: {_listed(stray, fps)}"] if stray else []
    return Measurement(
        name="words_on_screen",
        level="issue" if faults else "good",
        said="; ".join(faults)
        if faults
        else f"{len(looked_for) - skipped} of {len(looked_for)} words seen in their time, the others were too short to "
        f"be sampled; likeness at least {least:.2f}, the limit is {limits.caption_likeness:g}",
        figures={
            "words": len(looked_for),
            "not_sampled": skipped,
            "not_seen": len(unseen),
            "out_of_time": len(stray),
            "least_likeness": round(least, 3),
        },
        moments=tuple(Frames(frame) for frame, _ in (unseen + stray)[:SHOWN]),
    )


def safe_area(
    script: Script, sightings: Sequence[tuple[int, Sighting]], plan: ProductionPlan, theme: Theme
) -> Measurement:
    """Letters of captions and boxes of texts inside the theme's safe area, where they should be and where they are."""
    safe, fps = theme.safe_box, plan.video_metadata.fps
    outside: list[tuple[int, str]] = []
    for number, cue in enumerate(script.cues):
        letters = script.of(number)
        if letters is not None and not _holds(safe, letters.ink):
            outside.append((cue.start, cue.text))
    for frame, sighting in sightings:
        letters = script.of(sighting.cue)
        if letters is not None and sighting.elsewhere and not _holds(safe, _with_size(sighting.elsewhere, letters)):
            outside.append((frame, script.cues[sighting.cue].text))
    texts = list(_texts(plan.overlays, 0, 0, 0))
    outside += [(frame, text) for frame, text, box in texts if not _holds(safe, box)]
    where = ", ".join(f"{text!r} at {frame / fps:.1f} s" for frame, text in outside[:SHOWN])
    return Measurement(
        name="safe_area",
        level="issue" if outside else "good",
        said=f"outside the safe area: {where}"
        if outside
        else f"all words stand inside {safe.width}x{safe.height} px at {safe.left}, {safe.top}",
        figures={"words": len(script.cues) + len(texts), "outside": len(outside)},
        moments=tuple(Frames(frame) for frame, _ in outside[:SHOWN]),
    )


def glyphs(plan: ProductionPlan, theme: Theme) -> Measurement:
    """Every character of captions and texts is in a face that can be used."""
    fonts = {"headline": theme.headline_font, "text": theme.text_font}
    shown = [(page.start_frame, page.text, theme.captions.font) for page in plan.captions]
    shown += [
        (overlay.start_frame, _text_of(overlay), fonts[overlay.lettering.font]) for overlay in _lettered(plan.overlays)
    ]
    missing = [(frame, unshowable(text, font)) for frame, text, font in shown]
    lacking = [(frame, chars) for frame, chars in missing if chars]
    each = dict.fromkeys(char for _, chars in lacking for char in chars)
    return Measurement(
        name="glyphs",
        level="issue" if lacking else "good",
        said=f"no face has {', '.join(named(char) for char in each)}" if lacking else "a face has every character",
        figures={"texts": len(shown), "missing": len(each)},
        moments=tuple(Frames(frame) for frame, _ in lacking[:SHOWN]),
    )


def _matched(
    script: Sequence[str], cues: Sequence[Cue], heard_at: Sequence[int]
) -> tuple[list[Cue | None], Difference | None]:
    """For each word of the script that is heard in the film the caption that begins it, up to where they part.

    A word may be shown in several pieces, shortened with an ellipsis, or not at all if it is signs alone.
    """
    matched: list[Cue | None] = []
    at = 0
    for word, frame in zip(script, heard_at, strict=False):
        rest = _bare(word)
        matched.append(cues[at] if rest and at < len(cues) else None)
        while rest:
            while at < len(cues) and not _bare(cues[at].text):
                at += 1
            if at == len(cues):
                return matched, Difference(word, "", frame)
            left = _without(rest, cues[at].text)
            if left is None:
                return matched[:-1], Difference(word, cues[at].text, frame)
            rest = left
            at += 1
    while at < len(cues) and not _bare(cues[at].text):
        at += 1
    return matched, Difference("", cues[at].text, cues[at].start) if at < len(cues) else None


def _without(word: str, caption: str) -> str | None:
    """What is left of a word behind what a caption shows of it; None where it shows something else."""
    if ELLIPSIS in caption and caption.strip(ELLIPSIS):
        head = _bare(caption.split(ELLIPSIS, maxsplit=1)[0])
        return "" if head in word else None
    piece = _bare(caption)
    return _bare(word[len(piece) :]) if word.startswith(piece) else None


def _bare(text: str) -> str:
    """A word without the marks around it, and without signs of layout."""
    return _AROUND.sub("", "".join(char for char in text if char.isprintable()))


def _listed(found: Sequence[tuple[int, Cue]], fps: int) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(f"{cue.text!r} at {frame / fps:.2f} s" for frame, cue in found[:SHOWN]) + more


def _texts(overlays: Sequence[Overlay], left: int, top: int, start: int) -> Iterator[tuple[int, str, Box]]:
    """Texts with the frames at which they come, and their boxes in the frame."""
    for overlay in overlays:
        box = overlay.box.model_copy(update={"left": overlay.box.left + left, "top": overlay.box.top + top})
        frame = overlay.start_frame + start
        if isinstance(overlay, GroupOverlay):
            yield from _texts(overlay.children, box.left, box.top, frame)
        elif isinstance(overlay, TextOverlay | CounterOverlay):
            yield frame, _text_of(overlay), box


def _lettered(overlays: Sequence[Overlay]) -> Iterator[TextOverlay | CounterOverlay]:
    for overlay in overlays:
        if isinstance(overlay, GroupOverlay):
            yield from _lettered(overlay.children)
        elif isinstance(overlay, TextOverlay | CounterOverlay):
            yield overlay


def _text_of(overlay: TextOverlay | CounterOverlay) -> str:
    return overlay.text if isinstance(overlay, TextOverlay) else f"{overlay.prefix}{overlay.suffix}"


def _with_size(place: Box, letters: Letters) -> Box:
    return place.model_copy(update={"width": letters.place.width, "height": letters.place.height})


def _holds(outer: Box, inner: Box) -> bool:
    across = outer.left <= inner.left and inner.right <= outer.right
    return across and outer.top <= inner.top and inner.bottom <= outer.bottom
