"""The library: a folder for each published video, `data/studio/library/<key>/`, that a person can take away.

Belongs here: which folder. Does not belong here: what lies in it under which name (`release.layout`).
"""

import asyncio
from dataclasses import dataclass

from vidfactory.ports import Release
from vidfactory.providers.kit import Kit
from vidfactory.release.layout import lay_out
from vidfactory.schema.brief import check_video_key
from vidfactory.schema.release import Appearance


@dataclass(frozen=True)
class LibraryPublisher:
    """Keeps one edition of each video: a later one takes the place of the one before it, whole.

    A folder is no public place, so that a moment of the release from which the public may see it is left to others.
    """

    kit: Kit

    async def publish(self, release: Release) -> Appearance:
        """See `ports.Publisher.publish`. The same edition again gives the same folder."""
        folder = self.kit.folder / check_video_key(release.video)
        await asyncio.to_thread(lay_out, release.package, folder)
        return Appearance(publisher=self.kit.name, address=str(folder))


def provide(kit: Kit) -> LibraryPublisher:
    return LibraryPublisher(kit)
