"""Posts: two shapes, clean text, and errors that name the place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.desks.finance.posts import clean_text, newest, parse_posts
from vidfactory.errors import BadInput
from vidfactory_tests.desks.finance.conftest import SAMPLES, samples


def normal(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "text": "Google fell. $GOOG",
        "author": {"name": "Ada", "handle": "@ada"},
        "engagement": {"likes": 1, "reposts": 2, "replies": 3, "views": 4},
        "created_at": "2008-10-10T21:00:00Z",
        "url": "https://example.com/1",
        **changes,
    }


def parse(value: Any) -> Any:
    return parse_posts(json.dumps(value).encode(), "feed.json")


def test_a_bare_list_and_a_list_under_tweets_say_the_same() -> None:
    assert parse([normal()]) == parse({"sample": True, "tweets": [normal()]})
    assert parse([normal()]).tweets[0].author.handle == "ada"


def test_the_x_shape_brings_authors_counts_and_plain_text() -> None:
    tweets = samples("x_recent_search.json").tweets
    second = tweets[1]
    assert second.text.startswith("S&P 500 minus 7.5%")
    assert second.author.handle == "sample_otis"
    assert second.author.followers == 7700
    assert second.engagement.reposts == 760 + 140, "quotes pass a post on as well"
    assert second.url == "https://x.com/sample_otis/status/1541900000000000002"


def test_the_x_shape_takes_the_long_text_and_the_media() -> None:
    answer = json.loads((SAMPLES / "x_recent_search.json").read_text(encoding="utf-8"))
    answer["data"][0] |= {"note_tweet": {"text": "The whole of it."}, "attachments": {"media_keys": ["3_1", "gone"]}}
    answer["includes"]["media"] = [{"media_key": "3_1", "type": "photo", "url": "https://example.com/1.png"}]
    first = parse(answer).tweets[0]
    assert (first.text, first.media) == ("The whole of it.", ("https://example.com/1.png",))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"tweets": [\n  {"id": 1,}\n]}', "feed.json, line 2, column"),
        (b"\xff\xfe", "feed.json: byte 0 is not UTF-8"),
        (b'[{"likes": NaN}]', "NaN is no JSON number"),
        (b"[" * 100_000, "feed.json"),
        (b'{"posts": []}', "feed.json: these are no posts that I know"),
        (b'{"tweets": []}', "feed.json: there are no posts in it"),
        (b"[]", "feed.json: there are no posts in it"),
        (b'"hello"', "feed.json: these are no posts"),
        (b'{"errors": [], "title": "Unauthorized"}', "an error answer of the X API"),
    ],
)
def test_what_is_no_feed_is_refused_by_name_and_line(content: bytes, place: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_posts(content, "feed.json")
    assert place in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"engagement": {"likes": -1, "reposts": 0, "replies": 0, "views": 0}}, "tweets[1].engagement.likes"),
        ({"engagement": {"likes": 10**30, "reposts": 0, "replies": 0, "views": 0}}, "tweets[1].engagement.likes"),
        ({"created_at": "2008-10-10T21:00:00"}, "tweets[1].created_at"),
        ({"created_at": "yesterday"}, "tweets[1].created_at"),
        ({"author": {"name": "Ada"}}, "tweets[1].author.handle"),
        ({"txet": "?"}, "tweets[1].txet"),
        ({"text": None}, "tweets[1].text"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse([normal(), normal(id="2", **changes)])
    assert caught.value.where == f"feed.json, {path}"


def test_two_posts_of_one_id_are_refused() -> None:
    with pytest.raises(BadInput, match="posts 0 and 1"):
        parse([normal(), normal(text="another")])


def test_an_x_post_without_its_author_is_refused() -> None:
    answer = json.loads((SAMPLES / "x_recent_search.json").read_text(encoding="utf-8"))
    answer["includes"]["users"].pop(1)
    with pytest.raises(BadInput, match=r"data\[1\]\.author_id"):
        parse(answer)


def test_text_keeps_markup_as_characters_and_loses_control_characters() -> None:
    text = clean_text("\ufeffa\x00b\x1b[31m &lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;\r\nc\u202ed")
    assert text == "ab[31m <script>alert(1)</script> &lt;\ncd"


def test_long_and_wordless_posts_are_taken() -> None:
    tweets = parse([normal(text="word " * 2000), normal(id="2", text="📉📉📉"), normal(id="3", text="")]).tweets
    assert len(tweets[0].text) == 9_999
    assert [tweet.text for tweet in tweets[1:]] == ["📉📉📉", ""]


@given(st.text())
def test_clean_text_can_be_stored_and_is_clean(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode()
    assert not any(ord(char) < 32 and char != "\n" for char in cleaned)


def test_now_is_when_the_newest_post_was_made() -> None:
    assert newest(samples("posts.json")).isoformat() == "2008-10-14T22:05:00+00:00"
