"""The one partition set: a partition is a video."""

import dagster as dg

videos = dg.DynamicPartitionsDefinition(name="videos")


def known_videos(instance: dg.DagsterInstance) -> frozenset[str]:
    """The videos that have a partition. A run of any other one would fail the whole tick that asks for it."""
    assert videos.name is not None
    return frozenset(instance.get_dynamic_partitions(videos.name))
