"""Captions on the film: whether the letters that should be on screen at a frame are there.

The words of the plan are drawn once more and compared with the film's pixels where their ink covers it whole, luma and
colour each by the correlation of Pearson: 1 for the same letters, about 0 where there are none. A word that is not in
its place is looked for on the whole frame. So the film itself is proof, whatever the renderer thought; what
is taken for granted is how a word is drawn (`drawing.caption`).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vidfactory.drawing.caption import caption_image, phrase_image
from vidfactory.drawing.type import unshowable
from vidfactory.errors import BadInput
from vidfactory.rendering.sprite import Plane, Sprite, opaque
from vidfactory.schema.base import Box
from vidfactory.schema.plan import CaptionPage, CaptionWord
from vidfactory.schema.theme import CaptionStyle

ENOUGH_PX = 40
"""A caption box is looked at so high, or at most twice: letters can be told apart, and it costs a sixteenth."""
MOST_REDUCED = 4
COVERED = 250
"""Of 255: a cell is compared where the ink covers it whole."""
TELLING = 6.0
"""A plane is compared where the expected letters deviate so much from their mean."""
COLOUR_ALLOWANCE = 0.2
"""How much less the colours of right letters may correlate: they have half the pixels, and encoders save on them."""

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Cue:
    """Letters on screen in `[start, end)`: the word `text`, alone or lit among the others of its phrase."""

    text: str
    start: int
    end: int
    words: tuple[str, ...]
    lit: int


@dataclass(frozen=True)
class Sighting:
    """How alike the letters on screen are to those of cue number `cue`, and where they were found instead.

    is_due: whether the cue should be on screen at that frame; else it should have gone, or not have come.
    """

    cue: int
    likeness: float
    is_due: bool
    elsewhere: Box | None = None


def cues_of(pages: Sequence[CaptionPage], style: CaptionStyle) -> tuple[Cue, ...]:
    """Every word of the pages with the frames in which it is lit, in order."""
    return tuple(
        Cue(
            text=word.text,
            start=word.start_frame,
            end=word.end_frame,
            words=(word.text,) if style.style == "one_word" else tuple(other.text for other in _words(page)),
            lit=0 if style.style == "one_word" else number,
        )
        for page in pages
        for number, word in enumerate(_words(page))
    )


def _words(page: CaptionPage) -> tuple[CaptionWord, ...]:
    return page.words or (CaptionWord(text=page.text, start_frame=page.start_frame, end_frame=page.end_frame),)


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a reduced plane that ink covers whole, and what they show: luma is plane 0."""

    plane: int
    size: tuple[int, int]
    """Width and height of the reduced plane."""
    indices: NDArray[np.intp]
    expected: Pixels

    def likeness(self, part: Plane) -> float:
        reduced = cv2.resize(part, self.size, interpolation=cv2.INTER_AREA)
        return _correlation(reduced.take(self.indices).astype(np.float32), self.expected)


@dataclass(frozen=True, eq=False)
class Letters:
    """The expected letters, reduced: so many pixels are one, `by` across and down.

    place: in pixels of the frame; its edges are multiples of twice `by` from the caption box, so that all planes reduce
    evenly. ink: where there is ink in it. shown, covered: luma of the whole place, and where ink covers it.
    telling: the planes by which the letters are told.
    """

    place: Box
    ink: Box
    by: int
    shown: Pixels
    covered: NDArray[np.bool_]
    telling: tuple[Cells, ...]

    def likeness(self, seen: Sequence[Plane]) -> float:
        """Of what the frame's planes `seen` show in the letters' place; the least of the telling planes.

        What stands beside the letters is not looked at.
        """
        place, found = self.place, []
        for cells in self.telling:
            half = 2 if cells.plane else 1
            rows, columns = (
                slice(place.top // half, place.bottom // half),
                slice(place.left // half, place.right // half),
            )
            allowed = COLOUR_ALLOWANCE if cells.plane else 0.0
            found.append(min(1.0, cells.likeness(seen[cells.plane][rows, columns]) + allowed))
        return min(found)

    def found_on(self, luma: Plane) -> tuple[float, Box]:
        """The place of the whole frame that is most like the letters, and how much it is."""
        by, size = self.by, (luma.shape[1] // self.by, luma.shape[0] // self.by)
        frame = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        mask = self.covered.astype(np.float32)
        scores = cv2.matchTemplate(frame, self.shown, cv2.TM_CCOEFF_NORMED, mask=mask)
        scores[~np.isfinite(scores) | (scores > 1.01)] = -1.0
        _, best, _, (x, y) = cv2.minMaxLoc(scores)
        place = Box(left=x * by, top=y * by, width=self.place.width, height=self.place.height)
        return float(best), place

    def stands_at(self, place: Box) -> bool:
        """Whether a place is the letters' own, as far as can be told: there they lack the right colour."""
        near = 2 * MOST_REDUCED
        return abs(place.left - self.place.left) <= near and abs(place.top - self.place.top) <= near


class Script:
    """All cues of a film with their letters, drawn at once. A word without glyphs is looked for nowhere."""

    def __init__(self, cues: Sequence[Cue], style: CaptionStyle, least: float) -> None:
        self.cues = cues
        self.least = least
        """The likeness at which letters count as seen."""
        self.letters: dict[tuple[tuple[str, ...], int], Letters | None] = {}
        for cue in cues:
            if (cue.words, cue.lit) not in self.letters:
                self.letters[cue.words, cue.lit] = _drawn(cue, style)

    def at(self, frame: int) -> int | None:
        """The number of the cue that is due at a frame."""
        number = self.before(frame)
        return number if number is not None and frame < self.cues[number].end else None

    def before(self, frame: int) -> int | None:
        """The number of the last cue that has begun at a frame."""
        return bisect_right(self.cues, frame, key=lambda cue: cue.start) - 1 if self._begun(frame) else None

    def of(self, number: int) -> Letters | None:
        cue = self.cues[number]
        return self.letters[cue.words, cue.lit]

    def _begun(self, frame: int) -> bool:
        return bool(self.cues) and self.cues[0].start <= frame


class Reader:
    """Reads the captions on frames that come in order."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._sought: set[int] = set()

    def read(self, frame: int, seen: Sequence[Plane]) -> Sighting | None:
        """None where there is nothing to be read, nor to be missed."""
        due = self._script.at(frame)
        return self._stray(frame, seen) if due is None else self._due(due, frame, seen)

    def _due(self, due: int, frame: int, seen: Sequence[Plane]) -> Sighting | None:
        """A cue that comes or goes a frame early or late is good."""
        letters = self._script.of(due)
        if letters is None:
            return None
        likeness = letters.likeness(seen)
        if likeness >= self._script.least or self._is_changing(due, frame, seen):
            return Sighting(due, max(likeness, self._script.least), is_due=True)
        if due in self._sought:
            return Sighting(due, likeness, is_due=True)
        self._sought.add(due)
        elsewhere, place = letters.found_on(seen[0])
        is_there = elsewhere >= self._script.least and not letters.stands_at(place)
        return Sighting(due, likeness, is_due=True, elsewhere=place if is_there else None)

    def _is_changing(self, due: int, frame: int, seen: Sequence[Plane]) -> bool:
        around = {self._script.at(frame - 1), self._script.at(frame + 1)} - {due}
        if None in around:
            return True
        others = (self._script.of(number) for number in around if number is not None)
        return any(letters is not None and letters.likeness(seen) >= self._script.least for letters in others)

    def _stray(self, frame: int, seen: Sequence[Plane]) -> Sighting | None:
        """The word before or after, where neither is due."""
        before = self._script.before(frame)
        after = 0 if before is None else before + 1
        near = [] if before is None or frame <= self._script.cues[before].end else [before]
        if after < len(self._script.cues) and frame < self._script.cues[after].start - 1:
            near.append(after)
        for number in near:
            letters = self._script.of(number)
            likeness = letters.likeness(seen) if letters else 0.0
            if likeness >= self._script.least:
                return Sighting(number, likeness, is_due=False)
        return None


def _drawn(cue: Cue, style: CaptionStyle) -> Letters | None:
    try:
        is_alone = style.style == "one_word"
        image = caption_image(cue.text, style) if is_alone else phrase_image(cue.words, cue.lit, style)
    except BadInput:
        if unshowable("".join(cue.words), style.font):
            return None
        raise
    by = min(MOST_REDUCED, max(1, style.box.height // ENOUGH_PX))
    inked = image.getchannel("A").getbbox() or (0, 0, 1, 1)
    around = _even(inked, 2 * by)
    sprite = Sprite.of(image.crop(around).reduce(by))
    cover = sprite.alpha or opaque(sprite)
    chroma = max(_cells(1, sprite.u, cover.chroma), _cells(2, sprite.v, cover.chroma), key=_contrast)
    luma = _cells(0, sprite.y, cover.luma)
    return Letters(
        place=_placed(around, style.box),
        ink=_placed(inked, style.box),
        by=by,
        shown=sprite.y.astype(np.float32),
        covered=cover.luma >= COVERED,
        telling=(luma, chroma) if _contrast(chroma) >= TELLING else (luma,),
    )


def _cells(number: int, plane: Plane, cover: Plane) -> Cells:
    indices = np.flatnonzero(cover >= COVERED)
    return Cells(number, (plane.shape[1], plane.shape[0]), indices, plane.take(indices).astype(np.float32))


def _contrast(cells: Cells) -> float:
    return float(cells.expected.std()) if cells.indices.size else 0.0


Edges = tuple[int, int, int, int]
"""Left, top, right and bottom."""


def _even(box: Edges, step: int) -> Edges:
    """The box, and around it as much as brings its edges to multiples of `step`."""
    left, top, right, bottom = box
    return left // step * step, top // step * step, -(-right // step) * step, -(-bottom // step) * step


def _placed(edges: Edges, box: Box) -> Box:
    """In pixels of the frame, what is in those of a box."""
    left, top, right, bottom = edges
    return Box(left=box.left + left, top=box.top + top, width=right - left, height=bottom - top)


def _correlation(one: Pixels, other: Pixels) -> float:
    """Of Pearson, 0 where either is all of one value."""
    one, other = one - one.mean(), other - other.mean()
    both = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / both if both > 0 else 0.0
