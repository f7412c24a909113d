"""A studio in which a script is written already, for tests of the assets behind it, one at a time in this process.

Belongs here: making an asset with the fake services, the house or both. Does not belong here: what a test looks for.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from vidfactory.assets import brief, crews, finance, pictures, screenplay, sound, voice
from vidfactory.definitions import studio_of
from vidfactory.orders import place
from vidfactory.partitions import videos
from vidfactory.schema.brief import FinanceOrder
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.paid_work import quick_crew
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.studio import services_table
from vidfactory_tests.test_quoting import TODAY

KEY, QUERY = VIDEOS = ["finance-scripted", "finance-query"]
ORDERS = (FinanceOrder(posts=SAMPLES / "posts.json"), FinanceOrder(query="GOOG", day=TODAY))
HEADS = [
    brief.brief,
    voice.recording,
    crews.voice_crew,
    crews.picture_crew,
    crews.sound_crew,
    finance.commission,
    finance.tweets,
    finance.selected_tweet,
    finance.market_data,
    finance.analysis,
    finance.draft,
]
THERE = [
    dg.AssetSpec(path.split("/"), partitions_def=videos, group_name=path.split("/")[0])
    for path in (
        *("brief", "recording", "voice_crew", "picture_crew", "sound_crew", "screenplay"),
        *("finance/commission", "finance/tweets", "finance/selected_tweet", "finance/market_data", "finance/analysis"),
    )
]
ALONE = (
    *(voice.narration, pictures.illustrations, pictures.backdrop, sound.soundtrack),
    *(finance.tweets, finance.selected_tweet),
)


@dataclass(frozen=True)
class ScriptedStudio:
    """A studio in `folder`; its services are the fakes at `address`."""

    folder: Path
    instance: dg.DagsterInstance
    address: str = ""

    def settings(self, table: dict[str, Any], **providers: str) -> Settings:
        folder = self.folder
        return Settings(profile="offline", studio=str(folder), local=folder, services=table, providers=providers)

    def served(self, key: str, **providers: str) -> Settings:
        """The offline profile, but with the fakes as `providers`, who all get `key`."""
        return self.settings(services_table(self.address, key), **providers)

    def make(self, key: str, assets: list[Any], settings: Settings | None = None) -> dg.ExecuteInProcessResult:
        settings = settings or self.settings({})
        made = {asset.key.path[-1] for asset in assets}
        missing = {each.path[-1] for asset in assets for each in asset.dependency_keys} - made
        specs = [spec for spec in THERE if spec.key.path[-1] in missing]
        return dg.materialize(
            [*specs, *assets],
            partition_key=key,
            instance=self.instance,
            raise_on_error=False,
            resources={
                "io_manager": ArtifactIOManager(ArtifactStore(studio_of(settings))),
                "studio": studio_of(settings),
                "crew": quick_crew(settings),
            },
        )

    def one(self, asset: str, settings: Settings) -> dg.ExecuteInProcessResult:
        """Make one asset behind the script, or before it."""
        key = QUERY if asset == "finance/tweets" else KEY
        return self.make(key, [each for each in ALONE if each.key.to_user_string() == asset], settings)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A studio in which the house has written a script, and another video was ordered that looks for its posts."""
    folder = tmp_path_factory.mktemp("scripted")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("videos", VIDEOS)
        studio = ScriptedStudio(folder, instance)
        for key, order in zip(VIDEOS, ORDERS, strict=True):
            place(studio_of(studio.settings({})), key, order, TODAY)
        assert studio.make(KEY, [*HEADS, screenplay.screenplay]).success
        assert studio.make(QUERY, [brief.brief, finance.commission]).success
    return folder


@pytest.fixture
def scripted_studio(scripted: Path, tmp_path: Path, services: FakeServices) -> Iterator[ScriptedStudio]:
    """A copy of it with Dagster as it is used: its state in SQLite files, and what steps print in files too."""
    folder = tmp_path / "studio"
    shutil.copytree(scripted, folder)
    home = folder / "dagster"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        instance.add_dynamic_partitions("videos", VIDEOS)
        yield ScriptedStudio(folder, instance, services.address)
