"""Sets a plan up: its layers, the lowest first, and the pictures that they show.

Belongs here: which layer stands where, and pictures fitted to their places. Does not belong here: how
a layer moves (`layers`, `captions`, `elements`), and what is encoded (`film`).
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from PIL import Image, ImageOps

from vidfactory.drawing.caption import in_language
from vidfactory.errors import BadInput
from vidfactory.rendering.captions import Captions
from vidfactory.rendering.compositor import Layer
from vidfactory.rendering.elements import overlay_layers, pictured
from vidfactory.rendering.layers import Alternating, MovingPictures, ScrollingStrip, Still
from vidfactory.rendering.sprite import Sprite, image_size, open_image
from vidfactory.schema.base import Box, Size, Source
from vidfactory.schema.overlay import Overlay
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.theme import Theme

MAX_ENLARGEMENT = 4
"""A picture that would have to grow more than so many times is a mistake, not a picture."""
KEPT_SPRITES = 8
"""Two scenes' pictures, two turns of the alternator, the backdrop and the ticker, and two more."""

Files = Mapping[str, Path]
"""Local files by their SHA-256."""
Fit = Literal["cover", "contain", "strip"]
Key = TypeVar("Key", bound=Hashable)


def film_layers(plan: ProductionPlan, theme: Theme, files: Files) -> list[Layer]:
    """The layers of the plan, the lowest first. Pictures are looked at here and loaded when they are drawn.

    Raises BadInput naming the place in the plan whose picture is missing or cannot be used.
    """
    pictures = Pictures(files)
    frame = Box(left=0, top=0, width=theme.frame.width, height=theme.frame.height)
    behind = pictures.fitted({"backdrop": plan.backdrop}, frame.size, "cover")
    layers: list[Layer] = [Still(frame, plan.backdrop.sha256, behind)]
    shots = {f"scene {scene.scene_number}": scene.main_content.source for scene in plan.scenes if scene.main_content}
    if shots:
        sprites = pictures.fitted(shots, theme.illustration_size, "cover")
        layers.extend(_panel_frame(theme))
        layers.append(MovingPictures(inside_panel(theme), plan.scenes, sprites, theme.motion.zoom_percent))
    if plan.alternator is not None:
        turns = {f"alternator, turn {turn}": item.source for turn, item in enumerate(plan.alternator.items, start=1)}
        sides = pictures.fitted(turns, theme.alternator.size, "contain")
        layers.append(Alternating(theme.alternator, plan.alternator.items, sides, plan.alternator.transition_frames))
    if plan.ticker is not None:
        layers.append(_ticker(plan.ticker.source, plan.ticker.pixels_per_frame, theme, pictures))
    layers.append(Captions(in_language(theme.captions, plan.language), plan.captions))
    layers.extend(overlay_layers(plan.overlays, theme, plan.video_metadata.fps, pictures.overlaid(plan.overlays)))
    return layers


def file_of(source: Source, files: Files, where: str) -> Path:
    """The local file of a source; BadInput where no department delivered it or it is gone."""
    if source.sha256 not in files:
        raise BadInput(f"the plan names {source.file}, which no department delivered", where=where)
    return files[source.sha256]


@dataclass(frozen=True)
class Place:
    """A picture as one place in the plan shows it. `where` names the place in errors."""

    path: Path
    where: str
    size: Size
    fit: Fit


class Pictures:
    """The plan's pictures as sprites. The last few are kept, so that a long film takes no more memory."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._sprite = lru_cache(maxsize=KEPT_SPRITES)(_load)

    def fitted(self, sources: Mapping[str, Source], size: Size, fit: Fit) -> "Sprites[str]":
        """Sprites of `size` by SHA-256, for the sources by the place in the plan that shows them.

        cover: cut to the size's aspect. contain: whole, on a transparent ground. strip: of just this size.
        """
        places = {source.sha256: self._place(source, where, size, fit) for where, source in sources.items()}
        return Sprites(places, self._sprite)

    def overlaid(self, overlays: Sequence[Overlay]) -> "Sprites[tuple[str, Size]]":
        """Sprites of the pictures in overlays, whole, by SHA-256 and size of the box."""
        places = {
            (shown.source.sha256, shown.box.size): self._place(
                shown.source, f"overlay {shown.name!r}", shown.box.size, "contain"
            )
            for shown in pictured(overlays)
        }
        return Sprites(places, self._sprite)

    def _place(self, source: Source, where: str, size: Size, fit: Fit) -> Place:
        path = file_of(source, self.files, where)
        actual = image_size(path, where)
        if min(size.width / actual.width, size.height / actual.height) > MAX_ENLARGEMENT:
            raise BadInput(
                f"the image {path} has only {actual.width}x{actual.height} pixels",
                where=where,
                remedy=f"Give one of about {size.width}x{size.height}",
            )
        return Place(path, where, size, fit)


class Sprites(Mapping[Key, Sprite]):
    """Sprites by their key, made when they are asked for."""

    def __init__(self, places: Mapping[Key, Place], sprite: Callable[[Place], Sprite]) -> None:
        self._places = places
        self._sprite = sprite

    def __getitem__(self, key: Key) -> Sprite:
        return self._sprite(self._places[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _load(place: Place) -> Sprite:
    return Sprite.of(_fitted(open_image(place.path, place.where), place.size, place.fit))


def _fitted(image: Image.Image, size: Size, fit: Fit) -> Image.Image:
    wanted = (size.width, size.height)
    if image.size == wanted:
        return image
    if fit == "cover":
        return ImageOps.fit(image, wanted, Image.Resampling.LANCZOS)
    if fit == "contain":
        return ImageOps.pad(image, wanted, Image.Resampling.LANCZOS, color=(0, 0, 0, 0))
    return image.resize(wanted, Image.Resampling.LANCZOS)


def _ticker(source: Source, pixels_per_frame: int, theme: Theme, pictures: Pictures) -> ScrollingStrip:
    """The strip at the height of its box, its length a multiple of the pixels that it moves in a frame."""
    path = file_of(source, pictures.files, "ticker")
    drawn = image_size(path, "ticker")
    length = max(1, round(drawn.width * theme.ticker.height / drawn.height / pixels_per_frame)) * pixels_per_frame
    strip = pictures.fitted({"ticker": source}, Size(width=length, height=theme.ticker.height), "strip")
    return ScrollingStrip(theme.ticker, source.sha256, strip, length, pixels_per_frame)


def inside_panel(theme: Theme) -> Box:
    """The panel without its frame."""
    panel, line = theme.panel, _frame_line(theme)
    return Box(
        left=panel.left + line, top=panel.top + line, width=panel.width - 2 * line, height=panel.height - 2 * line
    )


def _panel_frame(theme: Theme) -> list[Layer]:
    """The line around the panel, as four bars, so that nothing under the picture is ever blended."""
    panel, line = theme.panel, _frame_line(theme)
    bars = [
        Box(left=panel.left, top=panel.top, width=panel.width, height=line),
        Box(left=panel.left, top=panel.bottom - line, width=panel.width, height=line),
        Box(left=panel.left, top=panel.top, width=line, height=panel.height),
        Box(left=panel.right - line, top=panel.top, width=line, height=panel.height),
    ]
    colour = getattr(theme.palette, theme.panel_frame)
    return [Still(bar, colour, {colour: Sprite.of(Image.new("RGB", (bar.width, bar.height), colour))}) for bar in bars]


def _frame_line(theme: Theme) -> int:
    """Even, as chroma wants it."""
    return theme.panel_frame_px // 2 * 2
