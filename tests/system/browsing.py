"""The real dashboard in a real browser: ``cloudcrate web`` beside a sandbox, and Chromium that sees loopback only."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # Any: a scenario, and options of a browser's context

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from running import Machine
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FOREIGN = "evil.example"
"""A name that leads to this machine, as a page that rebinds its own name makes it."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--no-proxy-server",
    "--autoplay-policy=user-gesture-required",
    f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
PATIENCE = 60_000
"""Milliseconds until something must have happened on a page."""

expect.set_options(timeout=PATIENCE)

PICTURES = ".sndcdn.com/"
"""Pictures are SoundCloud's own and cannot be had here: that they fail is no fault of a page."""

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

TELL_OF_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium with a profile of its own that is gone afterwards."""
    assert CHROMIUM is not None
    # Chromium reads the proxy from its environment, and what it is not told of it cannot pass on.
    kept: dict[str, str | float | bool] = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), env=kept)
        try:
            yield started
        finally:
            started.close()


class Complaints(list[str]):
    """What the pages of a context complain about: dialogs, errors, and what their policy had to forbid."""

    def hear(self, page: Page) -> None:
        """Listens to a page."""
        page.on("dialog", self._dialog)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"error: {error}"))

    def _dialog(self, dialog: Dialog) -> None:
        self.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and PICTURES not in message.location["url"]:
            self.append(f"{message.type}: {message.text}")


class Board:
    """A started dashboard, the sandbox that it works against, and a browser."""

    def __init__(self, sandbox: Sandbox, machine: Machine, browser: Browser, link: str) -> None:
        self.sandbox = sandbox
        self.machine = machine
        self.browser = browser
        self.link = link
        self.url, _, self.token = link.partition("/?token=")

    @contextmanager
    def stranger(self, *, minds: bool = True, **options: Any) -> Iterator[BrowserContext]:  # Any: as above
        """A context that was not let in. ``minds``: fails when one of its pages has complained."""
        told = {"viewport": DESK, "reduced_motion": "reduce", **options}
        context = self.browser.new_context(**told)
        complaints = Complaints()
        context.on("page", complaints.hear)
        context.set_default_timeout(PATIENCE)
        if told.get("java_script_enabled", True):
            context.add_init_script(TELL_OF_POLICY)
        try:
            yield context
            assert not minds or complaints == []
        finally:
            context.close()

    @contextmanager
    def guest(self, *, minds: bool = True, **options: Any) -> Iterator[Page]:  # Any: as above
        """A page that came by the link."""
        with self.stranger(minds=minds, **options) as context:
            page = context.new_page()
            page.goto(self.link)
            yield page

    def plan(self, page: Page, words: str) -> None:
        """Asks for a plan by the form of the overview."""
        page.goto(self.url)
        page.get_by_label("Sync a playlist").fill(words)
        page.get_by_role("button", name="Show the plan", exact=True).click()
        page.wait_for_url(re.compile("/plans/"))

    def sync(self, page: Page, words: str) -> None:
        """Syncs to the end."""
        self.plan(page, words)
        page.get_by_role("button", name=re.compile("^Sync")).click()
        page.wait_for_url(re.compile("/jobs/"))
        ended(page)

    def playlist(self, page: Page, name: str) -> None:
        """Opens the page of a playlist that was synced before."""
        page.goto(self.url)
        page.get_by_role("article", name=name).get_by_role("heading").get_by_role("link").click()
        page.get_by_role("heading", level=1, name=name).wait_for()


def ended(page: Page, how: str = "Done") -> None:
    """Waits until a live page says how its run has ended."""
    page.locator("[data-live=standing] .badge").get_by_text(how, exact=True).wait_for()


@contextmanager
def dashboard(machine: Machine, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """The real command, and the link that it prints."""
    with machine.start("web", "--no-open", env=env) as process:
        try:
            assert process.stdout is not None
            link = process.stdout.readline().strip()
            assert link.startswith("http://127.0.0.1:"), process.stderr.read() if process.stderr else ""
            yield link
            process.terminate()
            _, err = process.communicate(timeout=30)
            assert "Traceback" not in err, err
        except subprocess.TimeoutExpired:
            raise AssertionError("the dashboard did not end") from None
        finally:
            process.kill()


@contextmanager
def board(
    scenario: Mapping[str, Any],  # Any: as above
    home: Path,
    env: Mapping[str, str] | None = None,
) -> Iterator[Board]:
    """Everything: a sandbox, a dashboard (that sees ``env``, too), a browser."""
    with running_sandbox(scenario) as sandbox, browser() as chromium:
        machine = Machine(sandbox=sandbox, home=home)
        with dashboard(machine, env=env) as link:
            yield Board(sandbox, machine, chromium, link)
