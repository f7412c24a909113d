"""Captions as a layer: which words are on screen at a frame, and which of them is lit."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
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
    """One page at a time; of a phrase's page the style `one_word` shows the spoken word alone."""

    style: CaptionStyle
    pages: Sequence[CaptionPage]

    @property
    def identity(self) -> str:
        return f"captions {self.style!r}"

    @cached_property
    def _said_of_frame(self) -> dict[int, Said]:
        return {frame: said for page in self.pages for frame, said in self._said(page)}

    def state(self, frame: int) -> Hashable | None:
        return self._said_of_frame.get(frame)

    def draw(self, state: Hashable) -> Placed:
        return _lettering(cast(Said, state), self.style)

    def _said(self, page: CaptionPage) -> Iterator[tuple[int, Said]]:
        alone = CaptionWord(text=page.text, start_frame=page.start_frame, end_frame=page.end_frame)
        words = page.words or (alone,)
        texts = tuple(word.text for word in words)
        if self.style.style != "one_word":
            yield from ((frame, Said(texts, None)) for frame in range(page.start_frame, page.end_frame))
        for number, word in enumerate(words):
            said = Said((word.text,), 0) if self.style.style == "one_word" else Said(texts, number)
            yield from ((frame, said) for frame in range(word.start_frame, word.end_frame))


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
