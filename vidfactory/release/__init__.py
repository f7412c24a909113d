"""Release: what leaves the studio with a film: listing, subtitles, manifest, timeline, credentials. Pure."""
