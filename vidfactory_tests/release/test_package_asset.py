"""The asset `package` in Dagster: lineage from what was recorded, and fresh when only the signature differs."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from vidfactory.assets.common import deliver, studio_asset
from vidfactory.assets.lineage import origins_of
from vidfactory.assets.release import PACKED, package
from vidfactory.ports import Assignment, Call
from vidfactory.release.identity import Signatory
from vidfactory.schema.base import Artifact
from vidfactory.schema.screenplay import Draft, DraftBeat
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory.storage.ledger import Entry, Ledger
from vidfactory.storage.studio import Studio
from vidfactory_tests.release.finished import KEY

DRAFT = Draft(title="T", headline="H", description="D", theme="finance", beats=(DraftBeat(name="hook", text="Hook."),))
DEPS = {
    "screenplay": ["finance/draft"],
    "narration": ["screenplay"],
    "timestamps": ["narration"],
    "production_plan": ["screenplay", "timestamps"],
    "video": ["production_plan"],
    "thumbnails": ["video"],
    "qa_report": ["video"],
}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        opened.add_dynamic_partitions("videos", [KEY])
        yield opened


def departments(made: dict[str, Artifact]) -> list[dg.AssetsDefinition]:
    """Assets that deliver what is made already, each from those that it is made from in the studio."""
    return [
        _delivering(name, {**made, "finance/draft": DRAFT}[name]) for name in ("finance/draft", "timestamps", *PACKED)
    ]


def _delivering(name: str, artifact: Artifact) -> dg.AssetsDefinition:
    deps = [dg.AssetKey(each.split("/")) for each in DEPS.get(name, [])]

    @studio_asset(key=name.split("/"), deps=deps, code_version=f"{name}.1")
    def _department() -> dg.Output[Any]:
        return deliver(artifact)

    return _department


def made_with(studio: Studio, instance: dg.DagsterInstance, assets: list[Any]) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        assets,
        partition_key=KEY,
        instance=instance,
        resources={
            "studio": studio,
            "io_manager": ArtifactIOManager(ArtifactStore(studio)),
            "signatory": Signatory(studio.own_identity),
        },
    )


def test_the_manifest_says_what_everything_was_made_from(
    made: dict[str, Artifact], studio: Studio, instance: dg.DagsterInstance
) -> None:
    call = Call("elevenlabs", "speech", "eleven_v3", {"text": "hook."})
    Ledger(studio).write(Entry.of(Assignment(KEY, "narration"), call, "0" * 64, "settled", Decimal("0.31")))
    assert made_with(studio, instance, [*departments(made), package]).success
    manifest = json.loads((studio.artifact_folder(KEY, "package") / "manifest.json").read_bytes())
    entries = {each["asset"]: each for each in manifest["artifacts"]}
    assert entries.keys() == {*PACKED, "timestamps", "finance/draft"}
    assert entries["screenplay"]["made_from"] == {"finance/draft": DRAFT.content_sha256()}
    for entry in entries.values():
        assert entry["code_version"] == f"{entry['asset']}.1"
        for parent, version in entry["made_from"].items():
            assert entries[parent]["content_sha256"] == version
    order = list(entries)
    assert order.index("finance/draft") < order.index("screenplay") < order.index("production_plan")
    assert entries["narration"]["charged_usd"] == "0.31"
    assert entries["narration"]["calls"] == ["elevenlabs speech"]


def test_an_input_that_has_changed_since_is_told(
    made: dict[str, Artifact], studio: Studio, instance: dg.DagsterInstance
) -> None:
    assert made_with(studio, instance, departments(made)).success
    other = DRAFT.model_copy(update={"title": "Another"})
    assert made_with(studio, instance, [_delivering("finance/draft", other)]).success
    store = ArtifactStore(studio)
    origins = origins_of(instance, store, KEY, {name: made[name] for name in PACKED})
    assert origins["screenplay"].made_from == {"finance/draft": ""}
    assert origins["finance/draft"].content_sha256 == other.content_sha256()
    assert origins["video"].made_from == {"production_plan": made["production_plan"].content_sha256()}


def test_made_again_it_is_no_news_to_what_comes_after(
    made: dict[str, Artifact], studio: Studio, instance: dg.DagsterInstance
) -> None:
    first = made_with(studio, instance, [*departments(made), package])
    film = (studio.artifact_folder(KEY, "package") / "video.mp4").read_bytes()
    second = made_with(studio, instance, [*departments(made), package])
    assert (studio.artifact_folder(KEY, "package") / "video.mp4").read_bytes() != film
    assert [_version(each) for each in (first, second)] == [_version(first)] * 2


def test_a_stored_package_loads_with_all_its_files(
    made: dict[str, Artifact], studio: Studio, instance: dg.DagsterInstance
) -> None:
    made_with(studio, instance, [*departments(made), package])
    loaded = ArtifactStore(studio).load(KEY, "package")
    assert all(media.path.is_file() for media in loaded.media())
    assert not list(Path(studio.scratch).rglob("*.mp4"))


def _version(result: dg.ExecuteInProcessResult) -> str:
    event = next(each for each in result.get_asset_materialization_events() if each.asset_key == package.key)
    return event.step_materialization_data.materialization.tags["dagster/data_version"]
