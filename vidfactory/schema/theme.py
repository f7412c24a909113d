"""A theme: the look of a format as data. Lengths are pixels of the frame that the theme is made for."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Literal, Self

from pydantic import Field, model_validator

from vidfactory.schema.base import Box, Model, Size
from vidfactory.schema.motion import TransitionType

UNIT_SIDE = 1080
"""The house's measures (`Theme.px`, `SMALLEST_TEXT`) are pixels of a frame whose shorter side is this long."""
SMALLEST_TEXT = 34


class Insets(Model):
    """Distances from the frame's edges that stay free of text that matters."""

    top: int = Field(ge=0)
    bottom: int = Field(ge=0)
    left: int = Field(ge=0)
    right: int = Field(ge=0)


class Scheme(Model):
    """The colours of what stands on one ground."""

    ground: str
    letters: str
    quiet: str
    """Secondary text and hairlines."""
    rise: str
    fall: str
    band: str
    """Behind letters, to single out a part."""


BAND_ON_INK = 0.3
"""How much of the accent is in a band on ink: full, it would swallow the letters, which are light there."""


class Palette(Model):
    """Colours as `#rrggbb`."""

    ink: str
    paper: str
    shade: str
    """Between ink and paper: secondary text and hairlines; still 7:1 against paper."""
    shade_on_ink: str
    """The same where the ground is ink."""
    accent: str
    second_accent: str
    """In place of `accent`, never beside it: what a thumbnail's variant tries; 7:1 against ink."""
    rise: str
    fall: str
    """`rise` and `fall` are only ever used together with an arrow or a sign; 7:1 against paper."""
    rise_on_ink: str
    fall_on_ink: str
    """The same two where the ground is ink."""
    cards: Literal["paper", "ink"] = "paper"
    """What charts, posts and the poster stand on."""

    @property
    def card(self) -> Scheme:
        """The colours of charts, posts and the poster."""
        if self.cards == "ink":
            return Scheme(
                ground=self.ink,
                letters=self.paper,
                quiet=self.shade_on_ink,
                rise=self.rise_on_ink,
                fall=self.fall_on_ink,
                band=_mixed(self.accent, self.ink, BAND_ON_INK),
            )
        return Scheme(
            ground=self.paper,
            letters=self.ink,
            quiet=self.shade,
            rise=self.rise,
            fall=self.fall,
            band=self.accent,
        )


class Toning(Model):
    """A picture in two colours and those between: what its black and its white become."""

    dark: str
    light: str


CaptionLook = Literal["one_word", "phrase", "boxed"]
"""One word at a time; a phrase with the spoken word in colour; a phrase on a plate, the spoken word's plate lit."""


class CaptionStyle(Model):
    box: Box
    font: str
    size_px: int
    min_size_px: int
    fill: str
    """Of the word that is spoken; the plate under it where `style` is boxed."""
    outline: str
    """Around the letters; the plate where `style` is boxed."""
    outline_px: int = Field(ge=2)
    uppercase: bool
    style: CaptionLook = "one_word"
    rest_fill: str = "#ffffff"
    """Of the words of a phrase that are not being spoken."""
    line_letters: int = Field(42, ge=8)
    """The longest line of a phrase. A Chinese, Japanese or Korean character counts as 42/16 letters."""
    letters_per_s: int = Field(15, gt=0)
    """How fast a phrase can be read, counted in the same way."""
    language: str = ""
    """Of the words, as a BCP 47 tag: a film's, not the theme's. It tells the forms of a Han character apart."""


class Motion(Model):
    """How things move; times in seconds."""

    max_scene_s: float = Field(gt=0, le=8)
    zoom_percent: float = Field(gt=0, le=10)
    transition: TransitionType = "fade"
    """From one scene's picture to the next."""
    transition_s: float = Field(ge=0)
    alternation_s: float
    alternation_fade_s: float
    ticker_px_per_frame: int = Field(gt=0, multiple_of=2)


class Mix(Model):
    """Levels of the film's sound."""

    music_volume: float
    duck_db: float
    fade_out_s: float
    lead_in_s: float
    """Music alone before the first word."""
    tail_s: float
    """Music alone after the last word."""
    target_lufs: float
    max_true_peak_dbtp: float


class PosterPlaces(Model):
    """Where things stand on the poster."""

    picture: Box
    words: Box
    """Kicker and headline, which stand on its lower edge."""
    horizon: int
    """Where the paper above ends and the accent below begins."""


class ThumbnailPlaces(Model):
    """Where things stand on the thumbnails."""

    words: Box
    """Tag, figure and headline, beside the picture or above it."""
    picture: Box
    framed: Box
    """The picture where it has a frame and free space around it."""
    statement: Box
    """The headline where the picture fills the frame."""
    covered: Box | None = None
    """What the platform lays over it."""


class Theme(Model):
    """The look at one size of frame. Panel, alternator, ticker and captions never cover each other."""

    name: str
    frame: Size
    fps: int
    safe_area: Insets
    palette: Palette
    headline_font: str
    text_font: str
    min_text_px: int
    panel: Box
    """Where the illustration stands."""
    panel_frame_px: int = Field(ge=2)
    panel_frame: Literal["ink", "paper", "accent"] = "ink"
    """The colour of the line around the panel."""
    backdrop: Toning | None = None
    """What every backdrop is toned to, whoever drew it; without it, it stays as drawn."""
    alternator: Box
    """Where the post's card and the charts take turns."""
    ticker: Box
    captions: CaptionStyle
    poster: PosterPlaces
    thumbnail: ThumbnailPlaces
    motion: Motion
    mix: Mix

    @model_validator(mode="after")
    def _check(self) -> Self:
        faults = list(_faults(self))
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def illustration_size(self) -> Size:
        """Size of the pictures in the panel: larger by the zoom, so that no move enlarges a pixel."""
        reserve = 1 + self.motion.zoom_percent / 100
        return Size(width=2 * round(self.panel.width * reserve / 2), height=2 * round(self.panel.height * reserve / 2))

    @property
    def safe_box(self) -> Box:
        return Box(
            left=self.safe_area.left,
            top=self.safe_area.top,
            width=self.frame.width - self.safe_area.left - self.safe_area.right,
            height=self.frame.height - self.safe_area.top - self.safe_area.bottom,
        )

    def px(self, length: int) -> int:
        """A length of a frame whose shorter side is `UNIT_SIDE`, in pixels of this frame."""
        return round(length * min(self.frame.width, self.frame.height) / UNIT_SIDE)

    def scaled(self, frame: Size) -> "Theme":
        """The same look in another frame of the same aspect.

        Every length is in proportion. Boxes keep to even pixels, because colour is kept at half the
        resolution; so does the ticker's step. ValueError for a frame of another aspect or with odd sides.
        """
        if frame.width * self.frame.height != frame.height * self.frame.width:
            raise ValueError(
                f"{frame.width}x{frame.height} is not the aspect of {self.frame.width}x{self.frame.height}"
            )
        by = Fraction(frame.width, self.frame.width)
        safe = _scaled_box(self.safe_box, by)
        captions = {
            "box": _scaled_box(self.captions.box, by),
            "size_px": math.ceil(self.captions.size_px * by),
            "min_size_px": math.ceil(self.captions.min_size_px * by),
            "outline_px": _line(self.captions.outline_px, by),
        }
        poster = PosterPlaces(
            picture=_scaled_box(self.poster.picture, by),
            words=_scaled_box(self.poster.words, by),
            horizon=_even(self.poster.horizon * by),
        )
        covered = self.thumbnail.covered
        thumbnail = ThumbnailPlaces(
            words=_scaled_box(self.thumbnail.words, by),
            picture=_scaled_box(self.thumbnail.picture, by),
            framed=_scaled_box(self.thumbnail.framed, by),
            statement=_scaled_box(self.thumbnail.statement, by),
            covered=_scaled_box(covered, by) if covered else None,
        )
        step = max(2, _even(self.motion.ticker_px_per_frame * by))
        changes = {
            "frame": frame,
            "safe_area": Insets(
                top=safe.top, bottom=frame.height - safe.bottom, left=safe.left, right=frame.width - safe.right
            ),
            "min_text_px": math.ceil(self.min_text_px * by),
            "panel": _scaled_box(self.panel, by),
            "panel_frame_px": _line(self.panel_frame_px, by),
            "alternator": _scaled_box(self.alternator, by),
            "ticker": _scaled_box(self.ticker, by),
            "captions": self.captions.model_copy(update=captions),
            "poster": poster,
            "thumbnail": thumbnail,
            "motion": self.motion.model_copy(update={"ticker_px_per_frame": step}),
        }
        return Theme.model_validate(dict(self) | changes)


def _mixed(colour: str, ground: str, share: float) -> str:
    """`share` of a colour in a ground."""
    pairs = ((int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(one * share + other * (1 - share)):02x}" for one, other in pairs)


def _even(length: Fraction) -> int:
    """The even number that is nearest; ties go up, so that what was apart never comes to overlap."""
    return 2 * math.floor(length / 2 + Fraction(1, 2))


def _line(width: int, by: Fraction) -> int:
    return max(2, round(width * by))


def _scaled_box(box: Box, by: Fraction) -> Box:
    left, top, right, bottom = (_even(edge * by) for edge in (box.left, box.top, box.right, box.bottom))
    return Box(left=left, top=top, width=right - left, height=bottom - top)


def _faults(theme: Theme) -> Iterator[str]:
    """What is wrong with a theme's measures, each with the field's name."""
    frame, safe = theme.frame, theme.safe_area
    if frame.width % 2 or frame.height % 2:
        yield f"frame: {frame.width}x{frame.height} must be even, because colour is kept at half the resolution"
    if safe.left + safe.right >= frame.width or safe.top + safe.bottom >= frame.height:
        yield "safe_area: it leaves no room"
        return
    yield from _misplaced(theme)
    least = math.ceil(Fraction(SMALLEST_TEXT * min(frame.width, frame.height), UNIT_SIDE))
    if theme.min_text_px < least:
        yield f"min_text_px: {theme.min_text_px} is less than {least}, which can just be read at this size"
    if not theme.min_text_px <= theme.captions.min_size_px <= theme.captions.size_px:
        yield "captions.min_size_px: it must lie between min_text_px and captions.size_px"


def _misplaced(theme: Theme) -> Iterator[str]:
    whole = Box(left=0, top=0, width=theme.frame.width, height=theme.frame.height)
    layers = {
        "panel": theme.panel,
        "alternator": theme.alternator,
        "ticker": theme.ticker,
        "captions.box": theme.captions.box,
    }
    poster = {"poster.picture": theme.poster.picture, "poster.words": theme.poster.words}
    thumbnail, words = theme.thumbnail, {"thumbnail.words": theme.thumbnail.words}
    beside, framed = {**words, "thumbnail.picture": thumbnail.picture}, {**words, "thumbnail.framed": thumbnail.framed}
    statement = {"thumbnail.statement": thumbnail.statement}
    for name, box in {**layers, **poster, **beside, **framed, **statement}.items():
        if not _holds(whole, box):
            yield f"{name}: it reaches out of the frame"
        if any(edge % 2 for edge in (box.left, box.top, box.right, box.bottom)):
            yield f"{name}: its edges must be even"
    for group in (layers, poster, beside, framed):
        for (one, box), (other, other_box) in combinations(group.items(), 2):
            if _overlap(box, other_box):
                yield f"{other}: it covers {one}"
    texts = {"captions.box": theme.captions.box, "poster.words": theme.poster.words, **words, **statement}
    for name, box in texts.items():
        if not _holds(theme.safe_box, box):
            yield f"{name}: it leaves the safe area"


def _holds(outer: Box, inner: Box) -> bool:
    across = outer.left <= inner.left and inner.right <= outer.right
    return across and outer.top <= inner.top and inner.bottom <= outer.bottom


def _overlap(one: Box, other: Box) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom
