"""The console over a store, called in process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest

from bot.channels.protocol import TextLimit, Way
from bot.console import PREFIX, passwords
from bot.console.app import build_console
from bot.console.means import DeskFor
from bot.http import build_http
from bot.messages import Address, AttachmentKind
from bot.settings import Settings
from bot.voice import DeskVoice
from storage import Store
from storage.users import User
from tests.conftest import Clock
from tests.desks import desk_for
from tests.spoken import dialogue

PASSWORD = "correct horse"
Add = Callable[..., User]


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with the least work: what is tested is around it."""
    least = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", least)
    passwords._nobody.cache_clear()


@pytest.fixture
def add(store: Store, clock: Clock) -> Add:
    """Makes users with the password PASSWORD."""

    def added(name: str = "li.na", role: str = "agent", shown: str = "李娜") -> User:
        user = store.run(lambda tx: tx.users.add(name, shown, role, passwords.hashed(PASSWORD), clock()))
        assert user is not None
        return user

    return added


@dataclass
class Browser:
    """One browser: cookies, and the form token of the page it last saw."""

    http: httpx.AsyncClient
    page: str = ""

    async def get(self, path: str = "", **headers: str) -> httpx.Response:
        """Open a page."""
        answer = await self.http.get(PREFIX + path, headers=headers)
        self.page = answer.text if 'name="csrf"' in answer.text else self.page
        return answer

    async def post(self, path: str, *, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
        """Send a form of the page."""
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', self.page)
        data = {"csrf": csrf[1], **form} if csrf else form
        return await self.http.post(PREFIX + path, data=data, headers=headers or {})

    async def sign_in(self, name: str = "li.na", password: str = PASSWORD) -> httpx.Response:
        """Sign in and open the account's page, whose token the next forms carry."""
        answer = await self.post("/sign-in", name=name, password=password)
        await self.get("/account")
        return answer


@pytest.fixture
def desks() -> DeskFor:
    """Makes the desk of each deed; a module that needs articles has its own."""
    return desk_for


class Web:
    """The customers' channel; `way` is how files that are no photos reach them."""

    name, account = "web", "web"

    def __init__(self) -> None:
        self.way: Way | None = "file"
        self.text_limit: TextLimit | None = None

    def takes(self, kind: AttachmentKind) -> Way | None:
        """Photos always."""
        return "file" if kind == "photo" else self.way

    async def typing(self, address: Address) -> None:
        """Nobody looks."""


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
async def browsers(
    store: Store, clock: Clock, desks: DeskFor, web: Web
) -> AsyncIterator[Callable[[], Browser]]:
    """Browsers of one console."""
    voice = DeskVoice(dialogue(), None, [web])  # type: ignore[list-item]
    console = build_console(store, Settings(), clock, voice, lambda channel, account: None, desks)
    app = build_http([], max_body=10_000, max_upload=10_000, mounted={PREFIX: console})
    opened: list[httpx.AsyncClient] = []

    def browser() -> Browser:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test")
        opened.append(client)
        return Browser(client)

    yield browser
    for client in opened:
        await client.aclose()


@pytest.fixture
def browser(browsers: Callable[[], Browser]) -> Browser:
    return browsers()
