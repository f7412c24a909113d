"""What each quality of a film means to the encoders of picture and sound.

The figures of draft, standard, high, ultra and broadcast are the requirements' own; `social` and `express` are ours.
"""

from dataclasses import dataclass, replace

from vidfactory.rendering.encode import Encoder, serves
from vidfactory.schema.film import Quality

NVENC_PRESET = "p5"
HIGH_AT_4_2 = "4.2"
HIGH_AT_5_1 = "5.1"


@dataclass(frozen=True)
class Encoding:
    """An encoder for the pictures, and bits a second for the sound (AAC at 48 kHz)."""

    picture: Encoder
    sound_bit_rate: int

    def __str__(self) -> str:
        return f"{self.picture}, aac {self.sound_bit_rate // 1000} kbit/s"


SOCIAL_TUNING = "subme=1:b-adapt=0:rc-lookahead=8"
"""Measured on hatched pictures in motion against plain veryfast: a third faster, and at the same size as good
by PSNR. The shorter look-ahead saves each render process 15 MB at 1080x1920."""
SOCIAL = Encoding(Encoder(preset="veryfast", quality=18, tuning=SOCIAL_TUNING, key_frame_s=4.0), 192_000)
"""For platforms that encode everything again."""
EXPRESS = Encoding(
    Encoder(preset="ultrafast", quality=22, tuning="bframes=3:8x8dct=1", key_frame_s=4.0), SOCIAL.sound_bit_rate
)
"""The same for who races to a trend. Measured on the reference short against social, 61 frames beside what was drawn:
two thirds of the time and 2.3 times the bytes; luma's mean PSNR 51.9 dB (social 47.9) and SSIM 0.9987 (0.9987), of the
worst frame 47.2 dB (45.9) and 0.9973 (0.9980). Without B-frames and the larger transform it takes twice the bytes."""


def _sharp(preset: str, quality: int, megabits: int, level: str) -> Encoding:
    return Encoding(Encoder(preset=preset, quality=quality, max_bit_rate=megabits * 1_000_000, level=level), 320_000)


WANTED: dict[Quality, tuple[Encoding, ...]] = {
    "social": (SOCIAL,),
    "express": (EXPRESS,),
    "draft": (_sharp("fast", 21, 4, HIGH_AT_4_2),),
    "standard": (_sharp("slow", 21, 8, HIGH_AT_4_2),),
    "high": (_sharp("slow", 18, 12, HIGH_AT_4_2),),
    "ultra": (_sharp("slow", 18, 35, HIGH_AT_5_1),),
    "broadcast": (
        Encoding(Encoder(preset="slow", quality=18, level=HIGH_AT_4_2), 192_000),
        Encoding(Encoder(preset="medium", quality=23, level=HIGH_AT_4_2), 128_000),
    ),
}
"""By quality, the encodings to try in turn: the next one serves only where the one before failed."""


def encodings(quality: Quality) -> tuple[Encoding, ...]:
    """The encodings to try on this machine. The graphics card encodes where it can, but never for broadcast."""
    wanted = WANTED[quality]
    if quality == "broadcast":
        return wanted
    on_card = replace(wanted[0], picture=_on_card(wanted[0].picture))
    return (on_card, *wanted) if serves(on_card.picture) else wanted


def card_serves() -> bool:
    """Whether a graphics card encodes here: a frame is tried."""
    return serves(_on_card(SOCIAL.picture))


def _on_card(encoder: Encoder) -> Encoder:
    return replace(encoder, codec="h264_nvenc", preset=NVENC_PRESET, tuning="")
