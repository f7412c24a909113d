"""The ticker: one long strip of quotes whose right end continues in its left end.

Belongs here: drawing the strip. Does not belong here: scrolling it (the renderer's business) and
choosing the quotes.
"""

from dataclasses import dataclass
from math import ceil, lcm

from PIL import Image, ImageDraw

from vidfactory.drawing.numerals import ARROWS, colour_on_ink, direction, money, shown_symbol, signed_percent
from vidfactory.drawing.typesetting import GRID_PX, Label, Style, draw_labels, png_bytes
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size
from vidfactory.schema.finance import Quote
from vidfactory.schema.theme import Theme

WORD_GAP_PX = GRID_PX
ARROW_PX = 2 * GRID_PX
QUOTE_GAP_PX = 4 * GRID_PX
SEPARATOR_PX = GRID_PX


@dataclass(frozen=True)
class TickerStrip:
    """A PNG of `size` that repeats every `loop_width_px`; the size's width is a whole number of loops."""

    png: bytes
    size: Size
    loop_width_px: int


def draw_ticker(quotes: tuple[Quote, ...], theme: Theme) -> TickerStrip:
    """Set `quotes` once for a loop, and as many whole loops as cover the frame at every position.

    All widths are multiples of the grid and of the theme's pixels per frame, so that scrolling meets
    the seam exactly. BadInput without quotes.
    """
    if not quotes:
        raise BadInput("a ticker needs at least one quote", where=f"theme {theme.name}")
    cells = [_cell(quote, theme) for quote in quotes]
    loop_width = sum(cell.width for cell in cells)
    loops = ceil((theme.frame.width + theme.motion.ticker_px_per_frame) / loop_width)
    strip = Image.new("RGB", (loop_width * loops, theme.ticker.height), theme.palette.ink)
    left = 0
    for cell in cells * loops:
        strip.paste(cell, (left, 0))
        left += cell.width
    size = Size(width=strip.width, height=strip.height)
    return TickerStrip(png_bytes(strip), size, loop_width)


def quote_labels(quote: Quote, theme: Theme) -> tuple[Label, ...]:
    """Symbol, price and change of one quote, from the left edge of its cell."""
    palette, size = theme.palette, theme.min_text_px
    figures = Style(theme.text_font, size, 500)
    baseline = (theme.ticker.height + figures.cap_height) // 2
    colour = colour_on_ink(quote.change_percent, palette)
    arrow = theme.px(ARROW_PX + WORD_GAP_PX) if direction(quote.change_percent) else 0
    parts = (
        (shown_symbol(quote.symbol), Style(theme.headline_font, size), palette.paper, 0),
        (money(quote.current_price, quote.currency), figures, palette.paper, 0),
        (signed_percent(quote.change_percent), Style(theme.text_font, size, 600), colour, arrow),
    )
    labels: list[Label] = []
    x = theme.px(SEPARATOR_PX + QUOTE_GAP_PX // 2)
    for text, style, fill, room_before in parts:
        label = Label(text, x + room_before, baseline, style, fill)
        labels.append(label)
        x = label.box.right + theme.px(WORD_GAP_PX)
    return tuple(labels)


def _cell(quote: Quote, theme: Theme) -> Image.Image:
    """A separator and one quote, as wide as the next multiple of grid and scrolling step."""
    labels = quote_labels(quote, theme)
    step = lcm(theme.px(GRID_PX), theme.motion.ticker_px_per_frame)
    width = ceil((labels[-1].box.right + theme.px(QUOTE_GAP_PX // 2)) / step) * step
    cell = Image.new("RGB", (width, theme.ticker.height), theme.palette.ink)
    _draw_separator(cell, theme)
    draw_labels(cell, labels)
    if ARROWS[direction(quote.change_percent)]:
        change = labels[-1]
        left = change.x - theme.px(WORD_GAP_PX + ARROW_PX)
        _draw_arrow(cell, left, theme.px(ARROW_PX), change, direction(quote.change_percent))
    return cell


def _draw_separator(cell: Image.Image, theme: Theme) -> None:
    side = theme.px(SEPARATOR_PX)
    top = (cell.height - side) // 2
    box = (0, top, side - 1, top + side - 1)
    ImageDraw.Draw(cell).rectangle(box, fill=theme.palette.accent)


def _draw_arrow(cell: Image.Image, left: int, width: int, change: Label, way: int) -> None:
    """A triangle as high as the capitals beside it: drawn, because faces set theirs at odd heights."""
    top, bottom = change.box.top + 2, change.y - 2
    tip, base = (top, bottom) if way > 0 else (bottom, top)
    points = ((left, base), (left + width, base), (left + width // 2, tip))
    scale = 4
    mask = Image.new("L", (cell.width * scale, cell.height * scale))
    ImageDraw.Draw(mask).polygon([(x * scale, y * scale) for x, y in points], fill=255)
    cell.paste(change.fill, mask=mask.resize(cell.size, Image.Resampling.BOX))
