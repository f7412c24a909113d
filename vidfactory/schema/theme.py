"""A theme: the look of a format as data. Lengths are pixels of the frame that the theme is made for."""

from pydantic import Field

from vidfactory.schema.base import Box, Model, Size


class Insets(Model):
    """Distances from the frame's edges that stay free of text that matters."""

    top: int
    bottom: int
    left: int
    right: int


class Palette(Model):
    """Colours as `#rrggbb`."""

    ink: str
    paper: str
    shade: str
    """Between ink and paper: secondary text and hairlines; still 7:1 against paper."""
    accent: str
    rise: str
    fall: str
    """`rise` and `fall` are only ever used together with an arrow or a sign; 7:1 against paper."""
    rise_on_ink: str
    fall_on_ink: str
    """The same two where the ground is ink."""


class CaptionStyle(Model):
    box: Box
    font: str
    size_px: int
    min_size_px: int
    fill: str
    outline: str
    outline_px: int
    uppercase: bool


class Motion(Model):
    """How things move; times in seconds."""

    max_scene_s: float = Field(gt=0, le=8)
    zoom_percent: float = Field(gt=0, le=10)
    fade_s: float
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


class Theme(Model):
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
    panel_frame_px: int
    alternator: Box
    """Where the post's card and the charts take turns."""
    ticker: Box
    captions: CaptionStyle
    motion: Motion
    mix: Mix

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
