"""Chromium behind the `Browser` port, through Playwright: finding, installing and screenshots.

Belongs here: everything that knows of Playwright or of where browsers lie on a machine.
Does not belong here: the pages that are shown.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import sync_playwright

from vidfactory.errors import BadInput, Permanent, Transient, VidfactoryError
from vidfactory.schema.base import Size

Result = TypeVar("Result")
Command = tuple[str, ...]
Done = subprocess.CompletedProcess[str]
Run = Callable[[Command], Done]
Find = Callable[[Path | None], Path | None]

COMMAND_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
USUAL_PLACES = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("C:/Program Files/Google/Chrome/Application/chrome.exe"),
    Path("C:/Program Files (x86)/Google/Chrome/Application/chrome.exe"),
    Path("C:/Program Files/Chromium/Application/chrome.exe"),
)
STABLE_RENDERING = ("--force-color-profile=srgb", "--font-render-hinting=none", "--disable-dev-shm-usage")
HOW_TO_GET_ONE = (
    "Run `vidfactory browser` or `playwright install chromium`, or name one with VIDFACTORY_CHROMIUM=/path/to/chromium"
)
INSTALL_TIMEOUT_S = 900
OUTPUT_SHOWN = 800


@dataclass(frozen=True)
class ChromiumBrowser:
    """Screenshots of pages that are given as text: scripts are off and no request leaves the browser.

    executable: the browser to use; without it the first that `find_chromium` finds.
    timeout_s: for each step: start, page, picture.
    """

    executable: Path | None = None
    timeout_s: float = 30.0

    def screenshot(self, html: str, size: Size) -> bytes:
        """The page as a PNG of exactly `size`, transparent where the page paints nothing.

        VidfactoryError without a browser, Transient on a time-out, Permanent on other failures.
        """
        try:
            return _in_own_thread(lambda: self._shoot(html, size))
        except PlaywrightTimeout as error:
            raise Transient(f"the browser took longer than {self.timeout_s:g} s", remedy="Try again") from error
        except PlaywrightError as error:
            raise Permanent(f"the browser failed: {_shortened(error.message)}", remedy=HOW_TO_GET_ONE) from error

    def _shoot(self, html: str, size: Size) -> bytes:
        timeout_ms = self.timeout_s * 1000
        with sync_playwright() as playwright:
            executable = _choose(self.executable, lambda: Path(playwright.chromium.executable_path))
            if executable is None:
                raise VidfactoryError("there is no Chromium on this machine", remedy=HOW_TO_GET_ONE)
            browser = playwright.chromium.launch(
                executable_path=executable,
                args=STABLE_RENDERING,
                timeout=timeout_ms,
                # Chromium's sandbox cannot start as root, in most containers and on recent Ubuntu. The pages
                # are our own, with foreign text escaped, scripts off and no network, so it guards nothing here.
                chromium_sandbox=False,
            )
            context = browser.new_context(
                viewport={"width": size.width, "height": size.height},
                device_scale_factor=1,
                java_script_enabled=False,
                offline=True,
                reduced_motion="reduce",
                service_workers="block",
            )
            context.set_default_timeout(timeout_ms)
            # "aborted" leaves a page that tries to go elsewhere where it is; other errors show an error page.
            context.route("**/*", lambda route: route.abort("aborted"))
            page = context.new_page()
            page.set_content(html, wait_until="load")
            return page.screenshot(omit_background=True, animations="disabled", caret="hide")


def find_chromium(explicit: Path | None = None) -> Path | None:
    """The browser to use: `explicit`, else Playwright's own, else one on PATH or in a usual place.

    None if there is none; BadInput if `explicit` is given and is no file that can be run.
    """
    return _choose(explicit, lambda: _in_own_thread(_playwrights_own))


def _choose(explicit: Path | None, playwrights_own: Callable[[], Path]) -> Path | None:
    if explicit is not None:
        if not (explicit.is_file() and os.access(explicit, os.X_OK)):
            raise BadInput("this is no browser that can be run", where=str(explicit), remedy=HOW_TO_GET_ONE)
        return explicit
    on_path = (Path(found) for name in COMMAND_NAMES if (found := shutil.which(name)))
    return next((path for path in (playwrights_own(), *on_path, *USUAL_PLACES) if path.is_file()), None)


def install_chromium(explicit: Path | None = None, *, run: Run | None = None, find: Find = find_chromium) -> Path:
    """The browser that `find(explicit)` gives, installed first if that is none.

    Tries Playwright's own download, then, as root on Debian or Ubuntu, the distribution's package.
    `run` carries a command out. VidfactoryError with what was tried and why each try failed; BadInput
    if `explicit` is given and is no browser.
    """
    found = find(explicit)
    if found is not None:
        return found
    failures: list[str] = []
    for name, commands in _ways_to_install().items():
        failure = _first_failure(commands, run or _run)
        if failure is None and (found := find(explicit)):
            return found
        failures.append(f"{name}: {failure or 'it ran, but left no browser that can be found'}")
    raise VidfactoryError(f"Chromium could not be installed. {'; '.join(failures)}", remedy=HOW_TO_GET_ONE)


def _ways_to_install() -> dict[str, tuple[Command, ...]]:
    ways: dict[str, tuple[Command, ...]] = {
        "Playwright's download": ((sys.executable, "-m", "playwright", "install", "chromium"),)
    }
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ("apt-get", "install", "-y", "--no-install-recommends", "chromium")
        ways["Debian's package"] = (("apt-get", "update"), install)
    return ways


def _first_failure(commands: Sequence[Command], run: Run) -> str | None:
    """Carry `commands` out in turn; what went wrong with the first that failed, None if none did."""
    for command in commands:
        try:
            done = run(command)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"`{' '.join(command)}`: {error}"
        if done.returncode:
            return f"`{' '.join(command)}` ended with {done.returncode}: {_shortened(done.stderr or done.stdout)}"
    return None


def _shortened(output: str) -> str:
    """The end of `output` on one line: that is where programs say what went wrong."""
    return " ".join(output.split())[-OUTPUT_SHOWN:]


def _run(command: Command) -> Done:
    return subprocess.run(  # noqa: S603 - the commands are the fixed ones of this module
        command, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S, stdin=subprocess.DEVNULL
    )


def _playwrights_own() -> Path:
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def _in_own_thread(work: Callable[[], Result]) -> Result:
    """Playwright refuses to run where an event loop already does, as in a notebook or an async asset."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(work).result()
