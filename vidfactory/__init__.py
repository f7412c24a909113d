"""vidfactory: a video studio as a Dagster asset graph."""

import warnings

# Dagster is pinned to one release, so these notes on parts that may still change say nothing to a user.
warnings.filterwarnings("ignore", message="Specifying a partitions_def on an AssetCheckSpec")
warnings.filterwarnings("ignore", message="Parameter `data_version` of initializer `Output.__init__`")

PRELOADS = "vidfactory.preloads"
"""What the server that steps are forked from imports."""
