"""Whatever arrives, reading it ends in a message, a reason to ignore it, or Malformed; never in a crash."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Update

from bot.channels.telegram.fields import Malformed
from bot.channels.telegram.updates import Ignored, Updates, chat_of, tap_in
from bot.channels.telegram.webhook import decoded
from bot.messages import Inbound
from tests.conftest import NOON

reader = Updates("1", lambda: NOON)

FIELDS = """message edited_message callback_query my_chat_member chat from id type text caption photo voice
    sticker document location venue contact latitude longitude file_id file_size date edit_date message_id
    data reply_markup inline_keyboard callback_data first_name language_code new_chat_member status update_id
    media_group_id inline_message_id mime_type file_name user_id phone_number"""
NAMES = st.sampled_from(FIELDS.split())
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["private", "kicked", "/start", "1:0", "\ud800", "x" * 5000])
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


def nearly_real(found: Any) -> dict[str, Any]:
    """A plausible message with one part replaced, so that reading gets past the first fields."""
    user = {"id": 1, "is_bot": False, "first_name": "A"}
    return {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "from": user, **found}


UPDATES = st.one_of(
    st.dictionaries(NAMES, JSON, max_size=4),
    st.dictionaries(NAMES, JSON, max_size=4).map(lambda m: {"update_id": 1, "message": nearly_real(m)}),
    st.dictionaries(NAMES, JSON, max_size=4).map(
        lambda m: {"update_id": 1, "edited_message": nearly_real(m)}
    ),
    st.dictionaries(NAMES, JSON, max_size=4).map(
        lambda m: {"update_id": 1, "callback_query": {"id": "1", "from": {"id": 1}, **m}}
    ),
)


@settings(max_examples=120, deadline=None)
@given(UPDATES)
def test_reading_never_crashes(update: dict[str, Any]) -> None:
    tap_in(update)
    chat_of(update)
    try:
        found = reader.read(update)
    except Malformed:
        return
    assert isinstance(found, Inbound | Ignored)
    if isinstance(found, Inbound):
        stored = [found.text, found.sender_name, found.external_id, *(a.ref for a in found.attachments)]
        "".join(stored).encode()  # nothing a database refuses
        assert "\x00" not in "".join(stored)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=60) | JSON.map(lambda value: repr(value).encode("utf-8", "replace")))
def test_any_body_is_an_object_or_refused(body: bytes) -> None:
    try:
        update = decoded(body)
    except ValueError:
        return
    assert isinstance(update, dict)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        decoded(b'{"a":' + b"[" * 200_000)


def test_lone_surrogates_in_json_are_read() -> None:
    assert decoded(b'{"update_id": 1, "x": "\\ud800"}')["x"] == "\ud800"


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(min_size=1, max_size=200),
    names=st.tuples(st.text(min_size=1, max_size=20), st.none() | st.text(min_size=1, max_size=20)),
    chat=st.integers(1, 2**52),
    number=st.integers(1, 2**31),
    date=st.integers(1, 2**31),
    group=st.none() | st.text("0123456789", min_size=1),
)
def test_reading_agrees_with_python_telegram_bot(
    text: str, names: tuple[str, str | None], chat: int, number: int, date: int, group: str | None
) -> None:
    """The library's own decoder is the independent witness."""
    sender = {"id": chat, "is_bot": False, "first_name": names[0], "last_name": names[1]}
    message: dict[str, Any] = {
        "message_id": number, "date": date, "chat": {"id": chat, "type": "private"}, "from": sender,
        "caption": text, "photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}],
    }  # fmt: skip
    if group is not None:
        message["media_group_id"] = group
    update = orjson.loads(orjson.dumps({"update_id": 1, "message": message}))
    theirs = Update.de_json(update, None).message
    ours = reader.read(update)
    assert theirs is not None
    assert isinstance(ours, Inbound)
    assert ours.address.peer == str(theirs.chat.id)
    assert ours.external_id == f"message:{theirs.chat.id}:{theirs.message_id}"
    assert ours.sent_at == theirs.date == datetime.fromtimestamp(date, UTC)
    assert [a.ref for a in ours.attachments] == [theirs.photo[-1].file_id]
    assert ours.group == theirs.media_group_id
    if ours.payload is None and text.isprintable() and text.isascii():
        assert ours.text == (theirs.caption or "").strip()
