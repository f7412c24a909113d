"""Measured on the file: its streams, and its length."""

from vidfactory.inspection.footage import Footage
from vidfactory.inspection.limits import MIB, Limits
from vidfactory.inspection.sound import Heard
from vidfactory.rendering.encode import BT709, LIMITED_RANGE
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.inspection import Measurement
from vidfactory.schema.plan import VideoMetadata

CONTAINER = "mp4"
CHANNELS = 2


def streams(footage: Footage, damaged: int, fault: str, planned: VideoMetadata, limits: Limits) -> Measurement:
    """Container, codecs, size, rate, profile, pixel format and colour tags as platforms want them.

    damaged: packets and frames of picture that could not be decoded. fault: why the sound broke off, else empty.
    """
    pictures, sound, size = footage.pictures, footage.sound, planned.resolution
    length_s = pictures.ends_s
    rules = (
        (CONTAINER in footage.container.split(","), f"the container is {footage.container}, not {CONTAINER}"),
        (footage.index_first, "the index stands behind the pictures, so that nobody can start to watch before the end"),
        (pictures.codec == "h264", f"the pictures are {pictures.codec}, not h264"),
        (pictures.profile == "High", f"the profile is {pictures.profile}, not High"),
        (pictures.pixel_format == "yuv420p", f"the pixel format is {pictures.pixel_format}, not yuv420p"),
        (
            pictures.size == size,
            f"the frame is {pictures.size.width}x{pictures.size.height}, planned is {size.width}x{size.height}",
        ),
        (
            min(size.width, size.height) >= limits.least_side_px,
            f"the shorter side has {min(size.width, size.height)} px, the least is {limits.least_side_px}",
        ),
        (pictures.rate == planned.fps, f"{float(pictures.rate):g} frames a second, planned are {planned.fps}"),
        (pictures.is_steady, "frames do not last equally long"),
        (
            pictures.colours == (BT709, BT709, BT709) and pictures.colour_range == LIMITED_RANGE,
            f"the colour tags are {pictures.colours}, range {pictures.colour_range}, not BT.709 in limited range",
        ),
        (sound.codec == "aac", f"the sound is {sound.codec}, not aac"),
        (sound.rate == SAMPLE_RATE, f"the sound has {sound.rate} samples a second, not {SAMPLE_RATE}"),
        (sound.channels == CHANNELS, f"the sound has {sound.channels} channels, not {CHANNELS}"),
        (footage.bytes <= limits.most_bytes, f"the file has {footage.bytes} bytes, the most is {limits.most_bytes}"),
        (length_s <= limits.longest_s, f"the film lasts {length_s:.0f} s, the most is {limits.longest_s:.0f} s"),
        (damaged == 0, f"{damaged} packets or frames of picture are damaged"),
        (not fault, f"the sound is damaged: {fault}"),
    )
    wrong = [said for good, said in rules if not good]
    about = (
        f"{pictures.codec} {pictures.profile}, {pictures.size.width}x{pictures.size.height}, "
        f"{float(pictures.rate):g} frames a second, {sound.codec}, {footage.bytes / MIB:.1f} MiB"
    )
    return Measurement(
        name="streams",
        level="issue" if wrong else "good",
        said="; ".join(wrong) if wrong else f"{about}: as planned",
        figures={
            "width": pictures.size.width,
            "height": pictures.size.height,
            "fps": float(pictures.rate),
            "profile": pictures.profile,
            "pixel_format": pictures.pixel_format,
            "sample_rate": sound.rate,
            "mbit_per_s": round(footage.bytes * 8e-6 / length_s, 3) if length_s else 0.0,
            "damaged": damaged,
        },
    )


def length(footage: Footage, heard: Heard, planned: VideoMetadata) -> Measurement:
    """Pictures and sound must both last as long as the plan, to one frame."""
    fps = planned.fps
    pictures_s, sound_s = footage.pictures.ends_s, footage.sound.starts_s + heard.samples / SAMPLE_RATE
    off = max(
        abs(pictures_s * fps - planned.duration_frames),
        abs(sound_s * fps - planned.duration_frames),
        abs(footage.pictures.frames * fps / float(footage.pictures.rate or fps) - planned.duration_frames),
    )
    return Measurement(
        name="length",
        level="good" if off <= 1.01 else "issue",
        said=f"pictures for {pictures_s:.3f} s in {footage.pictures.frames} frames, sound for {sound_s:.3f} s; planned "
        f"are {planned.duration_seconds:.3f} s, the limit is one frame",
        figures={
            "frames": footage.pictures.frames,
            "planned_frames": planned.duration_frames,
            "pictures_s": round(pictures_s, 4),
            "sound_s": round(sound_s, 4),
        },
    )
