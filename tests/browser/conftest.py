"""A browser for the tests that need one: Debian's Chromium, driven by Playwright; the site behind a local server."""

import functools
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from exploring import MINI, PAGE, READY
from playwright.sync_api import sync_playwright
from visits import wait

from vaelib.runs import Trained
from vaelib.store import Store

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def address(site):
    """Where the built site is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def page(browser):
    """A fresh page, 1280 pixels wide; whatever goes wrong on it fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.wrong = []
    opened.on("pageerror", lambda error: opened.wrong.append(f"script error: {error}"))
    opened.on("console", lambda message: message.type == "error" and opened.wrong.append(message.text))
    opened.on("requestfailed", lambda request: opened.wrong.append(f"failed: {request.url}"))
    yield opened
    context.close()
    assert not opened.wrong


@pytest.fixture
def explorer(page, address):
    """The explorer's page, ready, with what it asked for on the way."""
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.weights = []
    page.on("response", lambda response: page.weights.append(len(response.body())))
    page.goto(f"{address}/{PAGE}", wait_until="networkidle")
    wait(page, READY)
    return page


@pytest.fixture
def run():
    """mini-MNIST's training, which the explorer's first view shows."""
    return Store().get(Trained(MINI))
