"""The limits of the inspection: what a channel takes, and from where a figure is called wrong."""

from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """Luma is meant in full range, 0 to 255, sound levels in dB below full scale; times are in seconds.

    Those that are heuristics were chosen between what good films and broken ones were measured to have.
    """

    least_side_px: int = 720
    longest_s: float = 12 * 3600
    """Of a video on YouTube, as the next one."""
    most_bytes: int = 256 * GIB
    loudness_lu: float = 1.0
    """How far the loudness may be from the theme's."""
    peak: float = 0.99
    """The highest sample that is not yet called clipped, as a share of full scale."""
    silence_db: float = -40.0
    silence_s: float = 2.0
    black: float = 10.0
    """A frame whose mean luma is lower is black."""
    flat: float = 5.0
    """A frame whose luma deviates less from its mean shows nothing."""
    brightness: tuple[float, float] = (50.0, 200.0)
    """Of the mean luma of the whole film."""
    sharpness: float = 100.0
    """A frame whose Laplacian has less variance is blurred. Good frames of the house's flat ink drawings were measured
    to have 1,600 to 3,500, and 8 to 13 behind a Gaussian blur of 3 px."""
    blurred_share: float = 0.1
    still: int = 8
    """Pixels of two frames that differ by no more are the same, encoded twice."""
    frozen_s: float = 1.0
    caption_late_frames: int = 3
    """How far from its word a caption may begin, in frames of the film."""
    caption_likeness: float = 0.94
    """The least correlation of a caption's letters on screen with those of the word. A heuristic: the right word was
    measured to have 0.977 and more (0.9998 at 1080x1920, the least in drafts of 720x1280), another one 0.89 at most
    ("2008" for "GO", "$332" for "$342")."""
    sync_s: float = 0.033
    """The reference's accuracy: a frame of 30 a second."""
    heard: float = 0.2
    """The least correlation at which the narration is found in the film's sound. A heuristic."""
    same_picture: int = 8
    """Bits of 64 in which perceptual hashes of one picture may differ. A heuristic: different illustrations were
    measured to differ by 12 to 42, a picture on screen from its file by 4 at most."""
    near_picture: int = 6
    """Two files whose hashes differ by no more bits are as good as the same."""
    picture_share: float = 1 / 3
    """The share of the scenes that one picture may fill where there are several."""
