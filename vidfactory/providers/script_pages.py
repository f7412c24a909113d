"""Pages whose content their own scripts write: shown in Chromium, and read when they have settled.

Belongs here: a browser that runs foreign scripts, and what keeps it from everything else. Does not belong here: our
own pages (`chromium`).

The browser has no network. Each request of the page is carried out here, by `public_web`, under the same rules as
the page itself; what those do not cover (web sockets, WebRTC, service workers, prefetching) leads nowhere.
"""

import asyncio
import os
from pathlib import Path

from playwright.async_api import Browser, Page, Playwright, Request, Route, WebSocketRoute, async_playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from vidfactory.errors import Permanent, Transient, VidfactoryError
from vidfactory.providers.chromium import HOW_TO_GET_ONE, find_chromium
from vidfactory.providers.public_web import MAX_BYTES, Fetched, PublicWeb

NEEDED = frozenset({"document", "script", "xhr", "fetch"})
"""Kinds of requests that a text may depend on; pictures, fonts, style sheets and films are not fetched."""
MAX_REQUESTS = 100
QUIET_SHARE = 0.6
"""Of the time limit, to wait for the page to fall silent; then what is there is taken."""
NO_NETWORK = (
    "--proxy-server=socks5://127.0.0.1:9",  # the discard port: nobody answers there
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--dns-prefetch-disable",
    "--disable-dev-shm-usage",
    "--js-flags=--max-old-space-size=512",
)


class ScriptPages:
    """Shows pages within `timeout_s` seconds each. `executable`: the browser, the first that is found for None.

    `sandbox`: Chromium's own around the page; None leaves it on except for root, as whom it cannot start.
    """

    def __init__(
        self, web: PublicWeb, executable: Path | None, timeout_s: float, *, sandbox: bool | None = None
    ) -> None:
        self._web = web
        self._executable = executable
        self._timeout_s = timeout_s
        self._sandbox = os.geteuid() != 0 if sandbox is None else sandbox

    async def show(self, fetched: Fetched) -> str:
        """The HTML of a page after its scripts have run.

        VidfactoryError without a browser, Transient where time runs out, Permanent where the browser fails.
        """
        executable = await asyncio.to_thread(find_chromium, self._executable)
        if executable is None:
            raise VidfactoryError(
                "this page needs a browser, and there is none", where=fetched.url, remedy=HOW_TO_GET_ONE
            )
        try:
            async with asyncio.timeout(self._timeout_s), async_playwright() as playwright:
                browser = await self._launched(playwright, executable)
                try:
                    return await self._shown(browser, fetched)
                finally:
                    await browser.close()
        except TimeoutError as error:
            raise Transient(f"its scripts took longer than {self._timeout_s:g} s", where=fetched.url) from error
        except PlaywrightError as error:
            raise Permanent(f"the browser failed: {error.message[:300]}", where=fetched.url) from error

    async def _launched(self, playwright: Playwright, executable: Path) -> Browser:
        try:
            return await playwright.chromium.launch(
                executable_path=executable, args=NO_NETWORK, chromium_sandbox=self._sandbox
            )
        except PlaywrightError as error:
            remedy = f"{HOW_TO_GET_ONE}. Where its sandbox cannot start, set services.web.options.sandbox = false"
            raise Permanent(f"the browser does not start: {error.message[:300]}", remedy=remedy) from error

    async def _shown(self, browser: Browser, fetched: Fetched) -> str:
        context = await browser.new_context(offline=True, service_workers="block", accept_downloads=False)
        page = await context.new_page()
        await page.route_web_socket("**/*", _shut)
        answers = _Answers(self._web, fetched)
        await page.route("**/*", answers.give)
        await page.goto(fetched.url, wait_until="domcontentloaded")
        await self._settled(page)
        shown = await page.evaluate(f"document.documentElement.outerHTML.slice(0, {MAX_BYTES})")
        await page.unroute_all(behavior="ignoreErrors")
        return str(shown)

    async def _settled(self, page: Page) -> None:
        try:
            await page.wait_for_load_state("networkidle", timeout=self._timeout_s * 1000 * QUIET_SHARE)
        except PlaywrightTimeout:
            return  # it goes on for ever, as pages with news tickers do


class _Answers:
    """What a page gets for its requests."""

    def __init__(self, web: PublicWeb, page: Fetched) -> None:
        self._web = web
        self._page = page
        self._count = 0
        self._bytes = 0

    async def give(self, route: Route) -> None:
        try:
            fetched = await self._fetched(route.request)
        except VidfactoryError:
            fetched = None
        if fetched is None:
            await route.abort("blockedbyclient")
            return
        self._bytes += len(fetched.body)
        kind = f"{fetched.media_type}; charset={fetched.charset}" if fetched.charset else fetched.media_type
        headers = {"content-type": kind, "access-control-allow-origin": "*"}
        await route.fulfill(status=200, headers=headers, body=fetched.body)

    async def _fetched(self, request: Request) -> Fetched | None:
        """None for a request that is not carried out."""
        self._count += 1
        if self._count == 1:
            return self._page
        if request.method != "GET" or request.resource_type not in NEEDED:
            return None
        if self._count > MAX_REQUESTS or self._bytes > MAX_BYTES:
            return None
        return await self._web.fetch(request.url)


async def _shut(socket: WebSocketRoute) -> None:
    await socket.close()
