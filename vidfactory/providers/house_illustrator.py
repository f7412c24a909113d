"""The illustrator that needs no key and no network: the house's own ink drawings.

Belongs here: how the drawings answer the `Illustrator` port. Does not belong here: how anything is drawn
(`drawing/illustration.py`, `drawing/backdrop.py`).
"""

import asyncio

from vidfactory.drawing.backdrop import draw_backdrop
from vidfactory.drawing.illustration import INK, PAPER, draw_illustration
from vidfactory.ports import DrawnPicture
from vidfactory.providers.kit import Kit
from vidfactory.schema.base import Credit, Size

CREDIT = Credit(provider="house", model="ink-1")


class HouseIllustrator:
    """Draws in `ink` on `paper`, two colours as `#rrggbb`."""

    def __init__(self, ink: str = INK, paper: str = PAPER) -> None:
        self._ink, self._paper = ink, paper

    async def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:  # noqa: ARG002 - the port's prompt is for image models
        """The scene of a concept, or of the one that its words come nearest to."""
        png = await asyncio.to_thread(draw_illustration, concept, size, seed, ink=self._ink, paper=self._paper)
        return DrawnPicture(png, CREDIT)

    async def backdrop(self, prompt: str, size: Size, seed: int) -> DrawnPicture:  # noqa: ARG002 - the same
        """The house's studio."""
        png = await asyncio.to_thread(draw_backdrop, size, seed, ink=self._ink, paper=self._paper)
        return DrawnPicture(png, CREDIT)


def provide(_: Kit) -> HouseIllustrator:
    return HouseIllustrator()
