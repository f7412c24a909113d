import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.drawing.post_card import character_limit, post_card_html
from vidfactory.errors import BadInput
from vidfactory.providers.chromium import ChromiumBrowser, find_chromium
from vidfactory.schema.base import Size
from vidfactory.schema.finance import Author, Engagement, Tweet
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, opened

THEME = load_theme("finance")
SIZE = THEME.alternator.size
HOUSE_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "bdi", "p", "span", "svg", "path", "circle",
}  # fmt: skip
HOUSE_ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "class", "dir", "viewbox", "d", "cx", "cy", "r", "stroke",
}  # fmt: skip

needs_chromium = pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium on this machine")


class Page(HTMLParser):
    """What a browser would see: tags, attributes, and the text inside each class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: dict[str, str] = {}
        self._class = ""
        self.feed(re.sub(r"<style>.*?</style>", "<style></style>", html, count=1, flags=re.DOTALL))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self._class = dict(attrs).get("class") or ""

    def handle_endtag(self, tag: str) -> None:
        self._class = ""

    def handle_data(self, data: str) -> None:
        self.texts[self._class] = self.texts.get(self._class, "") + data


def post(text: str, name: str = "Dana Whitfield", handle: str = "danawhitfield", *, verified: bool = True) -> Tweet:
    return Tweet(
        id="1",
        text=text,
        author=Author(name=name, handle=handle, verified=verified),
        engagement=Engagement(likes=12_345, reposts=3400, replies=987, views=1_234_567),
        created_at=datetime(2008, 10, 14, 13, 5, tzinfo=UTC),
        url="https://example.com/1",
    )


def card(text: str, **author: str) -> str:
    return post_card_html(post(text, **author), SIZE, THEME)


def text_size(html: str) -> int:
    found = re.search(r"\.text \{[^}]*font-size: (\d+)px", html)
    assert found
    return int(found[1])


MARKET_POST = (
    "$GOOG down 52% from its high in eleven months. Nobody is asking the only question that matters: "
    "did search stop working?"
)


@needs_chromium
def test_card_looks_like_its_golden_picture(pytestconfig: pytest.Config) -> None:
    assert_like_golden(ChromiumBrowser().screenshot(card(MARKET_POST), SIZE), "post_card", pytestconfig, tolerance=20)


@needs_chromium
def test_emoji_arabic_and_hebrew_look_like_their_golden_picture(pytestconfig: pytest.Config) -> None:
    html = card("🚀📉🔥 👨‍👩‍👧\nانخفض سهم جوجل\nמניית גוגל ירדה", name="דנה כהן")  # noqa: RUF001 - real text of both scripts
    assert_like_golden(ChromiumBrowser().screenshot(html, SIZE), "post_card_scripts", pytestconfig, tolerance=20)


@needs_chromium
def test_longest_post_stays_between_author_and_figures() -> None:
    picture = np.asarray(opened(ChromiumBrowser().screenshot(card("Wide words " * 1000), SIZE)).convert("L"))
    inside = picture[:, 12:-12]
    above, below = inside[109:118], inside[381:388]
    assert above.min() > 200
    assert below.min() > 200
    assert picture[130:380, 36:852].min() < 60
    assert picture[130:380, 853:880].min() > 200


def test_markup_in_a_post_is_shown_as_the_characters_it_is() -> None:
    text = "<script>alert('x')</script><img src=x onerror=alert(1)> &amp; ${ink} </p></div> \"quoted\""
    html = card(text, name="<b>Bobby</b>", handle="a\"b'c<i>")
    page = Page(html)
    assert "<script" not in html
    assert "<img" not in html
    assert page.texts["text"] == text
    assert page.texts["name"] == "<b>Bobby</b>"
    assert page.texts["handle"] == "@a\"b'c<i>"


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=120), name=st.text(max_size=30), handle=st.text(max_size=20))
def test_no_post_can_add_a_tag_or_an_attribute(text: str, name: str, handle: str) -> None:
    html = card(text, name=name, handle=handle)
    page = Page(html)
    assert page.tags <= HOUSE_TAGS
    assert page.attributes <= HOUSE_ATTRIBUTES
    html.encode()


def test_page_forbids_everything_but_its_own_style_and_faces() -> None:
    html = card("Text")
    policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:"
    assert f'http-equiv="Content-Security-Policy" content="{policy}"' in html
    assert not re.search(r"https?:|file:|@import|url\((?!data:font/)", html)


def test_control_characters_and_lone_surrogates_are_left_out() -> None:
    assert Page(card("a\x00b\x07c\ud800d\u009be")).texts["text"] == "abcde"


def test_page_carries_the_faces_that_its_text_needs() -> None:
    def carried(html: str) -> list[str]:
        return re.findall(r"@font-face \{ font-family: '([^']+)'", html)

    assert carried(card("Text")) == ["inter", "anton"]
    assert carried(card("🚀")) == ["inter", "anton", "noto-emoji"]
    assert carried(card("سهم", name="גוגל")) == ["inter", "anton", "heebo", "noto-sans-arabic"]


def test_texts_choose_their_own_direction_and_cannot_turn_their_surroundings() -> None:
    html = card("שלום", name="محمد")
    assert '<p class="text" dir="auto">' in html
    assert '<bdi class="name">' in html
    assert '<bdi class="handle">' in html


def test_longer_posts_are_set_smaller_but_never_below_the_least_size() -> None:
    sizes = [text_size(card("Seven words " * count)) for count in (1, 8, 12, 20, 900)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 72
    assert sizes[-1] == THEME.min_text_px


def test_one_endless_word_is_set_small_enough_to_be_broken() -> None:
    assert text_size(card("W" * 400)) == THEME.min_text_px


def test_no_type_on_the_card_is_smaller_than_the_least_size() -> None:
    html = card(MARKET_POST)
    sizes = {int(size) for size in re.findall(r"font(?:-size)?:[^;}]*?(\d+)px", html)}
    assert min(sizes) == THEME.min_text_px
    assert len(sizes) <= 3


def test_text_beyond_the_limit_is_cut_with_an_ellipsis() -> None:
    limit = character_limit(SIZE, THEME)
    shown = Page(card("x" * 10_000)).texts["text"]
    assert len(shown) == limit
    assert shown.endswith("…")
    assert 280 < limit < 2000


def test_blank_lines_are_closed_up_and_line_breaks_kept() -> None:
    assert Page(card("One\n\n\n two \r\n\tthree")).texts["text"] == "One\ntwo\nthree"


@pytest.mark.parametrize(
    ("name", "handle", "initials"),
    [
        ("Dana Whitfield", "d", "DW"),
        ("Ana María de la Cruz", "d", "AC"),
        ("cher", "d", "C"),
        ("📈🚀", "bull_market", "BM"),
        ("", "🚀", "@"),
        ("דנה כהן", "d", "דכ"),
    ],
)
def test_avatar_shows_initials(name: str, handle: str, initials: str) -> None:
    assert Page(card("Text", name=name, handle=handle)).texts["avatar"] == initials


def test_mark_of_a_verified_author_is_shown_only_for_one() -> None:
    assert 'class="verified"' in card("Text")
    assert 'class="verified"' not in post_card_html(post("Text", verified=False), SIZE, THEME)


def test_figures_are_short_and_the_day_is_that_in_utc() -> None:
    late = post("Text").model_copy(
        update={"created_at": datetime(2008, 10, 14, 23, 0, tzinfo=timezone(-timedelta(hours=4)))}
    )
    html = post_card_html(late, SIZE, THEME)
    assert "<span>15 Oct 2008</span>" in html
    assert re.findall(r"</svg>([^<]+)</span>", html) == ["12.3K", "3.4K", "987", "1.2M"]


def test_same_post_is_the_same_page() -> None:
    assert card(MARKET_POST) == card(MARKET_POST)


def test_card_without_room_for_type_is_refused_with_the_size_it_needs() -> None:
    with pytest.raises(BadInput, match="at least 600x240"):
        post_card_html(post("Text"), Size(width=300, height=200), THEME)
