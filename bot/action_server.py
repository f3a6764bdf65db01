"""The flows' actions for people who run a Rasa server: its webhook, with the desk at every action's hand.

One action call is one transaction. The desk's key is made of the sender, the message and the action, so a
call that Rasa repeats opens no second order.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from rasa_sdk import Action, ActionExecutionRejection, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.app import terms_of, utc_now
from bot.dialogue import Dialogue, stepping
from bot.knowledge.shelf import Shelf
from bot.settings import Settings
from handlers.desk import Desk, Terms
from nlu.encoder import SentenceEncoder
from nlu.knowledge import KnowledgeBase
from storage import Store, StoreUnavailable, Tx, open_store

log = structlog.get_logger()

BODY_LIMIT = 10_000_000
CHANNEL = "rasa"
Answer = tuple[int, Any]


def build_action_server(settings: Settings) -> FastAPI:
    """The action server on the configured database; the schema must be the newest."""
    encoder = SentenceEncoder.load(settings.data_path / "model")
    store = open_store(settings.database_url, settings.database.pool_size)
    shelf = Shelf(settings, store, encoder, utc_now)
    return action_server(
        store, Dialogue.load(settings), lambda: shelf.current, terms_of(settings), shelf=shelf
    )


def action_server(
    store: Store,
    dialogue: Dialogue,
    knowledge: Callable[[], KnowledgeBase],
    terms: Terms,
    clock: Callable[[], datetime] = utc_now,
    shelf: Shelf | None = None,
) -> FastAPI:
    """The ASGI application: `POST /webhook`, `GET /actions`, `GET /health`; closes the store at its end."""

    def lifespan(_: FastAPI) -> AbstractAsyncContextManager[None]:
        return _closing(store, shelf)

    web = FastAPI(title="Baoxiu actions", openapi_url=None, lifespan=lifespan)
    calls = Calls(store, dialogue, knowledge, terms, clock)

    @web.post("/webhook")
    async def webhook(request: Request) -> Response:
        body = await _body(request)
        status, answer = (400, {"error": "Invalid body request"}) if body is None else await calls.take(body)
        return Response(orjson.dumps(answer), status, media_type="application/json")

    @web.get("/actions")
    async def actions() -> list[dict[str, str]]:
        return [{"name": name} for name in sorted(dialogue.script.actions)]

    @web.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return web


class Calls:
    """Runs Rasa's action calls."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        knowledge: Callable[[], KnowledgeBase],
        terms: Terms,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._script = dialogue.script
        self._knowledge = knowledge
        self._terms = terms
        self._clock = clock

    async def take(self, call: dict[str, Any]) -> Answer:
        """Status and body of the answer to one call."""
        name = call.get("next_action")
        maker = self._script.actions.get(str(name))
        if maker is None:
            return 404, {"error": f"No registered action found for name '{name}'.", "action_name": name}
        state = call.get("tracker")
        sender = call.get("sender_id") or (state.get("sender_id") if isinstance(state, dict) else None)
        if not isinstance(state, dict) or not isinstance(sender, str) or not sender:
            return 400, {"error": "a call needs a tracker and a sender_id", "action_name": name}
        try:
            return 200, await self._store.transact(lambda tx: self._run(tx, maker, str(name), sender, call))
        except ActionExecutionRejection as rejection:
            return 400, {"error": rejection.message, "action_name": name}
        except StoreUnavailable:
            log.warning("action.store_unavailable", action=name)
            return 503, {"error": "the database is away", "action_name": name}
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            log.warning("action.bad_call", action=name, problem=type(problem).__name__)
            return 400, {"error": "the tracker is not in Rasa's form", "action_name": name}

    def _run(
        self, tx: Tx, maker: Callable[[Desk], Action], name: str, sender: str, call: dict[str, Any]
    ) -> dict[str, Any]:
        now = self._clock()
        conversation = tx.conversations.enter(CHANNEL, "default", sender[:256], now)
        desk = Desk(
            tx, conversation, self._knowledge(), self._terms, now, call_key(name, sender, call["tracker"])
        )
        dispatcher = CollectingDispatcher()
        tracker = Tracker.from_dict({"sender_id": sender, **call["tracker"]})
        tracker.latest_message = _with_words(tracker.latest_message)
        domain = call.get("domain") or self._script.domain.rasa
        events = stepping.run(maker(desk).run(dispatcher, tracker, domain))
        tx.conversations.save(conversation, now)
        return {"events": list(events or []), "responses": dispatcher.messages}


def call_key(name: str, sender: str, tracker: dict[str, Any]) -> str:
    """The name of one action call, the same when Rasa repeats it."""
    users = [event for event in tracker.get("events") or [] if event.get("event") == "user"]
    last = users[-1] if users else {}
    message = last.get("message_id") or last.get("timestamp") or tracker.get("latest_event_time")
    told = orjson.dumps([name, sender, message, len(users)])
    return f"rasa:{hashlib.sha256(told).hexdigest()[:32]}"


def _with_words(message: dict[str, Any]) -> dict[str, Any]:
    """The latest message with what the flows read from its metadata: the words, and no files of ours."""
    text = str(message.get("text") or "")
    words = "" if text.startswith("/") else text
    return {**message, "metadata": {**(message.get("metadata") or {}), "words": words, "attachments": []}}


async def _body(request: Request) -> dict[str, Any] | None:
    """The JSON object of the request, unpacked where Rasa compressed it; None when it is none."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > BODY_LIMIT:
            return None
    try:
        if request.headers.get("content-encoding") == "deflate":
            unpacking = zlib.decompressobj()
            raw = bytearray(unpacking.decompress(bytes(raw), BODY_LIMIT))
            if unpacking.unconsumed_tail:
                return None
        body = orjson.loads(raw)
    except (orjson.JSONDecodeError, zlib.error):
        return None
    return body if isinstance(body, dict) else None


@asynccontextmanager
async def _closing(store: Store, shelf: Shelf | None) -> Any:
    if shelf is not None:
        shelf.start()
    yield
    if shelf is not None:
        await shelf.stop()
    store.close()
