"""News feeds as posts: what an entry says, which entries count, and feeds that are none."""

import asyncio
import datetime as dt

import pytest

from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.providers.folder_trends import speaks_of
from vidfactory.providers.kit import Kit
from vidfactory.providers.rss_trends import MAX_BYTES, MAX_ENTRIES, MAX_TEXT, RssTrends, plain
from vidfactory.schema.finance import Tweets
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.pages import Served, SmallWeb

DAY = dt.date(2026, 11, 20)
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>The Wire &amp; Co</title>
<entry><id>a</id><title>Google &lt;b&gt;rises&lt;/b&gt;</title><link href="https://example.com/a"/>
<updated>2026-11-20T10:00:00+02:00</updated><summary type="html">&lt;p&gt;It is up 3%.&lt;/p&gt;</summary></entry>
<entry><id>b</id><title>Google falls</title><link href="https://example.com/b"/>
<updated>2026-11-19T10:00:00Z</updated><author><name>Ada</name></author></entry>
<entry><id>old</id><title>Google was founded</title><link href="https://example.com/c"/><updated>2026-01-01T10:00:00Z</updated></entry>
<entry><id>new</id><title>Google tomorrow</title><link href="https://example.com/d"/><updated>2026-11-21T10:00:00Z</updated></entry>
<entry><id>dateless</id><title>Google some time</title><link href="https://example.com/e"/></entry>
<entry><id>linkless</id><title>Google nowhere</title><updated>2026-11-20T10:00:00Z</updated></entry>
<entry><id>other</id><title>Apple</title><link href="https://example.com/f"/><updated>2026-11-20T10:00:00Z</updated></entry>
</feed>"""


def search(web: SmallWeb, query: str, feeds: str = "", calls: Direct | None = None) -> Tweets:
    service = Service(options={"feeds": feeds} if feeds else {})
    provider = RssTrends(Kit("rss", "trends", service, calls or Direct()), web.visitor())
    return asyncio.run(provider.posts(query, 10, DAY))


@pytest.fixture
def feed(small_web: SmallWeb) -> str:
    small_web.pages["/feed"] = Served(ATOM.encode(), "application/atom+xml")
    return small_web.url("/feed")


def test_entries_of_the_week_that_speak_of_the_query_become_posts(small_web: SmallWeb, feed: str) -> None:
    newest, before = search(small_web, "google", feed).tweets
    assert newest.text == "Google rises\nIt is up 3%."
    assert newest.created_at == dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
    assert (newest.author.name, newest.author.handle, newest.url) == (
        "The Wire & Co",
        "page.test",
        "https://example.com/a",
    )
    assert before.author.name == "Ada"
    assert newest.engagement.likes == newest.engagement.views == 0


def test_a_query_may_be_the_address_of_a_feed(small_web: SmallWeb, feed: str) -> None:
    assert {post.url[-1] for post in search(small_web, feed).tweets} == {"a", "b", "f"}


def test_several_feeds_are_searched_each_with_a_call_of_its_own(small_web: SmallWeb, feed: str) -> None:
    small_web.pages["/other"] = Served(ATOM.replace("<id>a<", "<id>z<").encode(), "text/xml")
    calls = Direct()
    found = search(small_web, "google", f"{feed} {small_web.url('/other')}", calls)
    assert len(calls.made) == 2
    assert len(found.tweets) == 3, "an entry of both feeds counts once"


def test_without_feeds_the_setting_is_named(small_web: SmallWeb) -> None:
    with pytest.raises(Permanent, match=r"services\.rss\.options\.feeds"):
        search(small_web, "google")


@pytest.mark.parametrize("body", [b"", b"<html><p>No feed</p></html>", b"\x00\x01", b"<rss", b'{"items": []}'])
def test_what_is_no_feed_is_tried_again(small_web: SmallWeb, body: bytes) -> None:
    small_web.pages["/feed"] = Served(body, "text/xml")
    with pytest.raises(Transient, match="no feed"):
        search(small_web, "google", small_web.url("/feed"))


def test_a_page_of_another_type_is_refused(small_web: SmallWeb) -> None:
    small_web.pages["/feed"] = Served(b"<html></html>", "text/html")
    with pytest.raises(Permanent, match="text/html"):
        search(small_web, small_web.url("/feed"))


@pytest.mark.parametrize(
    "entry",
    [
        "<updated>99999-11-20T08:00:00Z</updated>",
        "<updated>Fri, 20 Nov 0001 08:00:00 GMT</updated>",
        "<updated>20 Nov 0000</updated>",
        "<updated>2026-13-45T25:61:00Z</updated>",
        "<updated>soon</updated>",
        '<link href="https://[::1"/><updated>2026-11-20T08:00:00Z</updated>',
        '<link href="javascript:alert(1)"/><updated>2026-11-20T08:00:00Z</updated>',
        f"<title>{'&lt;b&gt;' * 20_000}</title><updated>2026-11-20T08:00:00Z</updated>",
    ],
)
def test_an_entry_that_cannot_be_keeps_the_others_from_nothing(small_web: SmallWeb, entry: str) -> None:
    wrong = f"<entry><id>wrong</id>{entry}</entry></feed>"
    small_web.pages["/feed"] = Served(ATOM.replace("</feed>", wrong).encode(), "application/atom+xml")
    assert {post.url[-1] for post in search(small_web, small_web.url("/feed")).tweets} == {"a", "b", "f"}


def test_a_huge_feed_is_refused(small_web: SmallWeb) -> None:
    small_web.pages["/feed"] = Served(ATOM.encode() + b" " * MAX_BYTES, "application/atom+xml")
    with pytest.raises(Permanent, match="larger than 2 MB"):
        search(small_web, small_web.url("/feed"))


def test_of_a_long_feed_the_newest_entries_are_kept(small_web: SmallWeb) -> None:
    entry = '<entry><id>{0}</id><title>Google {0}</title><link href="https://example.com/{0}"/><updated>{1}</updated></entry>'
    moment = dt.datetime(2026, 11, 18, tzinfo=dt.UTC)
    entries = (entry.format(n, (moment + dt.timedelta(minutes=n)).isoformat()) for n in range(MAX_ENTRIES + 5))
    small_web.pages["/feed"] = Served(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{"".join(entries)}</feed>'.encode(), "text/xml"
    )
    provider = RssTrends(Kit("rss", "trends", Service(), Direct()), small_web.visitor())
    found = asyncio.run(provider.posts(small_web.url("/feed"), 2 * MAX_ENTRIES, DAY)).tweets
    assert len(found) == MAX_ENTRIES
    assert found[0].text == f"Google {MAX_ENTRIES + 4}"


def test_an_outside_entity_is_not_fetched(small_web: SmallWeb) -> None:
    evil = f"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{small_web.address}/secret">]>
    <rss version="2.0"><channel><title>T</title><item><title>google &x;</title><link>https://example.com/a</link>
    <pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate></item></channel></rss>"""
    small_web.pages["/feed"] = Served(evil.encode(), "text/xml")
    search(small_web, "google", small_web.url("/feed"))
    assert [path for _, path in small_web.asked] == ["/feed"]


def test_a_feed_on_a_private_address_is_refused(small_web: SmallWeb) -> None:
    with pytest.raises(BadInput, match="not a public address"):
        search(small_web, "http://10.0.0.1/feed")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("a &amp; b", "a & b"),
        ("<p>one</p>\n <p>two</p>", "one two"),
        ("3 < 4", "3 < 4"),
        ("<b>", ""),
        ("<!-- x -->", ""),
        ("\x00a\u202eb", "ab"),
    ],
)
def test_mark_up_becomes_plain_text(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_a_whole_article_is_cut_to_a_post(small_web: SmallWeb) -> None:
    small_web.pages["/feed"] = Served(ATOM.replace("It is up 3%.", "word " * 500).encode(), "application/atom+xml")
    post = search(small_web, "google", small_web.url("/feed")).tweets[0]
    assert len(post.text) <= MAX_TEXT + 1
    assert post.text.endswith("word…")


@pytest.mark.parametrize(
    ("query", "speaks"),
    [
        ("google", True),
        ("GOOG", True),
        ("$goog", True),
        ("google earnings", True),
        ("goo", False),
        ("google apple", False),
        ("S&P", True),
    ],
)
def test_a_text_speaks_of_a_query_by_whole_words(query: str, speaks: bool) -> None:  # noqa: FBT001 - a parameter
    assert speaks_of("Google's rival? Google beats on earnings. $GOOG and the S&P.", query) is speaks
