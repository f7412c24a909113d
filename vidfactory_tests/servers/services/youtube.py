"""YouTube's Data API and Google's token endpoint: resumable uploads, the list of uploads, thumbnails, captions.

`GET /channel` tells what the channel has, with hashes of what arrived; nobody else's API has it. The one login that
is taken has the server's key as refresh token, and `code-<key>` as the code of a consent. A session keeps whatever of
a chunk arrived, to the byte, also where the connection was cut in it.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode

from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

GRAIN = 256 * 1024
PLAYLIST = "UUfake"
CLIENT, CLIENT_SECRET = "fake-client", "fake-client-secret"


@dataclass
class Session:
    resource: dict[str, Any]
    size: int
    media_type: str
    received: bytearray = field(default_factory=bytearray)
    video: str = ""


@dataclass
class Channel:
    """Thread-safe as far as each answer takes the lock."""

    lock: Lock = field(default_factory=Lock)
    sessions: dict[str, Session] = field(default_factory=dict)
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    count: int = 0

    def name(self) -> str:
        self.count += 1
        return f"{self.count:04d}"


def service() -> Service:
    channel = Channel()
    return Service(
        name="youtube",
        routes=(
            Route("GET", "/consent", "consent", answer=_consent, refuse=_no_consent, takes_key=False),
            Route("POST", "/token", "token", answer=partial(_token, channel), refuse=_withdrawn, takes_key=False),
            Route(
                "POST",
                "/upload/youtube/v3/videos",
                "open",
                answer=partial(_open, channel),
                refuse=lambda _: _spent(),
            ),
            Route(
                "PUT",
                "/upload/youtube/v3/videos",
                "put",
                answer=partial(_put, channel),
                refuse=lambda _: _spent(),
                partial=partial(_keep_part, channel),
            ),
            Route("GET", "/youtube/v3/channels", "channels", answer=_channels, refuse=lambda _: _spent()),
            Route("GET", "/youtube/v3/playlistItems", "uploads", answer=partial(_uploads, channel)),
            Route("GET", "/youtube/v3/videos", "videos", answer=partial(_videos, channel)),
            Route(
                "POST",
                "/upload/youtube/v3/thumbnails/set",
                "thumbnail",
                answer=partial(_thumbnail, channel),
                refuse=lambda _: failure(403, "forbidden"),
            ),
            Route(
                "POST",
                "/upload/youtube/v3/captions",
                "captions",
                answer=partial(_captions, channel),
                refuse=lambda _: _spent(),
            ),
            Route("GET", "/channel", "channel", answer=partial(_told, channel), takes_key=False),
        ),
        is_authorised=lambda request: request.bearer in channel.tokens,
        wrong_key=lambda _: failure(401, "authError"),
        failure=failure,
    )


def failure(status: int, reason: str = "backendError") -> Answer:
    if status in {401, 404, 410}:
        reason = {401: "authError"}.get(status, "notFound")
    said = {"message": f"It failed: {reason}.", "domain": "youtube", "reason": reason}
    return json_answer({"error": {"code": status, "message": said["message"], "errors": [said]}}, status)


def _spent() -> Answer:
    return failure(403, "quotaExceeded")


def _consent(request: Request) -> Answer:
    """What a person's browser does who allows it: it goes to the address that waits for the answer."""
    there = urlencode({"code": f"code-{request.key}", "state": request.query["state"], "scope": request.query["scope"]})
    return Answer(302, content_type="text/html").with_headers(location=f"{request.query['redirect_uri']}?{there}")


def _no_consent(request: Request) -> Answer:
    there = urlencode({"error": "access_denied", "state": request.query["state"]})
    return Answer(302, content_type="text/html").with_headers(location=f"{request.query['redirect_uri']}?{there}")


def _token(channel: Channel, request: Request) -> Answer:
    asked = dict(parse_qsl(request.body.decode()))
    known = {
        "refresh_token": asked.get("refresh_token") == request.key,
        "authorization_code": asked.get("code") == f"code-{request.key}",
    }
    if not known.get(asked.get("grant_type", "")):
        return _withdrawn(request)
    with channel.lock:
        token = f"{request.key}-access-{channel.name()}"
        channel.tokens.add(token)
    first = {"refresh_token": request.key} if "code" in asked else {}
    return json_answer({"access_token": token, "expires_in": 3599, "token_type": "Bearer", **first})


def _withdrawn(_: Request) -> Answer:
    said = "Token has been expired or revoked."
    return json_answer({"error": "invalid_grant", "error_description": said}, 400)


def _open(channel: Channel, request: Request) -> Answer:
    if request.query.get("uploadType") != "resumable" or request.query.get("part") != "snippet,status":
        return failure(400, "badRequest")
    if wrong := _wrong(request.json):
        return failure(400, wrong)
    with channel.lock:
        name = f"session-{channel.name()}"
        channel.sessions[name] = Session(
            request.json,
            int(request.headers["x-upload-content-length"]),
            request.headers["x-upload-content-type"],
        )
    query = urlencode({**request.query, "upload_id": name})
    return Answer().with_headers(location=f"{request.base}{request.path}?{query}")


def _wrong(resource: dict[str, Any]) -> str:
    """The reason why YouTube refuses what it is told; empty where it does not."""
    snippet, status = resource["snippet"], resource["status"]
    if not 0 < len(snippet["title"]) <= 100 or set("<>") & set(snippet["title"]):
        return "invalidTitle"
    if len(snippet["description"].encode()) > 5000:
        return "invalidDescription"
    counted = sum(len(tag) + 2 * (" " in tag) for tag in snippet["tags"]) + len(snippet["tags"]) - 1
    if counted > 500:
        return "invalidTags"
    if "publishAt" in status and status["privacyStatus"] != "private":
        return "invalidPublishAt"
    return ""


def _put(channel: Channel, request: Request) -> Answer:
    with channel.lock:
        session = channel.sessions.get(request.query.get("upload_id", ""))
        if session is None:
            return failure(404)
        if not session.video and not _took(session, request):
            return failure(400, "badContentRange")
        if len(session.received) < session.size:
            arrived = len(session.received)
            answer = Answer(308)
            return answer.with_headers(range=f"bytes=0-{arrived - 1}") if arrived else answer
        if not session.video:
            session.video = f"video-{channel.name()}"
            channel.videos[session.video] = _video(session)
        return json_answer(_resource(session.video, channel.videos[session.video]), 201)


def _took(session: Session, request: Request) -> bool:
    """Whether a chunk, or a question for the state, could be taken."""
    asked = re.fullmatch(r"bytes (?:\*|(\d+)-(\d+))/(\d+)", request.headers.get("content-range", ""))
    if not asked or int(asked[3]) != session.size:
        return False
    if asked[1] is None:
        return not request.body
    begin, end = int(asked[1]), int(asked[2]) + 1
    whole = end == session.size or (end - begin) % GRAIN == 0
    if begin != len(session.received) or end - begin != len(request.body) or not whole or end > session.size:
        return False
    session.received += request.body
    return True


def _keep_part(channel: Channel, request: Request) -> None:
    """What of a chunk arrived before the connection was cut."""
    asked = re.match(r"bytes (\d+)-", request.headers.get("content-range", ""))
    with channel.lock:
        session = channel.sessions.get(request.query.get("upload_id", ""))
        if session and asked and not session.video and int(asked[1]) == len(session.received):
            session.received += request.body


def _video(session: Session) -> dict[str, Any]:
    return {
        **session.resource,
        "bytes": len(session.received),
        "sha256": hashlib.sha256(session.received).hexdigest(),
        "media_type": session.media_type,
        "thumbnails": [],
        "captions": [],
    }


def _resource(name: str, video: dict[str, Any]) -> dict[str, Any]:
    status = {"uploadStatus": "uploaded", **video["status"]}
    return {"kind": "youtube#video", "id": name, "snippet": video["snippet"], "status": status}


def _channels(_: Request) -> Answer:
    item = {
        "id": "UCfake",
        "snippet": {"title": "A fake channel"},
        "contentDetails": {"relatedPlaylists": {"uploads": PLAYLIST}},
    }
    return json_answer({"kind": "youtube#channelListResponse", "items": [item]})


def _uploads(channel: Channel, request: Request) -> Answer:
    with channel.lock:
        newest = sorted(channel.videos, reverse=True)
    begin, size = int(request.query.get("pageToken", 0)), int(request.query.get("maxResults", 5))
    if request.query.get("playlistId") != PLAYLIST:
        return failure(404)
    items = [{"contentDetails": {"videoId": name}} for name in newest[begin : begin + size]]
    more = {"nextPageToken": str(begin + size)} if len(newest) > begin + size else {}
    return json_answer({"kind": "youtube#playlistItemListResponse", "items": items, **more})


def _videos(channel: Channel, request: Request) -> Answer:
    with channel.lock:
        found = [
            _resource(name, channel.videos[name]) for name in request.query["id"].split(",") if name in channel.videos
        ]
    return json_answer({"kind": "youtube#videoListResponse", "items": found})


def _thumbnail(channel: Channel, request: Request) -> Answer:
    if len(request.body) > 2 * 1024 * 1024 or request.headers["content-type"] not in {"image/jpeg", "image/png"}:
        return failure(400, "mediaBodyRequired")
    with channel.lock:
        video = channel.videos.get(request.query["videoId"])
        if video is None:
            return failure(404)
        video["thumbnails"].append(hashlib.sha256(request.body).hexdigest())
    return json_answer({"kind": "youtube#thumbnailSetResponse"})


def _captions(channel: Channel, request: Request) -> Answer:
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    first, second = (part.partition(b"\r\n\r\n")[2] for part in request.body.split(b"--" + boundary)[1:3])
    snippet, text = json.loads(first)["snippet"], second.removesuffix(b"\r\n")
    track = {"language": snippet["language"], "name": snippet["name"]}
    with channel.lock:
        video = channel.videos.get(snippet["videoId"])
        if video is None:
            return failure(404)
        if any(track.items() <= there.items() for there in video["captions"]):
            return failure(409, "captionExists")
        video["captions"].append({**track, "text": text.decode()})
    return json_answer({"kind": "youtube#caption", "id": f"captions-of-{snippet['videoId']}"})


def _told(channel: Channel, _: Request) -> Answer:
    with channel.lock:
        return json_answer(list(channel.videos.values()))
