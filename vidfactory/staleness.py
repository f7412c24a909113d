"""Which assets of a video are due: missing, made by older code, or made from what has changed since.

Belongs here: Dagster's records and the studio's files, held against the graph, for one video or thousands. Does not
belong here: what is done about it (`runs`, `backfills`).

Dagster's own resolver asks several questions for each asset of each video, about a second a video. Here the newest
record of each asset is fetched for many videos at once, and judged by the rules that the resolver has.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

# Dagster is pinned exactly, because it has no public way to ask for staleness outside its web server.
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.definitions.data_version import (
    extract_data_provenance_from_entry,
    extract_data_version_from_entry,
)
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from vidfactory.desks import FORMATS
from vidfactory.errors import BadInput, DamagedArtifact, MissingArtifact
from vidfactory.jobs import video_selection
from vidfactory.orders import checked_key, order_changed
from vidfactory.retention import RAW, is_cleared
from vidfactory.schema.brief import FinanceBrief
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore

Graph = AssetGraph
BRIEF, FILM, REPORT = "brief", "video", "qa_report"
MADE = dg.DagsterEventType.ASSET_MATERIALIZATION
AT_ONCE = 500
"""Videos whose records are fetched together: about 13,000 records, half a millisecond each."""


@dataclass(frozen=True)
class Record:
    """How an asset of a video was made last. at: seconds since 1970. inputs: the versions of what it was made from,
    by asset, as Dagster noted them; None where nobody noted how it was made.
    """

    at: float
    version: str
    code_version: str
    inputs: Mapping[str, str] | None


Made = Mapping[str, Record]
"""The newest record of each asset of one video, by asset."""


def video_format(key: str) -> str:
    """The format that a key begins with; BadInput if the studio has none of that name."""
    name = key.split("-", 1)[0]
    if name not in FORMATS:
        raise BadInput(
            f"there is no format {name!r}", where=checked_key(key), remedy=f"The formats are: {', '.join(FORMATS)}"
        )
    return name


def assets_of(graph: Graph, key: str) -> list[str]:
    """The assets of the video's format, upstream first."""
    wanted = video_selection(video_format(key)).resolve(graph)
    return [name_of(asset) for asset in graph.toposorted_asset_keys if asset in wanted]


def records(instance: dg.DagsterInstance, assets: Sequence[str], keys: Sequence[str]) -> dict[str, Made]:
    """The newest records of `assets` of many videos; a video of which nothing was made has none."""
    found: dict[str, dict[str, Record]] = {key: {} for key in keys}
    for begin in range(0, len(keys), AT_ONCE):
        some = keys[begin : begin + AT_ONCE]
        for asset in assets:
            for key, record in _newest(instance, asset, some):
                found[key][asset] = record
    return dict(found)


def _newest(instance: dg.DagsterInstance, asset: str, keys: Collection[str]) -> Iterator[tuple[str, Record]]:
    asset_key = asset_key_of(asset)
    ids = instance.get_latest_storage_id_by_partition(asset_key, MADE, partitions=set(keys))
    if not ids:
        return
    wanted = dg.AssetRecordsFilter(asset_key=asset_key, storage_ids=list(ids.values()))
    for record in instance.fetch_materializations(wanted, limit=len(ids)).records:
        assert record.partition_key is not None
        entry = record.event_log_entry
        version, provenance = extract_data_version_from_entry(entry), extract_data_provenance_from_entry(entry)
        seen = (
            {name_of(dep): each.value for dep, each in provenance.input_data_versions.items()} if provenance else None
        )
        yield (
            record.partition_key,
            Record(
                record.timestamp, version.value if version else "", provenance.code_version if provenance else "", seen
            ),
        )


def outdated(graph: Graph, assets: Sequence[str], made: Made) -> list[str]:
    """Those of `assets` that were never made, or are older than their code or what they are made from."""
    return [asset for asset in assets if asset not in made or _is_outdated(graph, asset, made)]


def _is_outdated(graph: Graph, asset: str, made: Made) -> bool:
    node, record = graph.get(asset_key_of(asset)), made[asset]
    parents = {name_of(parent) for parent in node.parent_keys}
    if record.inputs is None:  # reported by hand: only the clock knows
        return any(parent not in made or made[parent].at > record.at for parent in parents)
    if node.code_version and node.code_version != record.code_version:
        return True
    if parents != record.inputs.keys():
        return True
    return any(
        record.inputs[parent] not in {made[parent].version, _of_one_partition(made[parent].version)}
        for parent in parents & made.keys()
    )


def _of_one_partition(version: str) -> str:
    """What Dagster notes as the version of an input of one partition: a hash over the versions of its partitions."""
    return hashlib.sha256(version.encode()).hexdigest()


def due(settings: Settings, instance: dg.DagsterInstance, graph: Graph, store: ArtifactStore, key: str) -> list[str]:
    """The assets that are missing, or older than what they are made from, upstream first.

    One whose files are gone is missing too, and so is what a blocking check stopped. An input that is due itself says
    nothing yet: if it comes out the same, what is made from it stays. Raw media that the clean-up has removed are
    missed only where something that is due is made from them.
    """
    assets = assets_of(graph, key)
    old = set(outdated(graph, assets, records(instance, assets, [key])[key]))
    holes = {asset for asset in assets if not store.exists(key, asset)}
    if is_reordered(settings, store, key):
        old.add(BRIEF)
    old |= {asset for asset in assets if check_failed(instance, graph, asset, key)}
    cleared = holes & set(RAW) - old if is_cleared(store.studio, key) else set()
    gone = {asset for asset in cleared if store.read(key, asset) is not None}
    wanted = old | holes - gone
    for asset in reversed(assets):
        children = {name_of(child) for child in graph.get(asset_key_of(asset)).child_keys}
        if asset in gone and children & wanted:
            wanted.add(asset)
    return [asset for asset in assets if asset in wanted]


def ready(graph: Graph, key: str, due_ones: Collection[str]) -> list[str]:
    """Those of the assets that are due that can be made now, upstream first.

    One waits where an asset between it and another one that is due is not due itself: it may be once that is made
    anew, and what was made (and bought) of the old one would be for nothing.
    """
    now: list[str] = []
    open_ones: set[str] = set()
    for asset in assets_of(graph, key):
        before = {name_of(parent) for parent in graph.get(asset_key_of(asset)).parent_keys}
        if asset in due_ones and not before & open_ones:
            now.append(asset)
        elif asset in due_ones or before & open_ones.union(now):
            open_ones.add(asset)
    return now


def selection(graph: Graph, key: str, first: str | None, last: str | None) -> list[str]:
    """The assets of the video from `first` and down to `last`, each included; BadInput for unknown names."""
    known = assets_of(graph, key)
    for name in (first, last):
        if name is not None and name not in known:
            raise BadInput(f"there is no asset {name!r}", where=key, remedy=f"The assets are: {', '.join(known)}")
    after = dg.AssetSelection.assets(asset_key_of(first)).downstream() if first else dg.AssetSelection.all()
    before = dg.AssetSelection.assets(asset_key_of(last)).upstream() if last else dg.AssetSelection.all()
    wanted = {name_of(asset) for asset in (after & before).resolve(graph)}
    chosen = [name for name in known if name in wanted]
    if not chosen:
        raise BadInput(f"{last} does not come after {first}", where=key, remedy="Swap --from and --to")
    return chosen


def is_reordered(settings: Settings, store: ArtifactStore, key: str) -> bool:
    """Whether the order of a video says something else than its brief, or there is no whole brief."""
    try:
        brief = store.load(key, BRIEF)
    except (DamagedArtifact, MissingArtifact):
        return True
    return isinstance(brief, FinanceBrief) and order_changed(store.studio, settings, key, brief)


def check_failed(instance: dg.DagsterInstance, graph: Graph, asset: str, key: str) -> bool:
    """Whether a blocking check of the asset failed for this video when it last ran: what it stopped must not go on.

    What other checks find is told, and the asset stays as it is: made again it would be the same.
    """
    checks = [
        check
        for check in graph.get_check_keys_for_assets({asset_key_of(asset)})
        if graph.get_check_spec(check).blocking
    ]
    if not checks:
        return False
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        checks, partition_filter=PartitionKeyFilter(key=key)
    )
    return any(record.status is not AssetCheckExecutionRecordStatus.SUCCEEDED for record in found.values())


def checks_of(graph: Graph, assets: Collection[str]) -> set[dg.AssetCheckKey]:
    """The checks of `assets`; those of the film also where only their report is made anew."""
    checked = {*assets, FILM} if REPORT in assets else set(assets)
    return set(graph.get_check_keys_for_assets({asset_key_of(asset) for asset in checked}))


def asset_key_of(name: str) -> dg.AssetKey:
    """`finance/tweets` as Dagster has it."""
    return dg.AssetKey(name.split("/"))


def name_of(asset: dg.AssetKey) -> str:
    """As people read it."""
    return "/".join(asset.path)
