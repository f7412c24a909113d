"""Pages of the open web as text, for research.

Belongs here: what of a page is its content. Does not belong here: which addresses may be asked (`public_web`), and
how a page is shown that needs scripts (`script_pages`).

A page is data. What it says is cut out as plain text and handed on; nothing in it is followed.
"""

import asyncio
import codecs
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lxml.etree
import lxml.html
from trafilatura import extract, html2txt

from vidfactory.desks.finance.posts import clean_text
from vidfactory.errors import Permanent
from vidfactory.ports import Answer, Call, Page
from vidfactory.providers.kit import Kit
from vidfactory.providers.public_web import Fetched, PublicWeb
from vidfactory.providers.script_pages import ScriptPages
from vidfactory.schema.base import Model

TIME_LIMIT_S = 10
"""For a page; one that needs scripts gets as much again to run them."""
MAX_TEXT = 15_000
"""Characters of a page's text, cut at the end of a sentence."""
MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
SHELL_TEXT = 200
"""With less text than this, a page that has scripts is shown in a browser (heuristic)."""
MAX_ELEMENTS = 10_000
"""Up to which trafilatura judges what is content, in a second; its time grows faster than the page."""
_BESIDE = "//header | //footer | //nav | //aside | //script | //style | //noscript | //template | //svg | //form"
_INSIDE = ".//script | .//style | .//noscript | .//template"
_CONTENT = ("//main", "//*[@role='main']", "//article")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s|$)|。")
Now = Callable[[], dt.datetime]


class _Kept(Model):
    """What is kept of a page."""

    url: str
    title: str
    description: str
    text: str


class WebReader:
    """`Reader` of public pages. `pages` shows those that need scripts; None where no browser may run."""

    def __init__(self, kit: Kit, web: PublicWeb, pages: ScriptPages | None, now: Now | None = None) -> None:
        self._kit = kit
        self._web = web
        self._pages = pages
        self._now = now or _utc_now

    async def read(self, url: str) -> Page:
        """The page at `url`, asked for once a day."""
        request = {"url": url, "day": self._now().date().isoformat()}
        call = Call(service=self._kit.name, operation="page", model="", request=request)

        async def send(_idempotency_key: str) -> Answer:
            kept = await self._read(url)
            return Answer(facts=kept.model_dump(mode="json"), units={"requests": 1})

        kept = _Kept.model_validate((await self._kit.calls.ask(call, send)).facts)
        return Page(url=kept.url, title=kept.title, description=kept.description, text=kept.text)

    async def _read(self, url: str) -> _Kept:
        fetched = await self._web.fetch(url, MEDIA_TYPES)
        page, needs_scripts = await asyncio.to_thread(understood, fetched)
        if needs_scripts and self._pages:
            shown = await self._pages.show(fetched)
            page, _ = await asyncio.to_thread(understood, replace(fetched, charset="utf-8", body=shown.encode()))
        if not page.text:
            raise Permanent("there is no text on it", where=url, remedy="Give another page")
        return page


def provide(kit: Kit) -> WebReader:
    web = PublicWeb(min(kit.service.timeout_s, TIME_LIMIT_S))
    browser, sandbox = kit.service.options.get("browser"), kit.service.options.get("sandbox")
    pages = ScriptPages(
        web,
        Path(str(browser)) if browser else None,
        TIME_LIMIT_S,
        sandbox=None if sandbox is None else bool(sandbox),
    )
    return WebReader(kit, web, pages)


async def probe(kit: Kit) -> str:
    """A page that is kept for such purposes."""
    page = await provide(kit).read("https://example.com/")
    return f"read {page.title!r}, {len(page.text)} characters"


def understood(fetched: Fetched) -> tuple[_Kept, bool]:
    """What a page says, and whether it says so little that its scripts must have the rest."""
    markup = _decoded(fetched)
    if fetched.media_type == "text/plain":
        return _Kept(url=fetched.url, title="", description="", text=cut_at_sentence(_tidy(markup))), False
    tree = _parsed(markup)
    if tree is None:
        return _Kept(url=fetched.url, title="", description="", text=""), False
    has_scripts = bool(tree.xpath("//script"))
    title, said, description = (
        _title(tree),
        _meta(tree, "name", "description"),
        _meta(tree, "property", "og:description"),
    )
    content = content_of(tree)
    ahead = dict.fromkeys(part for part in (title, said, description) if part)
    text = cut_at_sentence("\n\n".join([*ahead, content]).strip())
    page = _Kept(url=fetched.url, title=title, description=said or description, text=text)
    return page, has_scripts and len(content) < SHELL_TEXT


def content_of(tree: lxml.html.HtmlElement) -> str:
    """The text of the page's `main` or `article`; of all but header, footer, nav, aside and scripts where it has none.

    Changes `tree`.
    """
    chosen = next((found for path in _CONTENT if (found := _longest(tree.xpath(path))) is not None), None)
    for beside in tree.xpath(_BESIDE) if chosen is None else chosen.xpath(_INSIDE):
        if beside.getparent() is not None:
            beside.drop_tree()
    content = tree if chosen is None else chosen
    plain = _tidy(html2txt(content))
    if sum(1 for _ in content.iter()) > MAX_ELEMENTS:
        return plain
    extracted = _tidy(extract(content, include_comments=False, favor_recall=True) or "")
    # It takes short pages for boilerplate, and leaves out their text.
    return extracted if len(extracted) * 2 > len(plain) else plain


def cut_at_sentence(text: str, limit: int = MAX_TEXT) -> str:
    """`text`, or as many of its sentences as `limit` characters hold; words where not even one sentence fits."""
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text[: limit + 1]) if match.end() <= limit]
    if ends:
        return text[: ends[-1]]
    return text[:limit].rsplit(" ", 1)[0]


def _decoded(fetched: Fetched) -> str:
    """As the server says, else as the page says of itself, else as UTF-8; characters that are none become `�`."""
    declared = re.search(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w-]{2,20})", fetched.body[:4096], re.IGNORECASE)
    for name in (fetched.charset, declared[1].decode("ascii", "ignore") if declared else ""):
        try:
            return fetched.body.decode(codecs.lookup(name).name, "replace")
        except (LookupError, ValueError):
            continue
    return fetched.body.decode("utf-8-sig", "replace")


def _parsed(markup: str) -> lxml.html.HtmlElement | None:
    """The page as a tree, whatever is wrong with it; None for one of nothing but comments."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(markup.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:
        return None


def _title(tree: lxml.html.HtmlElement) -> str:
    """As the page is called in the browser's tab, else by its first heading."""
    found = [*tree.xpath("//title"), *tree.xpath("//h1")]
    titles = (" ".join(clean_text(str(element.text_content())).split()) for element in found)
    return next((title for title in titles if title), "")


def _meta(tree: lxml.html.HtmlElement, attribute: str, name: str) -> str:
    """What a `meta` element of that name says, in whatever case the name is written."""
    for element in tree.xpath("//meta"):
        if str(element.get(attribute, "")).strip().lower() == name:
            return " ".join(clean_text(str(element.get("content", ""))).split())
    return ""


def _longest(elements: list[lxml.html.HtmlElement]) -> lxml.html.HtmlElement | None:
    """The element with the most text: a page of teasers has an `article` for each."""
    with_text = [element for element in elements if str(element.text_content()).strip()]
    return max(with_text, key=lambda element: len(str(element.text_content())), default=None)


def _tidy(text: str) -> str:
    """Clean text without blanks at line ends, and with one empty line at most between two others."""
    lines = (" ".join(line.split()) for line in clean_text(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _utc_now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)
