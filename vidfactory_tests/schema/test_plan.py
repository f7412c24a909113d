import pytest
from pydantic import ValidationError

from vidfactory.schema.base import Source
from vidfactory.schema.plan import MusicTrack, NarrationTrack

SOURCE = Source(file="sound.flac", sha256="0" * 64)


@pytest.mark.parametrize("track", [NarrationTrack, MusicTrack])
@pytest.mark.parametrize("volume", [-0.1, 4.1, float("nan"), float("inf")])
def test_a_volume_that_no_track_can_have_is_refused(
    track: type[NarrationTrack] | type[MusicTrack], volume: float
) -> None:
    with pytest.raises(ValidationError, match="volume"):
        track(source=SOURCE, volume=volume)


def test_narration_may_be_raised_and_music_only_lowered() -> None:
    assert NarrationTrack(source=SOURCE, volume=4).volume == 4
    assert MusicTrack(source=SOURCE, volume=1).volume == 1
