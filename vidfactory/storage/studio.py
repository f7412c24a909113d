"""Where things lie in a studio. Knows folders and names, nothing about what is in the files."""

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from upath import UPath

from vidfactory.schema.brief import check_video_key


@dataclass(frozen=True)
class Studio:
    """The folders of one studio.

    root: where artifacts are kept; local or any fsspec address such as `s3://bucket/studio`.
    local: a folder of this machine for scratch files, what providers download, and Dagster's own state.
    inbox: where people drop orders as YAML files.
    """

    root: UPath
    local: Path
    inbox: Path

    @property
    def videos(self) -> UPath:
        return self.root / "videos"

    @property
    def briefs(self) -> UPath:
        """The orders, with copies of the files that they name."""
        return self.root / "briefs"

    @property
    def waiting(self) -> UPath:
        """The keys of the orders that the studio is to start by itself."""
        return self.root / "waiting"

    @property
    def topics(self) -> UPath:
        """What channels have made videos about lately, and what their sources brought."""
        return self.root / "topics"

    @property
    def requests(self) -> UPath:
        """Orders over HTTP by their idempotency keys."""
        return self.root / "requests"

    @property
    def alarms(self) -> UPath:
        """Which alarms were told, and are not over."""
        return self.root / "alarms.json"

    @property
    def letters(self) -> UPath:
        """What webhooks are told of videos."""
        return self.root / "letters"

    @property
    def tokens(self) -> UPath:
        """Who may order over HTTP."""
        return self.root / "tokens"

    @property
    def archive(self) -> UPath:
        """Finished videos that are kept and no longer worked on."""
        return self.root / "archive"

    @property
    def tombstones(self) -> UPath:
        """What is known of videos that were retired."""
        return self.root / "tombstones"

    @property
    def calls(self) -> UPath:
        """What services answered, shared by all videos."""
        return self.root / "calls"

    @property
    def ledger(self) -> UPath:
        return self.root / "ledger"

    @property
    def days(self) -> UPath:
        """What each channel spent on each day, from the ledger."""
        return self.root / "days"

    @property
    def quotes(self) -> UPath:
        return self.root / "quotes"

    @property
    def decisions(self) -> UPath:
        """What people decided about videos before they were published."""
        return self.root / "decisions"

    @property
    def library(self) -> Path:
        """A folder a video, as it left the studio."""
        return self.local / "library"

    @property
    def own_identity(self) -> Path:
        """The studio's private key and certificate, which never leave this machine."""
        return self.local / "credentials" / "studio.pem"

    @property
    def places(self) -> Path:
        """Locks that count how many calls of a service are under way on this machine."""
        return self.local / "places"

    @property
    def scratch(self) -> Path:
        return self.local / "scratch"

    @property
    def render_cache(self) -> Path:
        """On the disk of the workspaces, so that a segment is linked from one to the other."""
        return self.local / "cache" / "segments"

    def order_path(self, video: str) -> UPath:
        return self.briefs / f"{check_video_key(video)}.yaml"

    def artifact_folder(self, video: str, asset: str) -> UPath:
        """Folder of an asset named like `finance/tweets`."""
        return self.videos.joinpath(check_video_key(video), *asset.split("/"))

    def workspace(self, video: str, asset: str) -> Path:
        """A new empty scratch folder for one materialisation; `discard` removes it."""
        folder = self.workspaces(video, asset) / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        return folder

    def discard(self, video: str, asset: str) -> None:
        """Remove the asset's workspaces, those that failed attempts left behind too."""
        shutil.rmtree(self.workspaces(video, asset), ignore_errors=True)

    def workspaces(self, video: str, asset: str) -> Path:
        """Where the scratch folders of all attempts at an asset lie."""
        return self.scratch / check_video_key(video) / asset.replace("/", ".")
