"""YouTube as a publisher: the film by resumable upload, then its thumbnail and captions.

Belongs here: what YouTube is told of a package, in what order, and that nothing is there twice. Does not belong here:
how bytes are sent (`resumable_upload`), errors (`youtube_api`), logins (`google_login`), what a title may be
(`release`).

An upload is a job of the call desk: its session is noted before the first byte goes, and every later run goes on with
it. Before a session is opened the channel's newest uploads are searched for the edition, which each carries as a tag
(`vidfactory-` and the edition's first letters): so a session that was lost after its last byte, or a studio that was
lost as a whole, doubles nothing.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image

from vidfactory.errors import Permanent
from vidfactory.ports import Answer, Call, Release
from vidfactory.providers.google_login import Login
from vidfactory.providers.kit import Kit
from vidfactory.providers.resumable_upload import GRAIN, Session, open_session, upload
from vidfactory.providers.youtube_api import YouTube
from vidfactory.release.listing import TAGS_CHARACTERS, tags_length
from vidfactory.schema.base import Media
from vidfactory.schema.release import Appearance, Listing

SCOPES = ("https://www.googleapis.com/auth/youtube.upload", "https://www.googleapis.com/auth/youtube.force-ssl")
"""Uploads and thumbnails; the channel's list of uploads and captions."""
PRIVACIES = ("public", "unlisted", "private")
MARK = "vidfactory-"
"""How the tag of an edition begins."""
MARK_LETTERS = 16
SEARCHED_PAGES = 4
PAGE = 50
"""So many of the channel's newest uploads are searched for an edition, page by page."""
_GONE = frozenset({"failed", "deleted"})
"""States of uploads that are no video."""
_FOUND = "video "
"""How a job begins that is no session but a video that was found."""
_UPLOADS = "/upload/youtube/v3"
_BOUNDARY = "vidfactory-captions"


@dataclass(frozen=True)
class YouTubePublisher:
    """Options: `privacy`, `category` and `made_for_kids` of all videos; `chunk_kib`, which is sent at once."""

    kit: Kit
    api: YouTube = field(repr=False)

    async def publish(self, release: Release) -> Appearance:
        """See `ports.Publisher.publish`. Errors are those of `ports.Calls.order`, and NotYet where a quota is used up.

        What was finished is remembered by its content: a thumbnail or captions that failed do not upload again.
        """
        package = release.package
        answer = await self.kit.calls.order(
            Call(self.kit.name, "upload", "", {"edition": package.edition}),
            lambda _: self._submit(release),
            lambda job: self._collect(job, package.video),
        )
        video = str(answer.facts["video"])
        if package.thumbnails:
            await self._give_thumbnail(video, landscape(package.thumbnails))
        await self._give_captions(video, package.subtitles.srt, package.listing.language)
        since = answer.facts["visible_from"]
        return Appearance(
            publisher=self.kit.name,
            address=f"https://youtu.be/{video}",
            id=video,
            visible_from=dt.datetime.fromisoformat(since) if since else None,
        )

    async def _submit(self, release: Release) -> str:
        """The job that brings the film there: a new session, unless the channel has the edition already."""
        found, now = await self._find(release.package.edition)
        if found:
            return _FOUND + found
        resource = json.dumps(self._resource(release, now)).encode()
        path = f"{_UPLOADS}/videos?uploadType=resumable&part=snippet,status"
        session = await open_session(self.api, path, resource, release.package.video)
        return session.job

    async def _collect(self, job: str, film: Media) -> Answer:
        if job.startswith(_FOUND):
            found = job.removeprefix(_FOUND)
            content, _ = await self.api.ask("/youtube/v3/videos", part="snippet,status", id=found)
            made = next(iter(_items(content)), {"id": found})
        else:
            made = await upload(self.api, Session.of_job(job), film, self._chunk)
        name = made.get("id")
        if not isinstance(name, str) or not name:
            raise self.api.unreadable("it names no video")
        return Answer({"video": name, "visible_from": _publish_at(made)}, units={"videos": 1})

    async def _find(self, edition: str) -> tuple[str, dt.datetime]:
        """The video of an edition among the channel's newest, empty where there is none; and YouTube's time."""
        channel, now = await self.api.ask("/youtube/v3/channels", part="contentDetails", mine="true")
        items = _items(channel)
        if not items:
            raise Permanent(
                "the account that logged in has no channel",
                where=self.api.where,
                remedy=f"Make one on YouTube, or log in as another: {self.api.login.command}",
            )
        playlist = str(items[0]["contentDetails"]["relatedPlaylists"]["uploads"])
        query: dict[str, str] = {"part": "contentDetails", "playlistId": playlist, "maxResults": str(PAGE)}
        for _ in range(SEARCHED_PAGES):
            page, _at = await self.api.ask("/youtube/v3/playlistItems", **query)
            names = [item["contentDetails"]["videoId"] for item in _items(page)]
            if found := await self._marked(names, mark(edition)):
                return found, now
            query["pageToken"] = str(page.get("nextPageToken", ""))
            if not query["pageToken"]:
                break
        return "", now

    async def _marked(self, names: list[str], tag: str) -> str:
        """The first of these videos that has a tag and did not fail."""
        if not names:
            return ""
        content, _ = await self.api.ask("/youtube/v3/videos", part="snippet,status", id=",".join(names))
        for video in _items(content):
            there = video.get("status", {}).get("uploadStatus") not in _GONE
            if there and tag in video.get("snippet", {}).get("tags", ()):
                return str(video["id"])
        return ""

    def _resource(self, release: Release, now: dt.datetime) -> dict[str, Any]:
        """What YouTube is told of the video; a moment that has passed by its own time is none."""
        listing, visible_from = release.package.listing, release.visible_from
        status: dict[str, Any] = {
            "privacyStatus": self._privacy,
            "selfDeclaredMadeForKids": bool(self.kit.service.options.get("made_for_kids", False)),
            "containsSyntheticMedia": listing.made_with_ai,
        }
        if visible_from and visible_from > now:
            at = visible_from.astimezone(dt.UTC)
            status |= {"privacyStatus": "private", "publishAt": at.isoformat().replace("+00:00", "Z")}
        snippet = {
            "title": listing.title,
            "description": listing.description,
            "tags": fitting_tags(listing, mark(release.package.edition)),
            "categoryId": str(self.kit.service.options.get("category", "27")),
            "defaultLanguage": listing.language,
            "defaultAudioLanguage": listing.language,
        }
        return {"snippet": snippet, "status": status}

    @property
    def _privacy(self) -> str:
        privacy = str(self.kit.service.options.get("privacy", "public"))
        if privacy not in PRIVACIES:
            raise Permanent(
                f"there is no privacy {privacy!r}",
                where=f"services.{self.kit.name}.options.privacy",
                remedy=f"There are: {', '.join(PRIVACIES)}",
            )
        return privacy

    @property
    def _chunk(self) -> int:
        kib = int(self.kit.service.options.get("chunk_kib", 8192))
        return max(1, kib * 1024 // GRAIN) * GRAIN

    async def _give_thumbnail(self, video: str, file: Media) -> None:
        async def send(_: str) -> Answer:
            path = f"{_UPLOADS}/thumbnails/set?uploadType=media&videoId={video}"
            response = await self.api.send("POST", path, {"content-type": file.media_type}, file.path.read_bytes())
            if response.status_code == httpx.codes.FORBIDDEN and not self.api.passes(response):
                raise Permanent(
                    "the channel may not set thumbnails",
                    where=self.api.where,
                    remedy="Confirm its phone number at youtube.com/verify, then publish again: the film stays there",
                )
            self.api.content(response)
            return Answer({"thumbnail": file.sha256})

        request = {"video": video, "sha256": file.sha256}
        await self.kit.calls.ask(Call(self.kit.name, "thumbnail", "", request), send)

    async def _give_captions(self, video: str, file: Media, language: str) -> None:
        async def send(_: str) -> Answer:
            about = json.dumps({"snippet": {"videoId": video, "language": language, "name": ""}}).encode()
            headers = {"content-type": f"multipart/related; boundary={_BOUNDARY}"}
            path = f"{_UPLOADS}/captions?uploadType=multipart&part=snippet"
            response = await self.api.send("POST", path, headers, _two_parts(about, file.path.read_bytes()))
            if response.status_code != httpx.codes.CONFLICT:  # they are there, by a try whose answer was lost
                self.api.content(response)
            return Answer({"captions": file.sha256})

        request = {"video": video, "sha256": file.sha256, "language": language}
        await self.kit.calls.ask(Call(self.kit.name, "captions", "", request), send)


def provide(kit: Kit) -> YouTubePublisher:
    """Permanent where nobody has logged in."""
    login = login_of(kit)
    login.check()
    return YouTubePublisher(kit, YouTube(kit, login))


def login_of(kit: Kit) -> Login:
    service = "" if kit.name == "youtube" else f" --service {kit.name}"
    return Login(kit, SCOPES, f"vidfactory youtube login{service}")


def credential(kit: Kit) -> str:
    return f"login: {login_of(kit).file}"


async def probe(kit: Kit) -> str:
    """Asks which channel the login is for, which takes one unit of the day's quota."""
    content, _ = await provide(kit).api.ask("/youtube/v3/channels", part="snippet", mine="true")
    names = [str(item.get("snippet", {}).get("title", "")) for item in _items(content)]
    return f"channel {', '.join(names)}" if names else "the account has no channel"


def mark(edition: str) -> str:
    """The tag by which a video is known as that of an edition."""
    return f"{MARK}{edition[:MARK_LETTERS]}"


def fitting_tags(listing: Listing, own: str) -> tuple[str, ...]:
    """The listing's tags and `own` behind them; the last of them go where YouTube would not take so many."""
    kept = listing.tags
    while kept and tags_length((*kept, own)) > TAGS_CHARACTERS:
        kept = kept[:-1]
    return (*kept, own)


def landscape(thumbnails: tuple[Media, ...]) -> Media:
    """The first that is wider than high, as YouTube shows them; the first of all where none is."""
    for thumbnail in thumbnails:
        with Image.open(thumbnail.path) as picture:
            if picture.width > picture.height:
                return thumbnail
    return thumbnails[0]


def _two_parts(about: bytes, file: bytes) -> bytes:
    """What YouTube shall know of a file, and the file, as one body (multipart/related)."""
    line = f"--{_BOUNDARY}".encode()
    parts = ((b"application/json; charset=UTF-8", about), (b"application/octet-stream", file))
    body = b"".join(line + b"\r\ncontent-type: " + kind + b"\r\n\r\n" + part + b"\r\n" for kind, part in parts)
    return body + line + b"--\r\n"


def _items(content: Any) -> list[Mapping[str, Any]]:
    return content.get("items", []) if isinstance(content, Mapping) else []


def _publish_at(video: Mapping[str, Any]) -> str | None:
    at = video.get("status", {}).get("publishAt")
    return at if isinstance(at, str) and at else None
