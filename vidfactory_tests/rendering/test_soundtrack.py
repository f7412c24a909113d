"""The sound of a film as a whole: what comes out of the file, and tracks that cannot be used."""

import tracemalloc
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import av
import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from vidfactory.errors import BadInput, VidfactoryError
from vidfactory.ports import Sound
from vidfactory.rendering import soundtrack
from vidfactory.rendering.audio import decode, encode_flac, encode_mp3
from vidfactory.rendering.soundtrack import make_sound
from vidfactory.schema.base import SAMPLE_RATE, Samples
from vidfactory.schema.film import Loudness
from vidfactory.schema.plan import AudioPlan, MusicTrack, NarrationTrack, Source
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Mix

SOURCE = Source(file="sound.flac", sha256="0" * 64)
LEVELS = Mix(
    music_volume=0.22,
    duck_db=6.0,
    fade_out_s=1.0,
    lead_in_s=0.3,
    tail_s=1.2,
    target_lufs=-14.0,
    max_true_peak_dbtp=-1.0,
)


def noise(seconds: float, level: float = 0.1, channels: int = 1, seed: int = 0) -> NDArray[np.float32]:
    """Pink-ish, up to 12 kHz, as speech and music reach."""
    white = np.random.default_rng(seed).standard_normal((channels, round(seconds * SAMPLE_RATE)))
    spectrum = np.fft.rfft(white) / np.sqrt(np.arange(1, white.shape[1] // 2 + 2))
    spectrum[:, 12_000 * white.shape[1] // SAMPLE_RATE :] = 0
    pink = np.fft.irfft(spectrum, white.shape[1])
    return (level * pink / pink.std()).astype(np.float32)


def bursts(seconds: float, every_s: float, length_s: float, level: float) -> NDArray[np.float32]:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (noise(seconds, level) * (time % every_s < length_s)).astype(np.float32)


def word(start_s: float, end_s: float, shown: str = "word") -> TimedWord:
    start, end = Samples(round(start_s * SAMPLE_RATE)), Samples(round(end_s * SAMPLE_RATE))
    return TimedWord(shown=shown, spoken=shown, beat=0, start=start, end=end, timing="exact")


class Stage:
    """A folder with the tracks of a film; `make` makes its sound."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.narration = self.written("narration.flac", noise(2.0))
        self.music: Path | None = None
        self.target = folder / "out" / "sound.m4a"
        self.target.parent.mkdir()

    def written(self, name: str, samples: NDArray[np.float32], rate: int = SAMPLE_RATE) -> Path:
        write = encode_mp3 if name.endswith("mp3") else encode_flac
        write(self.folder / name, Sound(samples, rate))
        return self.folder / name

    def make(
        self,
        seconds: float = 3.0,
        words: Sequence[TimedWord] = (),
        start: int = 0,
        bit_rate: int = 192_000,
        *,
        loop: bool = True,
        levels: Mix = LEVELS,
    ) -> Loudness:
        track = MusicTrack(source=SOURCE, volume=0.22, loop=loop, fade_out=Samples(9600)) if self.music else None
        audio = AudioPlan(narration=NarrationTrack(source=SOURCE, start=Samples(start)), music=track)
        length = Samples(round(seconds * SAMPLE_RATE))
        return make_sound(audio, levels, words, length, self.narration, self.music, self.target, bit_rate)

    def heard(self) -> NDArray[np.float32]:
        return decode(self.target).samples


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


TRACKS = {
    "quiet": noise(8.0, 0.002),
    "hot": np.clip(3 * noise(8.0, 0.5), -1, 1),
    "speech": bursts(8.0, 0.7, 0.45, 0.2),
    "sparse": bursts(12.0, 4.0, 0.5, 0.1),
}


@pytest.mark.parametrize("name", TRACKS)
@pytest.mark.parametrize("bit_rate", [128_000, 192_000])
def test_the_file_has_its_loudness_and_stays_under_its_true_peak(name: str, bit_rate: int, stage: Stage) -> None:
    stage.narration = stage.written("narration.flac", TRACKS[name])
    stage.music = stage.written("music.flac", noise(3.1, 0.1 * float(np.abs(TRACKS[name]).max()), 2, seed=1))
    told = stage.make(TRACKS[name].shape[1] / SAMPLE_RATE, [word(0.1, 0.5)], bit_rate=bit_rate)
    samples = stage.heard().astype(np.float64)
    lufs = pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(samples.T)
    true_peak = 20 * np.log10(np.abs(resample_poly(samples, 8, 1, axis=1)).max())
    assert lufs == pytest.approx(-14, abs=0.2)
    assert true_peak <= -0.98
    assert told.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert told.true_peak_dbtp == pytest.approx(true_peak, abs=0.1)
    assert told.true_peak_dbtp <= -1


def test_a_codec_that_overshoots_is_given_less(stage: Stage) -> None:
    """At 64 kbit/s short bursts come back with peaks more than the usual headroom above what went in."""
    stage.narration = stage.written("narration.flac", np.clip(bursts(4.0, 0.1, 0.005, 0.3), -1, 1))
    assert stage.make(4.0, bit_rate=64_000).true_peak_dbtp <= -1


def test_a_codec_that_takes_loudness_away_is_given_more(stage: Stage) -> None:
    """White noise loses what is above the band of the codec."""
    white = np.random.default_rng(0).normal(0, 0.1, (1, 3 * SAMPLE_RATE)).astype(np.float32)
    stage.narration = stage.written("narration.flac", white)
    assert stage.make().integrated_lufs == pytest.approx(-14, abs=0.1)


def test_a_clap_is_heard_at_its_sample_over_ten_minutes(stage: Stage) -> None:
    """To the sample: the encoder's delay is in the edit list, and no block moves another."""
    start, claps = 14_401, np.arange(10_007, 599 * SAMPLE_RATE, 1_234_567)
    track = np.zeros((1, 599 * SAMPLE_RATE), np.float32)
    pulse = 0.5 * np.exp(-0.5 * (np.arange(-12, 13) / 3) ** 2)
    for clap in claps:
        track[0, clap - 12 : clap + 13] = pulse
    stage.narration = stage.written("narration.flac", track)
    stage.make(600.0, start=start, levels=LEVELS.model_copy(update={"target_lufs": -45.0}))
    heard = np.abs(stage.heard()[0])
    found = [clap - 480 + int(heard[clap - 480 : clap + 480].argmax()) for clap in claps + start]
    np.testing.assert_array_equal(found, claps + start)


@pytest.mark.parametrize(
    ("rate", "layout"), [(8000, "mono"), (22_050, "stereo"), (44_100, "mono"), (48_000, "5.1"), (96_000, "stereo")]
)
def test_narration_of_any_rate_and_layout_is_placed_at_its_time(rate: int, layout: str, stage: Stage) -> None:
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    tone = np.zeros((channels, 2 * rate), np.float32)
    tone[:, rate:] = 0.2 * np.sin(2 * np.pi * 400 * np.arange(rate) / rate)
    stage.narration = stage.folder / "narration.wav"
    with av.open(stage.narration, "w") as container:
        stream = container.add_stream("pcm_f32le", rate=rate, layout=layout)
        interleaved = np.ascontiguousarray(tone.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="flt", layout=layout)
        frame.sample_rate = rate
        container.mux([*stream.encode(frame), *stream.encode(None)])
    stage.make(3.0, [word(1.3, 2.0)], start=14_400)
    samples = stage.heard()
    assert samples.shape[0] == 2
    onset = np.flatnonzero(np.abs(samples[0]) > 0.5 * np.abs(samples[0]).max())[0]
    assert onset == pytest.approx(1.3 * SAMPLE_RATE, abs=100)


def test_the_sound_lasts_as_long_as_the_film(stage: Stage) -> None:
    stage.music = stage.written("music.flac", noise(0.7, channels=2))
    stage.make(3.21)
    with av.open(stage.target) as container:
        stream = container.streams.audio[0]
        assert stream.duration == round(3.21 * SAMPLE_RATE)
        assert (stream.codec.name, stream.profile, stream.rate, stream.channels) == ("aac", "LC", SAMPLE_RATE, 2)


def test_music_that_is_shorter_than_the_film_and_does_not_loop_is_followed_by_silence(stage: Stage) -> None:
    stage.music = stage.written("music.mp3", noise(0.5, channels=2))
    stage.narration = stage.written("narration.flac", np.zeros((1, 9600), np.float32))
    stage.make(2.0, loop=False)
    assert np.abs(stage.heard()[:, SAMPLE_RATE:]).max() < 1e-3


def test_the_same_tracks_give_the_same_bytes(stage: Stage) -> None:
    stage.music = stage.written("music.mp3", noise(1.3, channels=2))
    first, again = [stage.make(words=[word(0.2, 1.0)]) and stage.target.read_bytes() for _ in range(2)]
    assert first == again
    assert [path.name for path in stage.target.parent.iterdir()] == ["sound.m4a"]


def test_a_film_of_silence_is_silent(stage: Stage) -> None:
    stage.narration = stage.written("narration.flac", np.zeros((1, SAMPLE_RATE), np.float32))
    assert stage.make().integrated_lufs == float("-inf")


def test_a_film_of_a_single_frame_has_a_sound(stage: Stage) -> None:
    stage.narration = stage.written("narration.flac", noise(1 / 30))
    assert stage.make(1 / 30).true_peak_dbtp <= -1


def test_memory_does_not_grow_with_the_film(stage: Stage) -> None:
    """An array of the longer film would take 10 MB."""
    peaks = []
    for seconds in (5, 25):
        stage.narration = stage.written("narration.flac", np.tile(bursts(5.0, 0.5, 0.1, 0.1), seconds // 5))
        tracemalloc.start()
        stage.make(seconds, [word(n, n + 0.1) for n in range(seconds)])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 1_000_000


def refused(stage: Stage, words: Sequence[TimedWord] = (), start: int = 0) -> str:
    """The error of a sound that cannot be made; nothing is left behind."""
    with pytest.raises(BadInput) as caught:
        stage.make(words=words, start=start)
    assert list(stage.target.parent.iterdir()) == []
    return str(caught.value)


def test_a_track_that_is_no_sound_is_named_with_its_part(stage: Stage) -> None:
    stage.music = stage.folder / "music.mp3"
    stage.music.write_bytes(b"no sound at all")
    assert refused(stage).startswith(f"music: {stage.music}: the sound cannot be decoded")


def test_a_loop_without_samples_is_refused_and_not_played_for_ever(stage: Stage) -> None:
    stage.music = stage.folder / "music.wav"
    with wave.open(str(stage.music), "wb") as writer:
        writer.setparams((2, 2, SAMPLE_RATE, 0, "NONE", ""))
    assert refused(stage).startswith(f"music: {stage.music}: the file holds no samples")


def test_a_loop_too_short_for_music_is_refused(stage: Stage) -> None:
    stage.music = stage.written("music.flac", noise(0.099, channels=2))
    assert refused(stage) == f"music: {stage.music}: the loop lasts only 0.099 s. Give music of at least 0.1 s"


def test_music_that_does_not_loop_may_be_as_short_as_it_likes(stage: Stage) -> None:
    stage.music = stage.written("music.flac", noise(0.05, channels=2))
    stage.make(loop=False)
    stage.music = stage.written("music.flac", noise(0.1, channels=2))
    stage.make()


def test_a_narration_that_goes_on_after_the_picture_is_refused(stage: Stage) -> None:
    stage.narration = stage.written("narration.flac", noise(4.0))
    assert "narration.flac: speech goes on for 1.50 s after the end of the picture" in refused(stage, start=24_000)


def test_silence_after_the_picture_is_cut(stage: Stage) -> None:
    stage.narration = stage.written("narration.flac", np.pad(noise(2.0), ((0, 0), (0, 10 * SAMPLE_RATE))))
    stage.make()
    assert stage.heard().shape[1] < 3.1 * SAMPLE_RATE


def test_a_narration_that_ends_before_a_word_begins_is_refused(stage: Stage) -> None:
    words = [word(0.5, 0.8), word(2.5, 2.9, "bank")]
    assert "narration.flac: the narration ends at 2.00 s of the film, before 'bank' at 2.50 s" in refused(stage, words)


def test_a_silent_narration_of_words_is_refused(stage: Stage) -> None:
    stage.narration = stage.written("narration.flac", np.zeros((1, SAMPLE_RATE), np.float32))
    assert "narration.flac: the narration is silent" in refused(stage, [word(0.1, 0.4)])


def test_a_full_disk_is_named_with_the_target_and_leaves_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_a_full_disk(**_: object) -> IO[bytes]:
        return Path("/dev/full").open("w+b")

    monkeypatch.setattr(soundtrack, "TemporaryFile", on_a_full_disk)
    with pytest.raises(VidfactoryError, match=r"out/sound\.m4a: it cannot be written: No space left.*free some space"):
        stage.make()
    assert list(stage.target.parent.iterdir()) == []


def test_a_sound_made_before_stays_when_a_new_one_fails(stage: Stage) -> None:
    stage.make()
    before = stage.target.read_bytes()
    stage.narration.write_bytes(b"")
    with pytest.raises(BadInput):
        stage.make()
    assert stage.target.read_bytes() == before


def test_a_sound_that_cannot_take_its_name_leaves_nothing(stage: Stage) -> None:
    (stage.target / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"sound\.m4a"):
        stage.make()
    assert list(stage.target.parent.iterdir()) == [stage.target]
