"""Which thumbnails a film gets: its strongest pictures in several concepts, and variants of the best concept.

Belongs here: choosing and naming. Does not belong here: drawing one (`thumbnail`) and what makes one good
(`thumbnail_score`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import get_args

import numpy as np

from vidfactory.drawing.thumbnail import Concept, Design, can_lose_its_kicker, draw_thumbnail, has_figure, opaque
from vidfactory.drawing.thumbnail_score import Picture, Score, score_thumbnail, strength
from vidfactory.drawing.thumbnail_words import Line
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box
from vidfactory.schema.theme import Theme

PICTURES_IN_TURN = 3
"""The concepts take the strongest so many pictures in turn."""
STRENGTH_WEIGHT, RELEVANCE_WEIGHT = 0.6, 0.4


@dataclass(frozen=True)
class Candidate:
    """A picture of the film, and what is said while it is seen."""

    name: str
    data: bytes
    said: str = ""


@dataclass(frozen=True)
class MadeThumbnail:
    """One that is drawn and scored; `shape` is the name of the theme that it is drawn in."""

    concept: Concept
    variant: str
    """Name of the one thing in which it differs from the first of its concept; empty for the first."""
    varies: str
    """The same in words."""
    shape: str
    jpeg: bytes
    score: Score

    @property
    def name(self) -> str:
        return "_".join(part for part in (self.concept, self.variant, self.shape) if part)


@dataclass(frozen=True)
class _Idea:
    design: Design
    variant: str = ""
    varies: str = ""


def make_thumbnails(
    headline: str, kicker: str, language: str, candidates: Sequence[Candidate], themes: Mapping[str, Theme]
) -> list[MadeThumbnail]:
    """Every concept, and variants of the best that differ from it in one thing each, in each of `themes`.

    `themes` holds one theme for frames of several shapes, each under the shape's name. Ordered by shape,
    then the best first. The same input gives the same bytes. BadInput without a headline or candidates, and
    for characters that no face has.
    """
    if not candidates:
        raise BadInput("thumbnails need at least one picture", where=headline)
    pictures = [candidate.data for candidate in strongest(candidates, headline)]
    palette = next(iter(themes.values())).palette
    plain = Design("framed", pictures[0], headline, palette.accent, kicker, language=language)
    firsts = [_Idea(design) for design in _concepts(plain, pictures)]
    tried = {idea: _drawn(idea, themes) for idea in firsts}
    best = max(firsts, key=lambda idea: fmean(made.score.total for made in tried[idea]))
    tried |= {idea: _drawn(idea, themes) for idea in _variants(best.design, pictures, palette.second_accent)}
    shapes = list(themes)
    every = [made for each in tried.values() for made in each]
    return sorted(every, key=lambda made: (shapes.index(made.shape), -made.score.total))


def strongest(candidates: Sequence[Candidate], headline: str) -> list[Candidate]:
    """Different pictures, the best first: how well they hold when small, and whether the headline's words fall there.

    0.6 of `thumbnail_score.strength` + 0.4 of the share of the headline's words that are said with the picture,
    a heuristic that keeps a strong picture of something else from standing for the film.
    """
    different = list({candidate.data: candidate for candidate in reversed(candidates)}.values())[::-1]
    return sorted(different, key=lambda each: -_rank(each, headline))


def _rank(candidate: Candidate, headline: str) -> float:
    wanted, said = _words(headline), _words(candidate.said)
    relevance = len(wanted & said) / len(wanted) if wanted else 0.0
    return STRENGTH_WEIGHT * strength(_pixels(candidate.data)) + RELEVANCE_WEIGHT * relevance


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w[\w.,]*\w|\w", text.casefold()))


def _concepts(design: Design, pictures: Sequence[bytes]) -> Iterator[Design]:
    """`design` in each concept that its words allow, with the strongest pictures in turn."""
    in_turn = pictures[:PICTURES_IN_TURN]
    set_figure = has_figure(design.headline, design.kicker)
    possible = [concept for concept in get_args(Concept) if concept != "figure" or set_figure]
    for turn, concept in enumerate(possible):
        yield replace(design, concept=concept, picture=in_turn[turn % len(in_turn)])


def _variants(design: Design, pictures: Sequence[bytes], accent: str) -> Iterator[_Idea]:
    other = next((picture for picture in pictures if picture != design.picture), None)
    if other is not None:
        yield _Idea(replace(design, picture=other), "other_picture", "another picture")
    yield _Idea(replace(design, accent=accent), "other_accent", "another accent colour")
    yield _Idea(replace(design, mirrored=True), "other_place", "the words in another place, as large as they fit there")
    if can_lose_its_kicker(design):
        yield _Idea(replace(design, shows_kicker=False), "no_kicker", "without the kicker")


def _drawn(idea: _Idea, themes: Mapping[str, Theme]) -> list[MadeThumbnail]:
    made = []
    for shape, theme in themes.items():
        jpeg, layout = draw_thumbnail(idea.design, theme)
        score = score_thumbnail(_pixels(jpeg), [_capitals(line) for line in layout.lines])
        made.append(MadeThumbnail(idea.design.concept, idea.variant, idea.varies, shape, jpeg, score))
    return made


def _capitals(line: Line) -> Box:
    """Where capitals of the line stand, without what reaches below its baseline."""
    return line.label.box.model_copy(update={"height": line.label.style.cap_height})


def _pixels(data: bytes) -> Picture:
    return np.asarray(opaque(data, "white"))
