"""Puts the artifact store behind Dagster's IO manager interface."""

import dagster as dg
from upath import UPath

from vidfactory.schema.base import Artifact
from vidfactory.schema.brief import check_video_key
from vidfactory.storage import objects
from vidfactory.storage.artifacts import ARTIFACT_FILE, ArtifactStore


class ArtifactIOManager(dg.UPathIOManager):
    """One folder a video, one folder an asset in it: `<videos>/<key>/<asset path>/artifact.json`."""

    def __init__(self, store: ArtifactStore) -> None:
        super().__init__(base_path=store.studio.videos)
        self.store = store

    def get_path_for_partition(self, context: dg.InputContext | dg.OutputContext, path: UPath, partition: str) -> UPath:
        return self._base_path.joinpath(check_video_key(partition), *path.relative_to(self._base_path).parts)

    def dump_to_path(self, context: dg.OutputContext, obj: Artifact, path: UPath) -> None:
        video, asset = context.partition_key, "/".join(context.asset_key.path)
        self.store.save(video, asset, obj)
        self.store.studio.discard(video, asset)

    def load_from_path(self, context: dg.InputContext, path: UPath) -> Artifact:
        return self.store.load(context.partition_key, "/".join(context.asset_key.path))

    def make_directory(self, path: UPath) -> None:
        """Nothing: whoever saves makes the folders that a disk needs."""

    def path_exists(self, path: UPath) -> bool:
        return objects.exists(path / ARTIFACT_FILE)

    def _handle_transition_to_partitioned_asset(self, context: dg.OutputContext, path: UPath) -> None:
        """Nothing: there never was an artifact without a partition, and to look for one is a request to the storage."""
