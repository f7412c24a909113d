"""Captions as a layer: which words are on screen at a frame, and which of them is lit."""

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from vidfactory.drawing.caption import caption_image, phrase_image
from vidfactory.rendering.compositor import Placed
from vidfactory.rendering.sprite import Sprite
from vidfactory.schema.plan import CaptionPage, CaptionWord
from vidfactory.schema.theme import CaptionStyle

KEPT_TEXTS = 8
"""Words that are on screen again soon are not drawn again."""


@dataclass(frozen=True)
class Said:
    """Words on screen together, and the index of the one that is spoken."""

    words: tuple[str, ...]
    lit: int | None


@dataclass(frozen=True, eq=False)
class Captions:
    """One page at a time, in order; of a phrase's page the style `one_word` shows the spoken word alone."""

    style: CaptionStyle
    pages: Sequence[CaptionPage]

    @property
    def identity(self) -> str:
        return f"captions {self.style!r}"

    def state(self, frame: int) -> Hashable | None:
        begun = bisect_right(self.pages, frame, key=lambda page: page.start_frame)
        return self._said(self.pages[begun - 1], frame) if begun else None

    def draw(self, state: Hashable) -> Placed:
        return _lettering(cast(Said, state), self.style)

    def _said(self, page: CaptionPage, frame: int) -> Said | None:
        alone = CaptionWord(text=page.text, start_frame=page.start_frame, end_frame=page.end_frame)
        words = page.words or (alone,)
        begun = bisect_right(words, frame, key=lambda word: word.start_frame) - 1
        lit = begun if begun >= 0 and frame < words[begun].end_frame else None
        if self.style.style == "one_word":
            return None if lit is None else Said((words[lit].text,), 0)
        if lit is None and frame >= page.end_frame:
            return None
        return Said(tuple(word.text for word in words), lit)


@lru_cache(maxsize=KEPT_TEXTS)
def _lettering(said: Said, style: CaptionStyle) -> Placed:
    """The letters without the empty rest of their box, which would be converted and blended for nothing."""
    if style.style == "one_word":
        image = caption_image(said.words[0], style)
    else:
        image = phrase_image(said.words, said.lit, style)
    inked = image.getchannel("A").getbbox() or (0, 0, 2, 2)
    left, top = inked[0] // 2 * 2, inked[1] // 2 * 2
    right, bottom = (inked[2] + 1) // 2 * 2, (inked[3] + 1) // 2 * 2
    return Placed(Sprite.of(image.crop((left, top, right, bottom))), style.box.left + left, style.box.top + top)
