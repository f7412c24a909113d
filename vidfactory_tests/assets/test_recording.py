"""A recording in place of a narrator: it becomes the narration, and the check says whether it is of this script."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import numpy as np
import pytest
from scipy.io import wavfile

from vidfactory.assets import crews, voice
from vidfactory.checks.videos import words_are_heard
from vidfactory.definitions import crew_of
from vidfactory.orders import accept
from vidfactory.partitions import videos
from vidfactory.ports import Sound
from vidfactory.providers.espeak_narrator import EspeakNarrator
from vidfactory.rendering.audio import resample
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.speech import RECORDED, Narration, Recording, Timestamps
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory_tests.assets.test_voice import SCREENPLAY
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.providers.aligners import WORDS, speech
from vidfactory_tests.test_quoting import TODAY

KEY = SCREENPLAY.video
OTHER = "The old lighthouse keeper walked down to the shore each morning, and the gulls followed him along the rocks."
GERMAN = "Der alte Wärter ging jeden Morgen zum Ufer, und die Möwen folgten ihm über die Felsen bis an das Wasser."


def said(text: str, language: str) -> Sound:
    return asyncio.run(EspeakNarrator().speak((tuple(text.split()),) * 2, language)).sound


def behind_one_another(*sounds: Sound) -> Sound:
    return Sound(np.concatenate([sound.samples for sound in sounds], axis=1), sounds[0].rate)


def noise() -> Sound:
    return Sound(np.random.default_rng(0).normal(0, 0.1, (1, 200_000)).astype(np.float32), 16_000)


def order(store: ArtifactStore, narration: Path | None) -> None:
    """Store a brief with this recording, and the script."""
    wished = FinanceOrder(posts=SAMPLES / "posts.json", narration=narration)
    decided = Settings(profile="offline").decided(wished)
    store.save(KEY, "brief", accept(wished, decided, KEY, store.studio.workspace(KEY, "brief"), TODAY))
    store.save(KEY, "screenplay", SCREENPLAY)


def spoken(store: ArtifactStore) -> dg.ExecuteInProcessResult:
    """Run the voice department and its check."""
    settings = Settings(profile="offline", studio=str(store.studio.root), local=store.studio.local)
    there = [dg.AssetSpec(name, partitions_def=videos) for name in ("brief", "screenplay")]
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("videos", [KEY])
        return dg.materialize(
            [*there, crews.voice_crew, voice.recording, voice.narration, voice.timestamps, words_are_heard],
            partition_key=KEY,
            instance=instance,
            raise_on_error=False,
            resources={
                "io_manager": ArtifactIOManager(store),
                "studio": store.studio,
                "crew": crew_of(settings),
            },
        )


def write(path: Path, sound: Sound) -> Path:
    with path.open("wb") as file:
        wavfile.write(file, sound.rate, sound.samples.T)
    return path


def evaluation(made: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    (found,) = made.get_asset_check_evaluations()
    return found


def test_a_script_read_by_a_person_becomes_the_narration_with_the_times_of_its_words(
    store: ArtifactStore, tmp_path: Path
) -> None:
    recorded = Sound(np.repeat(resample(speech().sound, 16_000).samples, 2, axis=0), 16_000)
    order(store, write(tmp_path / "voice.jpg", recorded))
    made = spoken(store)
    assert made.success
    narration, timestamps = store.load(KEY, "narration"), store.load(KEY, "timestamps")
    assert isinstance(narration, Narration)
    assert isinstance(timestamps, Timestamps)
    assert narration.made_by == RECORDED
    assert narration.words == ()
    assert [word.timing for word in timestamps.words] == ["exact"] * len(WORDS)
    assert evaluation(made).passed
    assert evaluation(made).metadata["words_heard"].value == len(WORDS)


@pytest.mark.parametrize(
    ("sound", "complaint"),
    [
        (noise, "no word of the script is heard"),
        (lambda: said(OTHER, "en"), "words are heard .*another text"),
        (lambda: said(GERMAN, "de"), "words? (of the script is|are) heard"),
        (lambda: behind_one_another(speech().sound, speech().sound), "its sound is no word of the script"),
    ],
    ids=["noise", "another text", "another language", "twice as long"],
)
def test_a_recording_of_something_else_stops_the_line_and_says_what_to_do(
    store: ArtifactStore, tmp_path: Path, sound: Callable[[], Sound], complaint: str
) -> None:
    order(store, write(tmp_path / "voice.wav", sound()))
    made = spoken(store)
    assert not made.success
    timestamps = store.load(KEY, "timestamps")
    assert isinstance(timestamps, Timestamps)
    assert len(timestamps.words) == len(WORDS)
    found = evaluation(made)
    assert not found.passed
    assert found.blocking
    assert found.description is not None
    assert dg.AssetKey("timestamps") == found.asset_key
    assert f"vidfactory make {KEY} --narration FILE" in found.description
    assert re.search(complaint, found.description)


def test_without_a_recording_a_narrator_speaks_and_its_own_times_pass(store: ArtifactStore) -> None:
    order(store, None)
    made = spoken(store)
    assert made.success
    assert store.load(KEY, "recording") == Recording(audio=None)
    assert evaluation(made).passed
    assert store.load(KEY, "timestamps").score is None
