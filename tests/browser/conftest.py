"""A real desk in its own process and a real browser looking at it.

Without Chromium these tests are skipped with a warning in the summary. Pictures go to the session's
temporary folder; `make pictures` also writes those of the README.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 90
README_PICTURES = ("web-chat.png", "demo.png", "console.png", "console-phone.png")
PASSWORD = "correct horse battery"
AGENTS = {"li.na": "李娜", "wang.lei": "王磊"}
WATCH = """
window.addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


class BrowserTestsSkipped(UserWarning):
    """Chromium is missing, so nothing was seen through a browser."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-screenshots`, known when this folder is named on the command line."""
    parser.addoption("--update-screenshots", action="store_true", help="write docs/images anew")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; without one the test is skipped, loudly."""
    path = shutil.which(CHROMIUM)
    if path is None:
        missing = f"BROWSER TESTS SKIPPED: no Chromium at {CHROMIUM} (apt-get install chromium)"
        warnings.warn(BrowserTestsSkipped(missing), stacklevel=1)
        pytest.skip(missing)
    return path


@dataclass
class Desk:
    """A desk in the demo, started from the command line as an operator would."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it is ready."""
        inherited = {k: v for k, v in os.environ.items() if not k.upper().startswith("BOT__")}
        settings = {
            "BOT__DEMO": "true",
            "BOT__HTTP__PORT": str(self.port),
            "BOT__DATA_DIR": str(self.folder),
            "BOT__CONSOLE__UNDO_SECONDS": "1",
            "BOT__SURVEYS__DELAY_HOURS": "0",
            "BOT__NOTICES__QUIET_HOURS": "",  # the story's survey is asked whenever the tests run
        }
        with (self.folder / "desk.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                cwd=PROJECT,
                env={**inherited, **settings},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the desk did not start:\n{self.log()[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)
            self.process = None

    def stop(self) -> None:
        """End it as an operator would; it must follow."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    def answers(self) -> bool:
        """Whether it is ready."""
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "desk.log").read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="session")
def desk(chromium: str, model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The desk of all browser tests of this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Desk(tmp_path_factory.mktemp("desk"), port)
    (running.folder / "model").symlink_to(model_dir, target_is_directory=True)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Chromium with an empty profile. Ended with the module: its event loop would disturb other tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield running
        running.close()


@dataclass
class Watch:
    """What went wrong on the pages of one test."""

    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, *patterns: str) -> None:
        """These complaints belong to the test."""
        self.expected.extend(patterns)

    @property
    def unexpected(self) -> list[str]:
        return [c for c in self.complaints if not any(re.search(p, c) for p in self.expected)]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Every console error, exception and violation of the content policy fails the test."""
    seen = Watch()
    yield seen
    assert seen.unexpected == []


PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}
DESKTOP = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "timezone_id": "Europe/London"}


@pytest.fixture
def visit(browser: Any, desk: Desk, watch: Watch) -> Iterator[Callable[..., Any]]:
    """Opens a page of the desk as a new person on a phone or a desktop computer."""
    contexts = []

    def go(path: str = "/chat", device: str = "phone", **options: Any) -> Any:
        context = browser.new_context(**{**(PHONE if device == "phone" else DESKTOP), **options})
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("console", lambda m: m.type == "error" and watch.complaints.append(m.text))
        page.on("pageerror", lambda problem: watch.complaints.append(str(problem)))
        page.goto(desk.url + path)
        page.wait_for_selector("body[data-ready]")
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def agents(desk: Desk) -> dict[str, str]:
    """Two agents of the desk, added as an operator does."""
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith("BOT__")}
    environ = {**clean, "BOT__DATA_DIR": str(desk.folder), "BAOXIU_PASSWORD": PASSWORD}
    roles = dict.fromkeys(AGENTS, "agent") | {"chief": "admin"}
    for name, role in roles.items():
        shown = AGENTS.get(name, "主任")
        command = [sys.executable, "-m", "bot", "users", "add", name, "--role", role, "--shown", shown]
        subprocess.run(command, cwd=PROJECT, env=environ, check=True, capture_output=True, timeout=60)
    return AGENTS


@pytest.fixture
def enter(browser: Any, desk: Desk, agents: dict[str, str], watch: Watch) -> Iterator[Callable[..., Any]]:
    """Opens the console as one of the agents, signed in and online."""
    contexts = []

    def go(name: str, **options: Any) -> Any:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", **options}
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("console", lambda m: m.type == "error" and watch.complaints.append(f"{m.text} {m.location}"))
        page.on("pageerror", lambda problem: watch.complaints.append(str(problem)))
        page.goto(f"{desk.url}/console")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("button.w-100")
        page.wait_for_selector("#list")
        if page.locator(".dot-online").count() == 0:
            page.click("button[name=state][value=online]")
            page.wait_for_selector(".dot-online")
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def picture(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    """Takes a picture of a page; with --update-screenshots it becomes the one in docs/images."""
    folder = tmp_path_factory.getbasetemp() / "pictures"
    folder.mkdir(exist_ok=True)
    update = request.config.getoption("--update-screenshots", default=False)

    def take(page: Any, name: str, **options: Any) -> None:
        path = folder / name
        page.wait_for_timeout(350)  # let what moves come to rest
        page.screenshot(
            path=path, caret="initial", **options
        )  # hiding it would set styles, which pages forbid
        assert path.stat().st_size > 10_000
        if update and name in README_PICTURES:
            target = PROJECT / "docs" / "images" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    return take


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small real picture: a label with a model number, so to speak."""
    path = tmp_path_factory.mktemp("photos") / "label.png"
    path.write_bytes(_png(320, 200))
    return path


def _png(width: int, height: int) -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data) & 0xFFFFFFFF)
        )

    rows = b"".join(
        b"\0" + b"".join(_pixel(x / width, y / height) for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _pixel(x: float, y: float) -> bytes:
    """A pale label with dark lines on a grey door."""
    if not (0.12 < x < 0.88 and 0.18 < y < 0.82):
        return bytes((150, int(160 + 20 * y), 168))
    line = int(y * 14) % 2 and 0.2 < x < 0.2 + 0.6 * ((int(y * 14) * 37 % 10) / 10)
    return b"\x4a\x55\x5c" if line else b"\xf4\xf5\xf1"
