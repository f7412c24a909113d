"""The open web: only public addresses, only as much as is good for us."""

import asyncio
import gzip
import socket
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.errors import BadInput, Permanent, Transient, VidfactoryError
from vidfactory.providers.public_web import MAX_BYTES, Fetched, PublicWeb, is_public, resolve
from vidfactory_tests.providers.pages import Handler, Served, SmallWeb


def fetch(web: SmallWeb, url: str, timeout_s: float = 5) -> Fetched:
    return asyncio.run(web.visitor(timeout_s).fetch(url, {"text/html", "text/plain"}))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_an_address_that_anybody_can_reach_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("100.100.100.200", "0.0.0.0", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.2.1"),  # noqa: S104 - text
        *(
            "168.63.129.16",
            "192.0.0.192",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fe80::1%1",
            "fc00::1",
            "fd00:ec2::254",
        ),
        *(
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fec0::1",
            "100::1",
            "5f00::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
        ),
        *("2002:7f00:1::", "2002:a00:1::", "2001:db8::1", "64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    ],
)
def test_an_address_of_one_s_own_machines_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_ipv6_address_is_no_more_public_than_the_ipv4_one_in_it(inner: Any) -> None:
    hidden = [ip_address(f"::ffff:{inner}"), ip_address(int(ip_address("64:ff9b::")) + int(inner))]
    hidden.append(ip_address((0x2002 << 112) + (int(inner) << 80)))
    assert is_public(inner) or not any(map(is_public, hidden))


def test_a_page_comes_with_its_type_and_charset(small_web: SmallWeb) -> None:
    small_web.pages["/a"] = Served("Grüße".encode("latin-1"), "text/html; charset=latin-1")
    fetched = fetch(small_web, small_web.url("/a"))
    assert (fetched.media_type, fetched.charset, fetched.body) == ("text/html", "latin-1", "Grüße".encode("latin-1"))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2/",
        "http://localhost/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "https://169.254.169.254/latest/meta-data/",
        "http://user:pass@8.8.8.8/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "javascript:alert(1)",
        "page.test",
        "",
        "http://",
        "http:///x",
        "http://[::1",
    ],
)
def test_what_is_no_public_address_is_refused(loopback: None, url: str) -> None:
    with pytest.raises(BadInput):
        asyncio.run(PublicWeb(5).fetch(url))


@pytest.mark.parametrize(("code", "kind"), [(socket.EAI_NONAME, BadInput), (socket.EAI_AGAIN, Transient)])
def test_an_unknown_host_is_refused_and_a_silent_resolver_asked_again(
    loopback: None, code: int, kind: type[Exception]
) -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror(code, "no answer")

    with pytest.raises(kind, match="no answer"):
        asyncio.run(PublicWeb(5, resolve=nowhere).fetch("http://nowhere.test/"))


def test_a_certificate_is_asked_for_by_the_name_and_not_by_the_number(small_web: SmallWeb) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def first_bytes() -> bytes:
            with listener.accept()[0] as connection:
                return connection.recv(4096)

        with ThreadPoolExecutor(1) as pool:
            hello = pool.submit(first_bytes)
            with pytest.raises(Transient):
                fetch(small_web, f"https://page.test:{port}/")
            assert b"page.test" in hello.result()


def test_the_resolver_of_the_machine_is_asked(loopback: None) -> None:
    assert "127.0.0.1" in asyncio.run(resolve("localhost", 80))


@pytest.mark.parametrize("inside", ["10.0.0.1", "169.254.169.254", "::1", "::ffff:192.168.0.1"])
def test_one_private_address_among_public_ones_is_enough_to_refuse(small_web: SmallWeb, inside: str) -> None:
    small_web.names["mixed.test"] = ["8.8.8.8", inside]
    with pytest.raises(BadInput, match="not a public address"):
        fetch(small_web, small_web.url(host="mixed.test"))


def test_a_name_that_changes_its_meaning_after_the_check_changes_nothing(small_web: SmallWeb) -> None:
    """The connection goes to the address that was checked: the name is not looked up a second time."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    small_web.pages["/"] = Served(b"mine")
    visitor = PublicWeb(5, resolve=rebinding, allow=lambda address: str(address) == "127.0.0.1")
    assert asyncio.run(visitor.fetch(small_web.url(host="rebind.test"))).body == b"mine"
    assert small_web.asked == [("rebind.test", "/")]
    with pytest.raises(BadInput, match=r"10\.0\.0\.1"):
        asyncio.run(visitor.fetch(small_web.url(host="rebind.test")))


def test_redirects_are_followed_and_each_is_checked(small_web: SmallWeb) -> None:
    small_web.pages["/a"] = Served(status=302, headers={"location": small_web.url("/b", "other.test")})
    small_web.pages["/b"] = Served(b"there")
    assert fetch(small_web, small_web.url("/a")).url == small_web.url("/b", "other.test")
    assert small_web.resolved == ["page.test", "other.test"]


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://[fd00::1]/", "http://inner.test/", "file:///etc/passwd", "ftp://8.8.8.8/"]
)
def test_a_redirect_to_where_nobody_may_go_is_refused(small_web: SmallWeb, target: str) -> None:
    small_web.names["inner.test"] = ["192.168.0.7"]
    small_web.pages["/a"] = Served(status=301, headers={"location": target})
    with pytest.raises(VidfactoryError):
        fetch(small_web, small_web.url("/a"))
    assert [path for _, path in small_web.asked] == ["/a"]


def test_a_circle_of_redirects_ends_after_five(small_web: SmallWeb) -> None:
    small_web.pages["/a"] = Served(status=302, headers={"location": "/a"})
    with pytest.raises(Permanent, match="more than 5 redirects"):
        fetch(small_web, small_web.url("/a"))
    assert len(small_web.asked) == 6


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "application/octet-stream", "", "video/mp4"])
def test_what_is_no_page_is_refused_with_its_type(small_web: SmallWeb, kind: str) -> None:
    small_web.pages["/a"] = Served(b"%PDF", kind)
    with pytest.raises(Permanent, match=kind or "does not say"):
        fetch(small_web, small_web.url("/a"))


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "text/html")
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def dribble(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "text/html")
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def claims_a_gigabyte(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "text/html")
    handler.send_header("content-length", str(10**9))
    handler.end_headers()


def stops_halfway(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "text/html")
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b"half")


@pytest.mark.parametrize("page", [endless, claims_a_gigabyte])
def test_a_page_of_a_gigabyte_or_without_an_end_is_refused_soon(small_web: SmallWeb, page: Any) -> None:
    small_web.pages["/a"] = page
    begun = time.monotonic()
    with pytest.raises(Permanent, match="larger than 5 MB"):
        fetch(small_web, small_web.url("/a"))
    assert time.monotonic() - begun < 8


def test_a_page_that_comes_drop_by_drop_ends_with_the_time(small_web: SmallWeb) -> None:
    small_web.pages["/a"] = dribble
    begun = time.monotonic()
    with pytest.raises(Transient, match=r"no whole answer in 0\.5 s"):
        fetch(small_web, small_web.url("/a"), timeout_s=0.5)
    assert time.monotonic() - begun < 8  # to the last drop it would be 10


def test_a_page_that_breaks_off_is_worth_another_try(small_web: SmallWeb) -> None:
    small_web.pages["/a"] = stops_halfway
    with pytest.raises(Transient):
        fetch(small_web, small_web.url("/a"))


def test_a_packed_page_is_unpacked(small_web: SmallWeb) -> None:
    small_web.pages["/a"] = Served(gzip.compress(b"hello " * 1000), headers={"content-encoding": "gzip"})
    assert fetch(small_web, small_web.url("/a")).body == b"hello " * 1000


def bomb() -> bytes:
    """A hundred megabytes of nothing in a hundred kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(b"\0" * 1_000_000) for _ in range(100)), packer.flush()])


def test_a_bomb_is_never_unpacked_beyond_the_limit(small_web: SmallWeb) -> None:
    packed = bomb()
    assert len(packed) < MAX_BYTES / 10
    small_web.pages["/a"] = Served(packed, headers={"content-encoding": "gzip"})
    tracemalloc.start()
    try:
        with pytest.raises(Permanent, match="larger than 5 MB"):
            fetch(small_web, small_web.url("/a"))
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(b"cut" * 1000)[:-20]], ids=["no gzip", "cut off"])
def test_a_page_that_is_packed_wrong_is_worth_another_try(small_web: SmallWeb, body: bytes) -> None:
    small_web.pages["/a"] = Served(body, headers={"content-encoding": "gzip"})
    with pytest.raises(Transient):
        fetch(small_web, small_web.url("/a"))


def test_a_packing_that_was_not_asked_for_is_refused(small_web: SmallWeb) -> None:
    small_web.pages["/a"] = Served(b"?", headers={"content-encoding": "br"})
    with pytest.raises(Permanent, match="packed as 'br'"):
        fetch(small_web, small_web.url("/a"))


@pytest.mark.parametrize(("status", "kind"), [(404, Permanent), (403, Permanent), (500, Transient), (429, Transient)])
def test_a_refusal_is_worth_another_try_where_it_may_pass(
    small_web: SmallWeb, status: int, kind: type[Exception]
) -> None:
    small_web.pages["/a"] = Served(b"no", status=status, headers={"retry-after": "3"})
    with pytest.raises(kind, match=f"answered {status}"):
        fetch(small_web, small_web.url("/a"))


def test_what_stands_behind_the_question_mark_is_in_no_error(small_web: SmallWeb) -> None:
    with pytest.raises(Permanent) as caught:
        fetch(small_web, small_web.url("/gone?token=secret"))
    assert "secret" not in str(caught.value)
