"""vidfactory: a video studio as a Dagster asset graph."""
