"""What is due, held against Dagster's own resolver, which it replaces because that asks so much."""

import random
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContext

from vidfactory import staleness
from vidfactory.partitions import videos

KEYS = ["finance-a", "finance-b"]
NAMES = ["brief", "words", "voice", "film", "package"]
PARENTS = {"brief": [], "words": ["brief"], "voice": ["words"], "film": ["words", "voice"], "package": ["film"]}


class Loading(LoadingContext):
    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance, self._loaders = instance, dict[type, Any]()

    @property
    def instance(self) -> dg.DagsterInstance:
        return self._instance

    @property
    def loaders(self) -> dict[type, Any]:
        return self._loaders


def assets(codes: dict[str, str], parents: dict[str, list[str]], contents: dict[str, str]) -> list[dg.AssetsDefinition]:
    """The little graph at one state of its code; each asset comes out with the content that `contents` says."""

    def one(name: str) -> dg.AssetsDefinition:
        @dg.asset(name=name, deps=parents[name], code_version=codes[name], partitions_def=videos)
        def made() -> dg.Output[None]:
            return dg.Output(None, data_version=dg.DataVersion(contents[name]))

        return made

    return [one(name) for name in NAMES]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        opened.add_dynamic_partitions("videos", KEYS)
        yield opened


@pytest.mark.parametrize("seed", range(2))
def test_dagster_says_the_same_whatever_was_made_and_changed(instance: dg.DagsterInstance, seed: int) -> None:
    chance = random.Random(seed)
    codes, parents, contents = dict.fromkeys(NAMES, "1"), dict(PARENTS), dict.fromkeys(NAMES, "x")
    said = set()
    for step in range(9):
        match chance.choice(["code", "content", "parents", "same", "by hand"]) if step else "same":
            case "code":
                codes[chance.choice(NAMES)] = f"code {step}"
            case "content":
                contents[chance.choice(NAMES)] = f"content {step}"
            case "parents":
                parents["package"] = ["film"] if parents["package"] != ["film"] else ["film", "words"]
            case "by hand":
                instance.report_runless_asset_event(dg.AssetMaterialization("voice", partition=KEYS[0]))
        graph = dg.Definitions(assets(codes, parents, contents)).resolve_asset_graph()
        resolver = CachingStaleStatusResolver(instance, graph, Loading(instance))
        made = staleness.records(instance, NAMES, KEYS)
        for key in KEYS:
            theirs = [name for name in NAMES if resolver.get_status(dg.AssetKey(name), key) is not StaleStatus.FRESH]
            assert staleness.outdated(graph, NAMES, made[key]) == theirs, (step, key)
            said.update((len(theirs),))
        some = NAMES if not step else chance.sample(NAMES, chance.randint(1, 4))
        dg.materialize(
            assets(codes, parents, contents),
            selection=dg.AssetSelection.assets(*some),
            partition_key=chance.choice(KEYS) if step > 1 else KEYS[step],
            instance=instance,
        )
    assert len(said) > 2, "it was seen in several states"


def test_thousands_are_asked_in_parts(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"finance-{number}" for number in range(7)]
    for key in keys[:5]:
        instance.report_runless_asset_event(dg.AssetMaterialization("brief", partition=key))
    monkeypatch.setattr(staleness, "AT_ONCE", 3)
    made = staleness.records(instance, ["brief", "film"], keys)
    assert [key for key in keys if "brief" in made[key]] == keys[:5]
    assert list(made) == keys
