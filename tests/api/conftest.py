"""The API over the desk's own parts, called in process, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import cache
from typing import Any, get_args

import httpx
import pytest

from bot.api import PREFIX
from bot.api.app import build_api
from bot.api.service import Service
from bot.api.settings import ApiSettings, ApiToken, Scope
from bot.api.tokens import digest
from bot.app import context_maker, terms_of
from bot.http import build_http
from bot.settings import Settings
from bot.voice import DeskVoice
from handlers.desk import Desk, Terms
from nlu.knowledge import KnowledgeBase
from storage import Store, Tx
from storage.complaints import Complaint
from storage.conversations import Conversation
from storage.orders import Order
from tests.conftest import NOON, Clock
from tests.spoken import dialogue

SCOPES = get_args(Scope)
Client = httpx.AsyncClient
Ask = Callable[..., Client]


def token(name: str) -> str:
    """The token of the program of that name."""
    return f"bxt_{name}"


@cache
def api_settings() -> ApiSettings:
    """`all` may do everything, `boss` too and as a supervisor, the others only what they are called."""
    rows = [("all", SCOPES, "agent"), ("boss", SCOPES, "supervisor")]
    rows += [(scope.replace(":", "-"), (scope,), "agent") for scope in SCOPES]
    return ApiSettings(
        enabled=True,
        per_minute=None,  # the tests' clock stands still
        tokens=tuple(
            ApiToken(name=n, sha256=digest(token(n)), scopes=s, role=r)  # type: ignore[arg-type]
            for n, s, r in rows
        ),
    )


@cache
def desk_settings() -> Settings:
    """Those of the desk with the API's tokens."""
    return Settings(api=api_settings())


@cache
def terms() -> Terms:
    """What orders are opened by: tables that take a while to read."""
    return terms_of(desk_settings())


def service_of(store: Store, clock: Callable[[], datetime]) -> Service:
    """The API's parts over that store."""
    knowledge = KnowledgeBase.__new__(KnowledgeBase)

    def desk_for(tx: Tx, conversation: Conversation, key: str, now: datetime) -> Desk:
        return Desk(tx, conversation, knowledge, terms(), now, key)

    voice = DeskVoice(dialogue())
    return Service(store, desk_settings(), voice, clock, context_maker(desk_settings()), desk_for, terms())


def app_of(store: Store, clock: Callable[[], datetime]) -> Any:
    """The API where it is mounted."""
    api = build_api(service_of(store, clock))
    return build_http([], max_body=1024, max_upload=1024, mounted={PREFIX: api})


async def _clients(store: Store, clock: Clock) -> AsyncIterator[Ask]:
    transport = httpx.ASGITransport(app_of(store, clock), raise_app_exceptions=False)
    opened: list[Client] = []

    def ask(name: str | None = "all") -> Client:
        headers = {"Authorization": f"Bearer {token(name)}"} if name else {}
        opened.append(Client(transport=transport, base_url=f"http://desk{PREFIX}", headers=headers))
        return opened[-1]

    yield ask
    for client in opened:
        await client.aclose()


@pytest.fixture
async def ask(store: Store, clock: Clock) -> AsyncIterator[Ask]:
    """A client by the name of its token, on both databases."""
    async for made in _clients(store, clock):
        yield made


@pytest.fixture
async def ask_lone(lone: Store, clock: Clock) -> AsyncIterator[Ask]:
    """The same on SQLite only."""
    async for made in _clients(lone, clock):
        yield made


def open_order(
    store: Store, key: str = "k", kind: str = "fault", now: datetime = NOON, **fields: Any
) -> Order:
    """An order of a customer who chats on the REST channel."""

    def opened(tx: Tx) -> Order:
        conversation = tx.conversations.enter("rest", "rest", key, now)
        tx.customers.remember(conversation.customer_id, now, name="张伟", phone="+8613800138000")
        told = {"product": "refrigerator", "name": "张伟", "phone": "+8613800138000", **fields}
        return tx.orders.open(
            request_key=key, kind=kind, customer_id=conversation.customer_id, fields=told,
            conversation_id=conversation.id, local_day="20260302", now=now,
        )  # fmt: skip

    return store.run(opened)


def complain(store: Store, order: Order, **values: Any) -> None:
    """The order is a complaint of the register too."""
    told = {"category": "people", "severity": "normal", **values}
    store.run(lambda tx: tx.complaints.register(Complaint(order.id, **told)))
