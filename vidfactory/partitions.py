"""The one partition set: a partition is a video."""

import dagster as dg

videos = dg.DynamicPartitionsDefinition(name="videos")
