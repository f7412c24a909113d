"""`python -m vidfactory_tests.providers.publish_child SERVER CHUNK_KIB FOLDER`: publishes what is packed in a folder.

A process of its own, so that it can be killed and weighed. It prints the video's address, and by how many
KB its peak memory grew.
"""

import asyncio
import re
import sys
from pathlib import Path

from vidfactory.ports import Release
from vidfactory.providers import youtube_publisher
from vidfactory.providers.kit import Kit
from vidfactory.schema.release import Package
from vidfactory.settings import Service
from vidfactory_tests.providers.publishers import KEY, calls_in

PACKAGE = "package.json"


def main() -> None:
    address, chunk_kib, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    service = Service(address=address, options={"chunk_kib": chunk_kib}, timeout_s=30)
    kit = Kit("youtube", "publisher", service, calls_in(folder / "studio"), folder=folder / "private")
    package = Package.model_validate_json((folder / PACKAGE).read_bytes())
    before = peak_kb()
    appearance = asyncio.run(youtube_publisher.provide(kit).publish(Release(KEY, package)))
    sys.stdout.write(f"{appearance.address} {peak_kb() - before}\n")


def peak_kb() -> int:
    """Of this process alone: what `getrusage` says counts that of whoever started it too."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


if __name__ == "__main__":
    main()
