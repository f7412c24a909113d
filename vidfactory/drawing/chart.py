"""The stock chart: one symbol's prices as a black-and-white card that is read on a phone.

Belongs here: layout and drawing of the chart. Does not belong here: figures (`Statistics` brings
them) and where on screen the card stands (the theme's business).

Every constant is a measure for `Theme.px`; one point is one pixel, because the figure has 72 dpi.
"""

import math
from dataclasses import dataclass
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from vidfactory.drawing.numerals import (
    colour_on,
    day_text,
    money,
    month_text,
    moved,
    price_decimals,
    shown_symbol,
)
from vidfactory.drawing.typesetting import (
    GRID_PX,
    Label,
    Style,
    cut_to_width,
    draw_labels,
    frame_card,
    largest_fitting,
    png_bytes,
    text_width,
)
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box, Size
from vidfactory.schema.finance import Bar, PriceSeries, Statistics
from vidfactory.schema.theme import Theme

PAD_PX = 3 * GRID_PX
HEADER_SIZES_PX = (72, 60, 48)
FIRST_LINE_PX = 9 * GRID_PX
SECOND_LINE_PX = 152
PLOT_TOP_PX = 168
PLOT_BOTTOM_PX = 108
LAST_LINE_PX = 30
LINE_SPACING_PX = 42
"""Baselines and the plot's edges, from the card's upper edge and, for the last three, from its lower one."""
MIN_SIZE = Size(width=600, height=396)
MAX_CANDLES = 40
"""More daily bars than this are drawn as a line: their bodies would be narrower than a phone shows."""
MAX_DAYS_OF_SHORT_WINDOW = 120
MIN_TICK_DISTANCE_PX = 46
TICK_EDGE_PX = 12
LINE_PX = 6
GRID_LINE_PX = 2
CANDLE_LINE_PX = 4
DOT_PX = 24


@dataclass(frozen=True)
class ChartLayout:
    """Where everything of a chart stands: prices are scaled into `plot`, `ticks` are prices."""

    plot: Box
    bars: tuple[Bar, ...]
    candles: bool
    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[Label, ...]


def draw_chart(series: PriceSeries, statistics: Statistics, size: Size, theme: Theme) -> bytes:
    """PNG of exactly `size`: the last `statistics.window_bars` bars of `series`.

    BadInput if `size` is too small for type that can be read.
    """
    layout = lay_out_chart(series, statistics, size, theme)
    picture = _plot(layout, size, theme)
    draw_labels(picture, layout.labels)
    return png_bytes(picture)


def lay_out_chart(series: PriceSeries, statistics: Statistics, size: Size, theme: Theme) -> ChartLayout:
    """Choose window, scale and labels; raises as `draw_chart` does."""
    px = theme.px
    least = Size(width=px(MIN_SIZE.width), height=px(MIN_SIZE.height))
    if size.width < least.width or size.height < least.height:
        raise BadInput(
            f"a chart of {size.width}x{size.height} px has no room for type of {theme.min_text_px} px",
            where=f"theme {theme.name}",
            remedy=f"Give it at least {least.width}x{least.height} px",
        )
    bars = series.bars[-max(2, statistics.window_bars) :]
    candles = series.interval == "day" and len(bars) <= MAX_CANDLES and all(_is_whole(bar) for bar in bars)
    low, high = _price_range(bars, candles=candles)
    pad, top, bottom = px(PAD_PX), px(PLOT_TOP_PX), size.height - px(PLOT_BOTTOM_PX)
    price_per_px = (high - low) / (bottom - top)
    ticks = _price_ticks(low, high, px(MIN_TICK_DISTANCE_PX) * price_per_px, px(TICK_EDGE_PX) * price_per_px)
    decimals = _tick_decimals(ticks)
    small = Style(theme.text_font, theme.min_text_px)
    prices = [money(tick, series.currency, decimals) for tick in ticks]
    gutter = round(max(text_width(price, small) for price in prices)) + px(2 * GRID_PX)
    plot = Box(left=pad, top=top, width=size.width - 2 * pad - gutter, height=bottom - top)
    heights = [round(plot.bottom - (tick - low) / (high - low) * plot.height) for tick in ticks]
    labels = (
        *_header(series, statistics, size, theme),
        *(
            Label(price, size.width - pad, y + small.cap_height // 2, small, theme.palette.card.quiet, "right")
            for price, y in zip(prices, heights, strict=True)
        ),
        *_footer(series.source, bars, plot, size, theme),
    )
    return ChartLayout(plot, bars, candles, low, high, ticks, labels)


def _header(series: PriceSeries, statistics: Statistics, size: Size, theme: Theme) -> tuple[Label, ...]:
    """Symbol on the left, last price and change on the right; the name and the change's period below."""
    symbol = shown_symbol(series.symbol)
    price = money(statistics.last_close, series.currency)
    change = moved(statistics.change_percent)
    period = f"in a {series.interval}"
    pad, gap = theme.px(PAD_PX), theme.px(3 * GRID_PX)
    first_line, second_line = theme.px(FIRST_LINE_PX), theme.px(SECOND_LINE_PX)
    room = size.width - 2 * pad
    face, sizes = theme.headline_font, [theme.px(size_px) for size_px in HEADER_SIZES_PX]
    big = Style(face, largest_fitting(sizes, face, (symbol, price, change), room - 2 * gap))
    small, bold = (Style(theme.text_font, theme.min_text_px, weight) for weight in (400, 600))
    right = size.width - pad
    change_left = right - round(text_width(change, big))
    name = cut_to_width(series.name, bold, room - gap - text_width(period, small))
    colours = theme.palette.card
    ink, shade = colours.letters, colours.quiet
    return (
        Label(
            cut_to_width(symbol, big, change_left - text_width(price, big) - 2 * gap - pad), pad, first_line, big, ink
        ),
        Label(price, change_left - gap, first_line, big, ink, "right"),
        Label(change, right, first_line, big, colour_on(statistics.change_percent, colours), "right"),
        Label(name, pad, second_line, bold, ink),
        Label(period, right, second_line, small, shade, "right"),
    )


def _footer(source: str, bars: tuple[Bar, ...], plot: Box, size: Size, theme: Theme) -> tuple[Label, ...]:
    """First and last date under the plot, and the source below them."""
    small = Style(theme.text_font, theme.min_text_px)
    shade = theme.palette.card.quiet
    first, last = bars[0].day, bars[-1].day
    is_short = (last - first).days <= MAX_DAYS_OF_SHORT_WINDOW
    pad = theme.px(PAD_PX)
    baseline = size.height - theme.px(LAST_LINE_PX)
    dates = baseline - theme.px(LINE_SPACING_PX)
    return (
        Label(day_text(first) if is_short else month_text(first), plot.left, dates, small, shade),
        Label(day_text(last), plot.right, dates, small, shade, "right"),
        Label(cut_to_width(f"Source: {source}", small, size.width - 2 * pad), pad, baseline, small, shade),
    )


def _is_whole(bar: Bar) -> bool:
    return None not in (bar.open, bar.high, bar.low)


def _price_range(bars: tuple[Bar, ...], *, candles: bool) -> tuple[float, float]:
    """Lowest and highest price shown, with air; a constant series gets a tenth of its price on both sides."""
    lows = [bar.low if candles and bar.low else bar.close for bar in bars]
    highs = [bar.high if candles and bar.high else bar.close for bar in bars]
    low, high = min(lows), max(highs)
    air = 0.08 * (high - low) if high - low > 1e-7 * high else 0.1 * high
    return low - air, high + air


def _price_ticks(low: float, high: float, least: float, edge: float) -> tuple[float, ...]:
    """Round prices in the range but for its `edge`, at the smallest round step that is not below `least`."""
    decade = 10.0 ** math.floor(math.log10(least))
    step = next(factor * decade for factor in (1, 2, 2.5, 5, 10) if factor * decade >= least)
    first, last = math.ceil((low + edge) / step), math.floor((high - edge) / step)
    return tuple(multiple * step for multiple in range(max(first, 0), last + 1))


def _tick_decimals(ticks: tuple[float, ...]) -> int:
    """None for whole prices; else two, or as many as tell the prices exactly."""
    tolerance = 1e-6 * (ticks[1] - ticks[0] if len(ticks) > 1 else ticks[0])
    exact = (count for count in range(12) if all(abs(round(tick, count) - tick) <= tolerance for tick in ticks))
    needed = next(exact, price_decimals(ticks[-1]))
    return max(2, needed) if needed else 0


def _plot(layout: ChartLayout, size: Size, theme: Theme) -> Image.Image:
    """Frame, grid and prices, without any text."""
    colours = theme.palette.card
    figure = Figure(figsize=(size.width / 72, size.height / 72), dpi=72, facecolor=colours.ground)
    axes = figure.add_axes(
        (
            layout.plot.left / size.width,
            1 - layout.plot.bottom / size.height,
            layout.plot.width / size.width,
            layout.plot.height / size.height,
        )
    )
    axes.set_axis_off()
    side = 0.5 if layout.candles else 0.0
    axes.set_xlim(-side, len(layout.bars) - 1 + side)
    axes.set_ylim(layout.low, layout.high)
    for tick in layout.ticks:
        axes.axhline(tick, color=colours.quiet, linewidth=theme.px(GRID_LINE_PX), alpha=0.3, zorder=1)
    (_draw_candles if layout.candles else _draw_line)(axes, layout.bars, theme)
    pixels = BytesIO()
    figure.savefig(pixels, format="rgba", dpi=72)
    picture = Image.frombytes("RGBA", (size.width, size.height), pixels.getvalue()).convert("RGB")
    frame_card(picture, theme)
    return picture


def _draw_line(axes: Axes, bars: tuple[Bar, ...], theme: Theme) -> None:
    """The closes, ending in a dot of the accent."""
    closes = [bar.close for bar in bars]
    axes.plot(
        range(len(closes)),
        closes,
        color=theme.palette.card.letters,
        linewidth=theme.px(LINE_PX),
        solid_joinstyle="round",
        solid_capstyle="round",
        clip_on=False,
        zorder=2,
    )
    axes.plot(
        [len(closes) - 1],
        closes[-1:],
        marker="o",
        markersize=theme.px(DOT_PX),
        markerfacecolor=theme.palette.accent,
        markeredgecolor=theme.palette.card.letters,
        markeredgewidth=theme.px(LINE_PX),
        clip_on=False,
        zorder=4,
    )


def _draw_candles(axes: Axes, bars: tuple[Bar, ...], theme: Theme) -> None:
    """Hollow bodies rose, filled bodies fell; the last stands on a band."""
    colours = theme.palette.card
    ink, paper = colours.letters, colours.ground
    axes.axvspan(len(bars) - 1.5, len(bars) - 0.5, color=colours.band, zorder=0)
    for position, bar in enumerate(bars):
        assert bar.open is not None
        assert bar.low is not None
        assert bar.high is not None
        axes.vlines(position, bar.low, bar.high, color=ink, linewidth=theme.px(CANDLE_LINE_PX), zorder=2)
        axes.bar(
            position,
            abs(bar.close - bar.open),
            bottom=min(bar.open, bar.close),
            width=0.64,
            facecolor=paper if bar.close >= bar.open else ink,
            edgecolor=ink,
            linewidth=theme.px(CANDLE_LINE_PX),
            zorder=3,
        )
