"""The graph as Dagster sees it: complete, described, and joined at one seam."""

from pathlib import Path

import dagster as dg
import pytest
from upath import UPath

from vidfactory.assets import brief as brief_assets
from vidfactory.assets.common import with_themes
from vidfactory.assets.operation import OPERATION
from vidfactory.assets.screenplay import screenplay
from vidfactory.assets.voice import timestamps
from vidfactory.definitions import build_defs, crew_of, defs
from vidfactory.desks import FORMATS
from vidfactory.errors import BadInput, MissingArtifact
from vidfactory.jobs import job_name
from vidfactory.partitions import videos
from vidfactory.providers.crew import Crew
from vidfactory.schema.screenplay import Draft, DraftBeat, Screenplay
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory.storage.studio import Studio
from vidfactory_tests.conftest import SAMPLES

KEY = "finance-test"


def crew(studio: Studio) -> Crew:
    """The crew of the profile without services."""
    return crew_of(Settings(profile="offline", studio=str(studio.root), local=studio.local))


SPECS = sorted(defs.resolve_asset_graph().asset_nodes, key=lambda node: node.key.to_user_string())


@pytest.mark.parametrize("node", SPECS, ids=lambda node: node.key.to_user_string())
def test_every_asset_says_what_it_is(node: dg.AssetSpec) -> None:
    assert node.group_name != "default"
    assert node.description
    assert node.code_version
    assert node.kinds
    assert node.owners == ["team:studio"]
    assert node.partitions_def == (None if node.key == OPERATION else videos), "all but the look at the studio itself"


@pytest.mark.parametrize("video_format", FORMATS)
def test_a_format_has_one_job_from_its_brief_to_the_poster(video_format: str) -> None:
    job = defs.resolve_job_def(job_name(video_format))
    keys = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert {"brief", f"{video_format}/draft", "screenplay", "video", "poster"} <= keys
    others = {key for key in keys if "/" in key and not key.startswith(f"{video_format}/")}
    assert not others


def test_no_asset_after_the_seam_depends_on_a_desk() -> None:
    graph = defs.resolve_asset_graph()
    after = dg.AssetSelection.assets("screenplay").downstream(include_self=False).resolve(graph)
    parents = {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys} for key in after
    }
    assert not any("/" in parent for above in parents.values() for parent in above)
    asking = {key for key, above in parents.items() if "brief" in above}
    assert asking == {"production_plan", "rushes", "publication"}, "for the quality, and for the moment to publish"
    assert {"voice_crew", "picture_crew", "sound_crew"} <= set().union(*parents.values())


def test_what_is_drawn_follows_the_themes(monkeypatch: pytest.MonkeyPatch) -> None:
    themes = with_themes("").removeprefix("+")
    monkeypatch.setattr("vidfactory.assets.common.themes_sha256", lambda: "f" * 64)
    assert not with_themes("").endswith(themes)
    graph = defs.resolve_asset_graph()
    for name in ("illustrations", "charts", "cards", "ticker", "backdrop", "production_plan", "video", "poster"):
        assert (graph.get(dg.AssetKey(name)).code_version or "").endswith(themes)


def test_everything_that_is_defined_resolves() -> None:
    dg.Definitions.validate_loadable(defs)
    names = [sensor.name for sensor in defs.sensors or []]
    assert {"inbox", "approvals", "failures", "market_minute_trends"} <= set(names)


def test_resources_can_be_swapped() -> None:
    assert (build_defs(overrides={"narrator": "mine"}).resources or {})["narrator"] == "mine"


def draft() -> Draft:
    return Draft(
        title="Title",
        headline="Headline",
        description="",
        theme="finance",
        beats=(DraftBeat(name="hook", text="Up 3%."),),
    )


def make_screenplay(store: ArtifactStore, key: str) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("videos", [key])
        upstream = dg.AssetSpec(["finance", "draft"], partitions_def=videos)
        resources = {"io_manager": ArtifactIOManager(store)}
        return dg.materialize([upstream, screenplay], partition_key=key, instance=instance, resources=resources)


def test_the_seam_takes_the_one_draft_that_is_there(store: ArtifactStore) -> None:
    store.save(KEY, "finance/draft", draft())
    assert make_screenplay(store, KEY).success
    made = store.load(KEY, "screenplay")
    assert isinstance(made, Screenplay)
    assert [token.spoken for token in made.beats[0].tokens] == ["Up", "three percent."]


def test_without_a_draft_the_seam_says_so(store: ArtifactStore) -> None:
    with pytest.raises(BadInput, match="0 drafts"):
        make_screenplay(store, KEY)


def test_the_data_version_is_the_hash_of_the_content(store: ArtifactStore) -> None:
    store.save(KEY, "finance/draft", draft())
    (event,) = make_screenplay(store, KEY).asset_materializations_for_node("screenplay")
    assert (event.tags or {})["dagster/data_version"] == store.load(KEY, "screenplay").content_sha256()


def test_an_input_that_was_never_made_is_named(store: ArtifactStore) -> None:
    store.save(KEY, "finance/draft", draft())
    assert make_screenplay(store, KEY).success
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("videos", [KEY])
        upstream = [dg.AssetSpec(name, partitions_def=videos) for name in ("screenplay", "narration", "voice_crew")]
        with pytest.raises(MissingArtifact, match="--from narration"):
            dg.materialize(
                [*upstream, timestamps],
                partition_key=KEY,
                instance=instance,
                resources={"io_manager": ArtifactIOManager(store), "crew": crew(store.studio)},
            )


def order_from_launchpad(store: ArtifactStore, key: str, **wishes: object) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("videos", [key])
        return dg.materialize(
            [brief_assets.brief],
            partition_key=key,
            instance=instance,
            resources={"io_manager": ArtifactIOManager(store), "studio": store.studio, "crew": crew(store.studio)},
            run_config={"ops": {"brief": {"config": wishes}}},
        )


def test_a_video_is_ordered_from_the_launchpad(store: ArtifactStore) -> None:
    assert order_from_launchpad(store, KEY, posts=str(SAMPLES / "posts.json"), seconds=50).success
    assert store.studio.order_path(KEY).exists()
    assert not list(store.studio.scratch.glob("*/*")), "the workspace goes when the brief is stored"
    with pytest.raises(BadInput, match="already an order"):
        order_from_launchpad(store, KEY, posts=str(SAMPLES / "posts.json"))
    assert order_from_launchpad(store, KEY).success, "made again from the order that is there"


def test_a_partition_with_a_wrong_key_is_refused(store: ArtifactStore) -> None:
    with pytest.raises(BadInput, match="video key"):
        order_from_launchpad(store, "finance_a b", posts=str(SAMPLES / "posts.json"))


def test_an_order_from_the_launchpad_that_cannot_be_made_leaves_its_key_free(store: ArtifactStore) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        order_from_launchpad(store, KEY, posts="gone.json")
    assert order_from_launchpad(store, KEY, posts=str(SAMPLES / "posts.json")).success


def test_settings_name_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDFACTORY_STUDIO", "memory://elsewhere")
    monkeypatch.setenv("VIDFACTORY_LOCAL", str(tmp_path))
    settings = Settings()
    assert UPath(settings.studio_address).protocol == "memory"
    assert settings.dagster_home == tmp_path / "dagster"
