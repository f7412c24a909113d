"""Rushes: what of a film is certain is rendered while its last pictures are awaited.

Belongs here: which pictures are there so far, and the plan that holds with them. Does not belong here: how it is
rendered (`film`), and where the pictures come from.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from vidfactory.rendering.film import Renderer
from vidfactory.schema.base import Frames, Media
from vidfactory.schema.film import Rushes
from vidfactory.schema.pictures import Picture
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.theme import Theme

LOOK_EVERY_S = 0.2
SLUG = "slug.png"
"""What stands in an editor's cut for a shot that is still missing."""


class Dailies(Protocol):
    """Pictures as they are finished, by file."""

    def more_may_come(self) -> bool: ...

    def take(self, file: str, target: Path) -> bool:
        """Put a finished one at `target`; whether it was there."""
        ...


@dataclass(frozen=True)
class Shoot:
    """A film whose pictures are still drawn.

    wanted: the pictures' names. files: all else that the film shows and lets hear, by SHA-256. planned: the film's
    plan with the pictures as they are given.
    """

    theme: Theme
    wanted: Sequence[str]
    files: Mapping[str, Path]
    planned: Callable[[Sequence[Picture]], ProductionPlan]


def shoot_rushes(
    shoot: Shoot, dailies: Dailies, is_wrapped: Callable[[], bool], renderer: Renderer, folder: Path
) -> Rushes:
    """Render what is certain into the renderer's cache, more with each picture, while more pictures may come.

    Nothing is begun any more once it `is_wrapped`: the whole film is made. That finds there what it needs; where a
    picture comes out otherwise, it finds nothing and loses nothing. Raises as `Renderer.render` does.
    """
    slug = _slug(shoot.theme, folder)
    there: dict[str, Media] = {}
    frames = Frames(0)
    while dailies.more_may_come():
        files = {name: folder / f"{name}.png" for name in shoot.wanted if name not in there}
        new = [name for name, file in files.items() if dailies.take(file.name, file)]
        if not new:
            time.sleep(LOOK_EVERY_S)
            continue
        there.update({name: Media.of(files[name], "image/png") for name in new})
        plan = shoot.planned([_picture(name, there.get(name, slug), shoot.theme) for name in shoot.wanted])
        at_hand = {**shoot.files, **{media.sha256: media.path for media in (slug, *there.values())}}
        frames = renderer.render_ahead(plan, shoot.theme, at_hand, folder, slug.sha256, is_wrapped)
    return Rushes(pictures=len(there), frames=frames)


def _slug(theme: Theme, folder: Path) -> Media:
    """A black picture."""
    size, path = theme.illustration_size, folder / SLUG
    Image.new("L", (size.width, size.height)).save(path)
    return Media.of(path, "image/png")


def _picture(name: str, image: Media, theme: Theme) -> Picture:
    return Picture(name=name, image=image, size=theme.illustration_size, alt="")
