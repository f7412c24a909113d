"""Posts as they come in: JSON bytes to `Tweets`, whatever of the two shapes they have.

Belongs here: the normalised shape, the X API v2 recent-search shape, cleaning of text, and errors
that name the line or the field. Does not belong here: files and feeds (an edge reads them), and
anything that judges a post.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationError

from vidfactory.errors import BadInput
from vidfactory.schema.base import Model
from vidfactory.schema.finance import Author, Engagement, Tweet, Tweets

SHAPES = 'Give {"tweets": [...]}, a bare list of posts, or an X API v2 recent-search response'
Shape = TypeVar("Shape", bound=BaseModel)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")


def parse_posts(content: bytes, name: str) -> Tweets:
    """The posts in `content`; `name` (a file's, a feed's) stands in errors and becomes `source`.

    Accepts `{"tweets": [...]}` with further top-level notes, a bare list of the same, or the X API v2
    recent-search response (`data`, `includes.users`, `includes.media`). Raises BadInput for bytes that
    are no JSON, for a missing or wrong field, and for two posts with one id.
    """
    parsed = _parse_json(content, name)
    if isinstance(parsed, dict) and isinstance(parsed.get("data"), list):
        tweets = _from_x(parsed, name)
    elif isinstance(parsed, dict) and isinstance(parsed.get("tweets"), list):
        tweets = _from_normalised(parsed["tweets"], name)
    elif isinstance(parsed, list):
        tweets = _from_normalised(parsed, name)
    else:
        _refuse_shape(parsed, name)
    if not tweets:
        raise BadInput("there are no posts in it", where=name, remedy=SHAPES)
    _check_ids(tweets, name)
    return Tweets(source=name, tweets=tweets)


def clean_text(text: str) -> str:
    r"""Plain text: X's three entities decoded, NFC, no control, direction or surrogate characters.

    Line ends stay (as `\n`), a tab becomes a space; mark-up stays the characters that it is.
    """
    for entity, char in _ENTITIES:
        text = text.replace(entity, char)
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    text = _BIDI.sub("", unicodedata.normalize("NFC", text))
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs"}).strip()


CleanText = Annotated[str, AfterValidator(clean_text)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class _NormalisedAuthor(Model):
    name: CleanText
    handle: CleanText
    followers: Count = 0
    verified: bool = False


class _NormalisedEngagement(Model):
    likes: Count
    reposts: Count
    replies: Count
    views: Count


class _NormalisedPost(Model):
    id: CleanText = Field(min_length=1)
    text: CleanText
    author: _NormalisedAuthor
    engagement: _NormalisedEngagement
    created_at: AwareDatetime
    url: CleanText
    media: tuple[str, ...] = ()


class _XMetrics(BaseModel):
    like_count: Count
    retweet_count: Count
    reply_count: Count
    quote_count: Count = 0
    impression_count: Count = 0


class _XAttachments(BaseModel):
    media_keys: tuple[str, ...] = ()


class _XNote(BaseModel):
    text: str


class _XPost(BaseModel):
    id: CleanText = Field(min_length=1)
    text: str
    note_tweet: _XNote | None = None
    author_id: str
    created_at: AwareDatetime
    public_metrics: _XMetrics
    attachments: _XAttachments = _XAttachments()


class _XUserMetrics(BaseModel):
    followers_count: Count = 0


class _XUser(BaseModel):
    id: str
    name: CleanText
    username: CleanText
    verified: bool = False
    public_metrics: _XUserMetrics = _XUserMetrics()


class _XMedia(BaseModel):
    media_key: str
    url: str | None = None
    preview_image_url: str | None = None


class _XIncludes(BaseModel):
    users: tuple[_XUser, ...] = ()
    media: tuple[_XMedia, ...] = ()


class _XResponse(BaseModel):
    data: tuple[_XPost, ...]
    includes: _XIncludes = _XIncludes()


class _NormalisedFeed(BaseModel):
    tweets: tuple[_NormalisedPost, ...]


def _parse_json(content: bytes, name: str) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start} is not UTF-8", where=name, remedy="Save it as UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise BadInput(f"this is not JSON: {error.msg}", where=where, remedy="Mend it there") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"this JSON cannot be read: {error}", where=name, remedy=SHAPES) from error


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _refuse_shape(parsed: Any, name: str) -> NoReturn:
    if isinstance(parsed, dict) and "errors" in parsed:
        raise BadInput("this is an error answer of the X API, without posts", where=name, remedy="Ask again")
    raise BadInput("these are no posts that I know", where=name, remedy=SHAPES)


def _from_normalised(items: list[Any], name: str) -> tuple[Tweet, ...]:
    feed = _validated(_NormalisedFeed, {"tweets": items}, name)
    return tuple(
        Tweet(
            id=post.id,
            text=post.text,
            author=Author(**{**post.author.model_dump(), "handle": post.author.handle.removeprefix("@")}),
            engagement=Engagement(**post.engagement.model_dump()),
            created_at=post.created_at,
            url=post.url,
            media=post.media,
        )
        for post in feed.tweets
    )


def _from_x(parsed: dict[str, Any], name: str) -> tuple[Tweet, ...]:
    response = _validated(_XResponse, parsed, name)
    users = {user.id: user for user in response.includes.users}
    links = {item.media_key: item.url or item.preview_image_url for item in response.includes.media}
    for index, post in enumerate(response.data):
        if post.author_id not in users:
            raise BadInput(
                f"no user {post.author_id!r} in includes.users",
                where=f"{name}, data[{index}].author_id",
                remedy="Ask the X API with expansions=author_id",
            )
    return tuple(_x_tweet(post, users[post.author_id], links) for post in response.data)


def _x_tweet(post: _XPost, user: _XUser, links: dict[str, str | None]) -> Tweet:
    counts = post.public_metrics
    media = (links.get(key) for key in post.attachments.media_keys)
    return Tweet(
        id=post.id,
        text=clean_text(post.note_tweet.text if post.note_tweet else post.text),
        author=Author(
            name=user.name,
            handle=user.username,
            followers=user.public_metrics.followers_count,
            verified=user.verified,
        ),
        engagement=Engagement(
            likes=counts.like_count,
            reposts=counts.retweet_count + counts.quote_count,
            replies=counts.reply_count,
            views=counts.impression_count,
        ),
        created_at=post.created_at,
        url=f"https://x.com/{user.username}/status/{post.id}",
        media=tuple(link for link in media if link),
    )


def _validated(shape: type[Shape], value: object, name: str) -> Shape:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{name}, {_field_path(first['loc'])}"
        raise BadInput(first["msg"], where=where, remedy="Mend this field") from error


def _field_path(location: Sequence[int | str]) -> str:
    """`("tweets", 3, "engagement", "likes")` as `tweets[3].engagement.likes`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".")


def _check_ids(tweets: tuple[Tweet, ...], name: str) -> None:
    seen: dict[str, int] = {}
    for index, tweet in enumerate(tweets):
        if tweet.id in seen:
            raise BadInput(
                f"posts {seen[tweet.id]} and {index} (counted from 0) both have the id {tweet.id!r}",
                where=name,
                remedy="Give every post an id of its own",
            )
        seen[tweet.id] = index


def newest(tweets: Tweets) -> datetime:
    """When the newest post was made: the studio's 'now', because the core knows no clock."""
    return max(tweet.created_at for tweet in tweets.tweets)
