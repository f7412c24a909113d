"""The asset: from a screenplay and its pictures to scored files, with what a person wants to see."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from PIL import Image

from vidfactory.assets import release
from vidfactory.drawing.illustration import draw_illustration
from vidfactory.drawing.thumbnail import MAX_BYTES
from vidfactory.partitions import videos
from vidfactory.schema.base import Artifact, Credit, Media, Size
from vidfactory.schema.pictures import Backdrop, Illustrations, Picture
from vidfactory.schema.release import Thumbnails
from vidfactory.schema.screenplay import Beat, IllustrationCue, Screenplay, Token
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory.storage.studio import Studio

KEY = "finance-still"
SMALL = Size(width=471, height=331)
NOBODY = Credit(provider="none", model="none")
WIDE, VERTICAL = Size(width=1280, height=720), Size(width=1080, height=1920)


def picture(folder: Path, concept: str) -> Picture:
    path = folder / f"{concept}.png"
    path.write_bytes(draw_illustration(concept, SMALL, 1))
    return Picture(name=concept, image=Media.of(path, "image/png"), size=SMALL, alt=concept)


def screenplay(*concepts: str) -> Screenplay:
    cues = tuple(IllustrationCue(name=concept, concept=concept, prompt=concept) for concept in concepts)
    return Screenplay(
        video=KEY,
        title="Google at $332.00",
        headline="Google: 55.2% below its high",
        kicker="GOOG ▼ −4.8%",
        description="",
        language="en",
        theme="finance",
        beats=(Beat(name="hook", tokens=(Token(shown="Google", spoken="Google"),), cues=cues),),
    )


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("videos", [KEY])
        yield instance


def made_of(
    studio: Studio, instance: dg.DagsterInstance, folder: Path, *concepts: str
) -> tuple[Thumbnails, dict[str, Any]]:
    """The stored thumbnails of a film with these pictures, and what Dagster was told of them."""
    store = ArtifactStore(studio)
    inputs: dict[str, Artifact] = {
        "screenplay": screenplay(*concepts),
        "illustrations": Illustrations(pictures=tuple(picture(folder, each) for each in concepts), made_by=NOBODY),
        "backdrop": Backdrop(picture=picture(folder, "calm"), made_by=NOBODY),
    }
    for name, artifact in inputs.items():
        store.save(KEY, name, artifact)
    result = dg.materialize(
        [*(dg.AssetSpec(name, partitions_def=videos) for name in inputs), release.thumbnails],
        partition_key=KEY,
        instance=instance,
        resources={"io_manager": ArtifactIOManager(store), "studio": studio},
    )
    (event,) = [event for event in result.all_events if event.is_step_materialization]
    stored = store.load(KEY, "thumbnails")
    assert isinstance(stored, Thumbnails)
    return stored, {name: entry.value for name, entry in event.materialization.metadata.items()}


def test_thumbnails_of_a_film_are_stored_scored_and_shown(
    studio: Studio, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    made, shown = made_of(studio, instance, tmp_path, "crash", "question")
    assert {each.size for each in made.thumbnails} == {WIDE, VERTICAL}
    for size in (WIDE, VERTICAL):
        of_size = [each for each in made.thumbnails if each.size == size]
        assert len({each.concept for each in of_size}) == 4
        assert len([each for each in of_size if each.varies]) == 4
        assert of_size[0].score == max(each.score for each in of_size)
    for each in made.thumbnails:
        assert each.image.size <= MAX_BYTES
        with Image.open(each.image.path) as opened:
            assert (opened.format, opened.size) == ("JPEG", (each.size.width, each.size.height))
    assert shown["best_score"] == made.thumbnails[0].score
    assert all(each.name in shown["scores"] and each.name in shown["thumbnails"] for each in made.thumbnails)
    assert "px tall in a list" in shown["scores"]


def test_a_film_without_illustrations_has_thumbnails_of_its_backdrop(
    studio: Studio, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    made, _ = made_of(studio, instance, tmp_path)
    assert len({each.concept for each in made.thumbnails}) == 4
