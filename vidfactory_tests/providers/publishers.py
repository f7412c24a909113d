"""What tests of publishers share: a package to publish, and each publisher as it would be set up.

Belongs here: small packages that are whole, and a login that the fake YouTube takes. Does not belong here: how a real
package is made.
"""

import hashlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
from PIL import Image
from upath import UPath

from vidfactory.ports import Assignment, Calls, Release
from vidfactory.providers import library_publisher, youtube_publisher
from vidfactory.providers.kit import Kit
from vidfactory.schema.base import Media
from vidfactory.schema.release import Chapter, Listing, Package, Subtitles
from vidfactory.settings import Service
from vidfactory.storage.call_desk import AssignedCalls, CallDesk, Limit, Patience
from vidfactory.storage.studio import Studio
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.services.youtube import CLIENT, CLIENT_SECRET

PUBLISHERS: dict[str, ModuleType] = {"library": library_publisher, "youtube": youtube_publisher}
KEY = "finance-demo"
LISTING = Listing(
    title="Google falls 9 % & nobody asks why",
    description="A short.\n\nMade with AI.",
    tags=("GOOG", "stock market"),
    chapters=(Chapter(start_s=0, title="The fall"),),
    language="en",
    made_with_ai=True,
)


def package_in(folder: Path, film: bytes = b"film" * 1000, listing: Listing = LISTING, edition: str = "") -> Package:
    """A package with its files in `folder`; its edition follows from the film and the listing, unless one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    standing, lying = folder / "thumbnail_vertical.jpg", folder / "thumbnail.jpg"
    Image.new("RGB", (108, 192), "white").save(standing)
    Image.new("RGB", (192, 108), "black").save(lying)
    content = {
        "video.mp4": film,
        "captions.srt": "1\n00:00:00,000 --> 00:00:01,000\nGoogle – falls\n".encode(),
        "captions.vtt": b"WEBVTT\n",
        "words.json": b"[]",
        "timeline.otio": b"{}",
    }
    edition = edition or hashlib.sha256(film + listing.model_dump_json().encode()).hexdigest()
    content["manifest.json"] = json.dumps({"edition": edition}).encode()

    def media(name: str, kind: str) -> Media:
        (folder / name).write_bytes(content[name])
        return Media.of(folder / name, kind)

    return Package(
        edition=edition,
        film_sha256=sha256(film),
        video=media("video.mp4", "video/mp4"),
        thumbnails=(Media.of(standing, "image/jpeg"), Media.of(lying, "image/jpeg")),
        subtitles=Subtitles(
            srt=media("captions.srt", "application/x-subrip"),
            vtt=media("captions.vtt", "text/vtt"),
            words=media("words.json", "application/json"),
        ),
        listing=listing,
        manifest=media("manifest.json", "application/json"),
        timeline=media("timeline.otio", "application/json"),
        timeline_media=(),
    )


def release_in(folder: Path, film: bytes = b"film" * 1000, **changes: Any) -> Release:
    return Release(KEY, package_in(folder, film), **changes)


def kit_of(name: str, services: FakeServices, folder: Path, calls: Calls | None = None, **options: Any) -> Kit:
    """What a publisher is built with; nobody has logged in yet."""
    service = Service(address=services.url("youtube") if name == "youtube" else "", options=options, timeout_s=5)
    return Kit(name, "publisher", service, calls or Direct(), folder=folder)


def log_in(folder: Path, services: FakeServices, name: str = "youtube", **changes: Any) -> Path:
    """A login as a person's consent leaves it, without a token that is still good; `changes` are made to it."""
    kept = {
        "refresh_token": services.key,
        "token_uri": f"{services.url('youtube')}/token",
        "client_id": CLIENT,
        "client_secret": CLIENT_SECRET,
        "scopes": list(youtube_publisher.SCOPES),
        **changes,
    }
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{name}.login.json"
    file.touch(0o600)
    file.write_text(json.dumps(kept))
    return file


def calls_in(folder: Path) -> AssignedCalls:
    """The calls of a studio in `folder`, with waits that are short."""
    studio = Studio(root=UPath(folder), local=folder, inbox=folder / "inbox")
    patience = Patience(first_wait_s=0.01, jitter_s=0.0, job_pace=0.002)
    return CallDesk(studio, {"youtube": Limit(per_minute=100_000)}, patience).on(Assignment(KEY, "publication"))


def on_channel(services: FakeServices) -> list[dict[str, Any]]:
    """The videos that the fake YouTube has."""
    found: list[dict[str, Any]] = httpx.get(f"{services.url('youtube')}/channel").json()
    return found


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
