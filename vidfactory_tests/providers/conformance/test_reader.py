"""What every research reader keeps to."""

import asyncio

import pytest

from vidfactory.errors import BadInput, Permanent
from vidfactory.ports import Reader
from vidfactory.providers import web_reader
from vidfactory.providers.kit import Kit
from vidfactory.providers.web_reader import WebReader
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.pages import Served, SmallWeb

PAGE = b"""<html><head><title>Kettle</title><meta name=description content="It boils"></head>
<body><nav>MENU</nav><main><p>It boils in forty seconds, and then it switches itself off.</p></main></body></html>"""
every_reader = pytest.mark.parametrize("name", ["web"])


def reader(name: str, web: SmallWeb) -> Reader:
    return {"web": WebReader(Kit(name, "reader", Service(), Direct()), web.visitor(), None)}[name]


@every_reader
def test_a_page_comes_with_what_it_says_of_itself_and_its_content(name: str, small_web: SmallWeb) -> None:
    small_web.pages["/"] = Served(PAGE)
    page = asyncio.run(reader(name, small_web).read(small_web.url()))
    assert (page.url, page.title, page.description) == (small_web.url(), "Kettle", "It boils")
    assert "forty seconds" in page.text
    assert "MENU" not in page.text


@every_reader
@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://localhost/", "file:///etc/passwd", "nonsense", ""])
def test_an_address_that_is_not_public_is_bad_input(name: str, url: str, loopback: None) -> None:
    made: Reader = {"web": web_reader}[name].provide(Kit(name, "reader", Service(), Direct()))
    with pytest.raises(BadInput):
        asyncio.run(made.read(url))


@every_reader
@pytest.mark.parametrize("kind", ["application/pdf", "image/jpeg"])
def test_what_is_no_page_is_refused(name: str, kind: str, small_web: SmallWeb) -> None:
    small_web.pages["/"] = Served(b"x", kind)
    with pytest.raises(Permanent):
        asyncio.run(reader(name, small_web).read(small_web.url()))
