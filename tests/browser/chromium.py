"""A real Chromium that a test session may lose: once in a thousand contexts, one never answers to being closed."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from playwright.sync_api import Browser, BrowserContext, Error, Playwright

CLOSING_S = 60.0
"""Of a busy machine; on a quiet one it takes a few hundredths of a second."""


class Chromium:
    """The browser that runs, or the next one."""

    def __init__(self, playwright: Playwright) -> None:
        program = shutil.which("chromium")
        assert program, (
            "these tests need Chromium: python -m deploy.local.prerequisites installs it on Debian"
        )
        self._program, self._playwright = program, playwright
        self._browser: Browser | None = None

    @property
    def browser(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(
                executable_path=self._program, args=["--no-sandbox"]
            )
        return self._browser

    def close(self) -> None:
        if self._browser is not None:
            self._browser.close()


@contextmanager
def closing(context: BrowserContext, *, patience_s: float = CLOSING_S) -> Iterator[None]:
    """Close it at the end; when that takes too long, end its browser: no test is about that, each has said its word."""
    try:
        yield
    finally:
        was_long = threading.Event()
        watch = threading.Timer(patience_s, _end_browsers, [was_long])
        watch.start()
        try:
            context.close()
        except Error:
            if not was_long.is_set():  # for another reason than that
                raise
        finally:
            watch.cancel()


def browsers() -> Iterator[psutil.Process]:
    """This process's own. Their processes for pages end with them."""
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if one.name().startswith("chrom") and not any(
                word.startswith("--type=") for word in one.cmdline()
            ):
                yield one


def _end_browsers(was_long: threading.Event) -> None:
    was_long.set()
    for one in browsers():
        with contextlib.suppress(psutil.Error):
            one.kill()
