"""Looks whether a plan can be rendered, before anything is drawn."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from vidfactory.errors import BadInput
from vidfactory.rendering.elements import check_times
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.theme import Theme


class Stretch(NamedTuple):
    """Frames `[start, end)` of the film, and what in the plan claims them."""

    start: int
    end: int
    name: str


def check_plan(plan: ProductionPlan, theme: Theme) -> None:
    """BadInput naming the scene, page or turn where the plan's times cannot be true.

    Scenes cover every frame once; caption pages and turns of the alternator lie in the film and do not
    overlap; overlays lie in the film; frames have even sides and are those of the theme.
    """
    for fault in _faults(plan, theme):
        where, what = fault
        raise BadInput(what, where=f"production_plan, {where}", remedy="Make the plan again, or mend it by hand")
    check_times(plan.overlays, plan.video_metadata.duration_frames)


Fault = tuple[str, str]
"""Where, and what."""


def _faults(plan: ProductionPlan, theme: Theme) -> Iterator[Fault]:
    about = plan.video_metadata
    size = about.resolution
    if size.width % 2 or size.height % 2:
        yield "resolution", f"a frame of {size.width}x{size.height} has an odd side"
    if size != theme.frame:
        yield (
            "resolution",
            f"the frame is {size.width}x{size.height}, the theme's {theme.frame.width}x{theme.frame.height}",
        )
    length = about.duration_frames
    scenes = [Stretch(scene.start_frame, scene.end_frame, f"scene {scene.scene_number}") for scene in plan.scenes]
    yield from _misplaced(scenes, length)
    yield from _gaps(scenes, length)
    pages = [
        Stretch(page.start_frame, page.end_frame, f"caption {number} ({page.text!r})")
        for number, page in enumerate(plan.captions, start=1)
    ]
    yield from _misplaced(pages, length)
    for page, stretch in zip(plan.captions, pages, strict=True):
        words = [
            Stretch(word.start_frame, word.end_frame, f"{stretch.name}, word {word.text!r}") for word in page.words
        ]
        yield from _misplaced(words, length)
        for word in words:
            if word.start < page.start_frame or word.end > page.end_frame:
                yield word.name, f"frames {word.start} to {word.end} are not those of its page"
    turns = plan.alternator.items if plan.alternator else ()
    yield from _misplaced(
        [Stretch(turn.start_frame, turn.end_frame, f"alternator, turn {n}") for n, turn in enumerate(turns, start=1)],
        length,
    )


def _misplaced(stretches: Sequence[Stretch], length: int) -> Iterator[Fault]:
    for stretch in stretches:
        span = f"frames {stretch.start} to {stretch.end}"
        if stretch.start < 0:
            yield stretch.name, f"it begins before the film: {span}"
        elif stretch.end <= stretch.start:
            yield stretch.name, f"it ends before it begins: {span}"
        elif stretch.end > length:
            yield stretch.name, f"it lies outside the film of {length} frames: {span}"
    for before, after in pairwise(stretches):
        if after.start < before.end:
            yield after.name, f"it begins at frame {after.start}, before {before.name} ends at {before.end}"


def _gaps(scenes: Sequence[Stretch], length: int) -> Iterator[Fault]:
    at = 0
    for scene in scenes:
        if scene.start > at:
            yield scene.name, f"frames {at} to {scene.start} before it have no scene"
        at = scene.end
    if at < length:
        yield scenes[-1].name, f"frames {at} to {length} behind it have no scene"
