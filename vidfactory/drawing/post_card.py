"""The card that shows a post, as a page for a browser.

Belongs here: the page's mark-up and style, and how large the post's text is set. Does not belong
here: the browser, and what a post may contain (whatever it is, it is shown as text).

The page needs neither scripts nor network nor fonts of the machine: its policy forbids everything
but its own style and the faces that it carries. Every constant is a measure for `Theme.px`.
"""

import base64
import re
from datetime import UTC
from functools import cache
from html import escape
from itertools import chain
from math import ceil
from string import Template

from fontTools.ttLib import TTFont

from vidfactory.drawing.numerals import compact_count, day_text
from vidfactory.drawing.type import FALLBACK_FACES, font_path
from vidfactory.drawing.typesetting import ELLIPSIS, GRID_PX, Style, faces_of, is_text, tag_box, text_width, wrap
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size
from vidfactory.schema.finance import Engagement, Tweet
from vidfactory.schema.theme import Theme

PAD_PX = 3 * GRID_PX
AVATAR_PX = 6 * GRID_PX
META_LINE_PX = 42
GAP_PX = GRID_PX
ICON_GAP_PX = 6
TOP_PX = 3 * GRID_PX
BOTTOM_PX = 2 * GRID_PX
TEXT_SIZES_PX = (72, 60, 54, 48, 42, 38)
"""Tried largest first for the post's text; the last resort is the theme's least size."""
LINE_HEIGHT = 1.25
NARROWEST_CHARACTER_EM = 0.2
MIN_SIZE = Size(width=600, height=240)

ICONS = {
    "likes": "M12 20.5 4 12.6a4.9 4.9 0 0 1 0-7 4.9 4.9 0 0 1 7 0l1 1 1-1a4.9 4.9 0 0 1 7 0 4.9 4.9 0 0 1 0 7z",
    "reposts": "M2 10 6 6l4 4M6 6.5V15a3 3 0 0 0 3 3h4M22 14l-4 4-4-4M18 17.5V9a3 3 0 0 0-3-3h-4",
    "replies": "M4 5h16v11.5h-8.5L7 20.5v-4H4z",
    "views": "M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 1 0 0-6z",
}
"""Outlines in a square of 24 by 24."""
LEFT_OUT_FIRST = ("replies", "reposts", "views")
"""Of the figures, where the card is too narrow for all."""

PAGE = Template(
    """<!DOCTYPE html>
<html lang="und">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:">
<title>Post</title>
<style>
$faces
* { margin: 0; padding: 0; box-sizing: border-box; }
html, body { width: ${width}px; height: ${height}px; overflow: hidden; background: transparent; }
body { font: 400 ${small}px/${meta_line}px $families; color: $ink; font-variant-emoji: text; }
.card { position: relative; width: ${width}px; height: ${height}px; background: $paper; border: ${border}px solid $ink;
  padding: ${pad_top}px ${pad}px ${pad_bottom}px; display: flex; flex-direction: column; gap: ${gap}px; }
.tag { position: absolute; left: ${pad}px; top: 0; width: ${tag_width}px; height: ${tag_height}px;
  background: $accent; }
.author { flex: none; display: flex; align-items: center; gap: ${gap}px; height: ${avatar}px; white-space: nowrap; }
.avatar { flex: none; width: ${avatar}px; height: ${avatar}px; border-radius: 50%; background: $ink; color: $paper;
  font: 400 ${small}px/${avatar}px $headline_families; text-align: center; overflow: hidden; }
.name { flex: 0 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; font-weight: 700; }
.handle { flex: 0 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; color: $shade; }
.space { flex: 1; display: flex; align-items: center; min-height: 0; overflow: hidden; }
.text { width: 100%; font-size: ${text_size}px; line-height: ${text_line}px; font-weight: 500; white-space: pre-line;
  overflow-wrap: anywhere; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical;
  -webkit-line-clamp: $lines; line-clamp: $lines; }
.figures { flex: none; display: flex; justify-content: space-between; height: ${meta_line}px; white-space: nowrap;
  color: $shade; }
.figure { display: flex; align-items: center; gap: ${icon_gap}px; }
svg { flex: none; width: ${small}px; height: ${small}px; fill: none; stroke: currentColor; stroke-width: 2.4;
  stroke-linejoin: round; stroke-linecap: round; }
.verified { fill: $ink; stroke: $paper; }
</style>
</head>
<body>
<div class="card"><div class="tag"></div>
<div class="author"><div class="avatar">$initials</div>
<bdi class="name">$name</bdi>$verified<bdi class="handle">@$handle</bdi></div>
<div class="space"><p class="text" dir="auto">$text</p></div>
<div class="figures"><span>$day</span>$figures</div>
</div>
</body>
</html>
"""
)
VERIFIED = (
    '<svg class="verified" viewBox="0 0 24 24"><circle cx="12" cy="12" r="12" stroke="none"/>'
    '<path d="m7 12.5 3.5 3.5 7-7.5"/></svg>'
)


def post_card_html(post: Tweet, size: Size, theme: Theme) -> str:
    """A page of exactly `size` that shows `post`; BadInput if `size` has no room for readable type.

    The text is set as large as its wrapped lines fit, down to the theme's least size, and ends in an
    ellipsis where even that is too large. A day is that of the post in UTC.
    """
    px = theme.px
    least = Size(width=px(MIN_SIZE.width), height=px(MIN_SIZE.height))
    if size.width < least.width or size.height < least.height:
        raise BadInput(
            f"a post card of {size.width}x{size.height} px has no room for type of {theme.min_text_px} px",
            where=f"theme {theme.name}",
            remedy=f"Give it at least {least.width}x{least.height} px",
        )
    room = _text_room(size, theme)
    tag = tag_box(theme)
    text = _cut(_plain(post.text), character_limit(size, theme))
    text_size = _text_size(text, room, theme)
    name, handle, initials = _plain(post.author.name), _plain(post.author.handle), _initials(post)
    created = post.created_at.astimezone(UTC) if post.created_at.tzinfo else post.created_at
    colours = theme.palette.card
    return PAGE.substitute(
        faces=_font_faces(theme, f"{text}{name}{handle}{initials}"),
        families=_families(theme.text_font),
        headline_families=_families(theme.headline_font),
        width=size.width,
        height=size.height,
        border=theme.panel_frame_px,
        pad=px(PAD_PX) - theme.panel_frame_px,
        pad_top=px(TOP_PX) - theme.panel_frame_px,
        pad_bottom=px(BOTTOM_PX) - theme.panel_frame_px,
        gap=px(GAP_PX),
        icon_gap=px(ICON_GAP_PX),
        tag_width=tag.width,
        tag_height=tag.height - theme.panel_frame_px,
        avatar=px(AVATAR_PX),
        small=theme.min_text_px,
        meta_line=px(META_LINE_PX),
        text_size=text_size,
        text_line=_line_height(text_size),
        lines=room.height // _line_height(text_size),
        ink=colours.letters,
        paper=colours.ground,
        shade=colours.quiet,
        accent=theme.palette.accent,
        initials=escape(initials),
        name=escape(name),
        handle=escape(handle),
        verified=VERIFIED if post.author.verified else "",
        text=escape(text),
        day=day_text(created.date()),
        figures=_figures(post.engagement, day_text(created.date()), room.width, theme),
    )


def character_limit(size: Size, theme: Theme) -> int:
    """More characters than this cannot be seen at the least size: the page does not carry them."""
    room = _text_room(size, theme)
    lines = room.height // _line_height(theme.min_text_px)
    return int(lines * room.width / (NARROWEST_CHARACTER_EM * theme.min_text_px))


def _text_room(size: Size, theme: Theme) -> Size:
    taken = sum(theme.px(part) for part in (TOP_PX, AVATAR_PX, GAP_PX, GAP_PX, META_LINE_PX, BOTTOM_PX))
    return Size(width=size.width - 2 * theme.px(PAD_PX), height=size.height - taken)


def _text_size(text: str, room: Size, theme: Theme) -> int:
    """The largest size at which the text's lines fit `room`, else the theme's least."""
    sizes = [size for size in map(theme.px, TEXT_SIZES_PX) if size > theme.min_text_px]
    return next((size for size in sizes if _fits(text, size, room, theme)), theme.min_text_px)


def _fits(text: str, size_px: int, room: Size, theme: Theme) -> bool:
    style = Style(theme.text_font, size_px, 500)
    lines = room.height // _line_height(size_px)
    paragraphs = (wrap(paragraph, style, room.width) for paragraph in text.split("\n"))
    wrapped = chain.from_iterable(paragraphs)
    return sum(ceil(text_width(line, style) / room.width) for line in wrapped) <= lines


def _line_height(size_px: int) -> int:
    return round(size_px * LINE_HEIGHT)


def _plain(text: str) -> str:
    """Without control characters and lone surrogates, which no page can carry; at most single line breaks."""
    kept = "".join(char for char in text if is_text(char))
    return re.sub(r"\s*\n\s*", "\n", kept).strip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def _initials(post: Tweet) -> str:
    """First letters of the name's first and last word, else of the handle's, else an @."""
    for source in (post.author.name, post.author.handle):
        words = re.findall(r"[^\W_]+", source)
        if words:
            return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()
    return "@"


def _figures(engagement: Engagement, day: str, width: int, theme: Theme) -> str:
    """The figures that have room beside the day in a line of `width`."""
    counts = {name: compact_count(getattr(engagement, name)) for name in ICONS}
    style = Style(theme.text_font, theme.min_text_px)
    beside = theme.px(GAP_PX + ICON_GAP_PX) + theme.min_text_px
    for name in LEFT_OUT_FIRST:
        if text_width(day, style) + sum(text_width(count, style) + beside for count in counts.values()) > width:
            del counts[name]
    return "".join(
        f'<span class="figure"><svg viewBox="0 0 24 24"><path d="{ICONS[name]}"/></svg>{count}</span>'
        for name, count in counts.items()
    )


def _families(face: str) -> str:
    return ", ".join(f"'{name}'" for name in dict.fromkeys((face, *FALLBACK_FACES)))


def _font_faces(theme: Theme, text: str) -> str:
    """Style rules that carry the theme's two faces and those that `text` needs besides."""
    needed = sorted({face for face, _ in faces_of(text, theme.text_font)})
    return "\n".join(_font_face(face) for face in dict.fromkeys((theme.text_font, theme.headline_font, *needed)))


@cache
def _font_face(face: str) -> str:
    path = font_path(face)
    with TTFont(path, lazy=True) as opened:
        weights = "100 900" if "fvar" in opened else "400"
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f"@font-face {{ font-family: '{face}'; font-weight: {weights}; font-display: block; "
        f"src: url(data:font/{path.suffix[1:]};base64,{data}); }}"
    )
