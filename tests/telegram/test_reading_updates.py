"""Every kind of update becomes what the desk takes in, or is ignored with a reason (A1, A2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.telegram.fields import Malformed
from bot.channels.telegram.updates import Ignored, Tap, Updates, chat_of, tap_in
from bot.messages import Address, Contact, Inbound, Location
from tests.conftest import NOON

SENDER = {"id": 77, "is_bot": False, "first_name": "Li", "last_name": "小", "language_code": "zh-hans"}
CHAT = {"id": 77, "type": "private", "first_name": "Li"}
DATE = 1_772_000_000
reader = Updates("1000001", lambda: NOON)


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": DATE, "chat": CHAT, "from": SENDER, **content}


def read(kind: str = "message", **content: Any) -> Inbound:
    found = reader.read({"update_id": 900, kind: message(**content)})
    assert isinstance(found, Inbound)
    return found


def test_a_text_carries_who_when_and_in_which_language() -> None:
    """A3: who, channel, when, words."""
    found = read(text="冰箱不制冷")
    assert found.address == Address("telegram", "1000001", "77")
    assert found.external_id == "message:77:5"
    assert found.sent_at == datetime.fromtimestamp(DATE, UTC)
    assert (found.text, found.sender_name, found.language) == ("冰箱不制冷", "Li 小", "zh")
    assert found.payload is None


@pytest.mark.parametrize(
    ("code", "language"), [("zh-hant", "zh"), ("en-GB", "en"), ("de", "en"), (None, None), ("", None)]
)
def test_languages(code: str | None, language: str | None) -> None:
    sender = {**SENDER, "language_code": code}
    assert read(text="x", **{"from": sender}).language == language


def test_a_redelivered_update_has_the_same_id_and_another_message_another() -> None:
    """I2: duplicates are recognised by the id."""
    assert read(text="a").external_id == read(text="a").external_id
    assert read(text="a").external_id != read(text="a", message_id=6).external_id


FILES = {
    "voice": ({"file_id": "v", "mime_type": "audio/ogg", "file_size": 9}, "voice", "audio/ogg"),
    "audio": ({"file_id": "v", "file_name": "noise.mp3"}, "voice", "audio/mpeg"),
    "video": ({"file_id": "v", "mime_type": "video/quicktime"}, "video", "video/quicktime"),
    "video_note": ({"file_id": "v", "length": 240}, "video", "video/mp4"),
    "document": ({"file_id": "v", "file_name": "发票.pdf", "mime_type": "application/pdf"}, "document",
                 "application/pdf"),
    "sticker": ({"file_id": "v", "emoji": "👍", "is_animated": True}, "sticker", "application/x-tgsticker"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_files_of_each_kind_with_their_caption(kind: str) -> None:
    """A2: captions are not lost."""
    file, expected, mime = FILES[kind]
    found = read(**{kind: file, "caption": "就是这个"})
    assert [(a.kind, a.ref, a.mime) for a in found.attachments] == [(expected, "v", mime)]
    assert found.attachments[0].name == file.get("file_name", "")
    assert found.text == "就是这个"


def test_an_animation_is_one_video_although_telegram_also_calls_it_a_document() -> None:
    found = read(animation={"file_id": "a"}, document={"file_id": "a"})
    assert [a.kind for a in found.attachments] == ["video"]


def photo(*sizes: tuple[str, int, int | None]) -> list[dict[str, Any]]:
    return [{"file_id": ref, "width": side, "height": side, "file_size": size} for ref, side, size in sizes]


def test_the_largest_photo_telegram_hands_out_is_taken() -> None:
    found = read(photo=photo(("s", 90, 1000), ("l", 1280, 200_000), ("huge", 9000, 21 * 1024 * 1024)))
    assert [(a.kind, a.ref) for a in found.attachments] == [("photo", "l")]
    assert read(photo=photo(("a", 1, None), ("b", 2, None))).attachments[0].ref == "b"
    assert read(photo=photo(("x", 90, 30_000_000), ("y", 9000, 40_000_000))).attachments[0].ref == "x"


def test_an_album_is_one_group() -> None:
    first = read(photo=photo(("a", 1, 1)), media_group_id="13579")
    second = read(photo=photo(("b", 1, 1)), media_group_id="13579", message_id=6)
    assert first.group == second.group == "13579"
    assert first.external_id != second.external_id


def test_places() -> None:
    point = {"latitude": 31.23, "longitude": 121.47}
    assert read(location=point).location == Location(31.23, 121.47)
    venue = {"location": point, "title": "海尔路1号", "address": "青岛"}
    assert read(location=point, venue=venue).location == Location(31.23, 121.47, "海尔路1号 青岛")


def test_a_contact_card_is_own_only_when_telegram_says_so() -> None:
    """A3: the number that links identities must be the sender's."""
    card = {"phone_number": "+8613800138000", "first_name": "Li"}
    assert read(contact={**card, "user_id": 77}).contact == Contact("+8613800138000", "Li", own=True)
    assert read(contact={**card, "user_id": 78}).contact == Contact("+8613800138000", "Li", own=False)
    assert read(contact=card).contact == Contact("+8613800138000", "Li", own=False)


def test_an_edit_names_the_message_it_changes() -> None:
    original = read(text="昨天开始的")
    found = read("edited_message", text="前天开始的", edit_date=DATE + 60)
    assert found.edits == original.external_id
    assert found.external_id != original.external_id
    assert found.sent_at == datetime.fromtimestamp(DATE + 60, UTC)
    again = reader.read({"update_id": 901, "edited_message": message(text="大前天", edit_date=DATE + 60)})
    assert isinstance(again, Inbound)
    assert again.external_id != found.external_id


def test_an_edited_command_is_only_words() -> None:
    assert read("edited_message", text="/start", edit_date=DATE).payload is None


@pytest.mark.parametrize(
    ("text", "payload", "words"),
    [
        ("/start", "/greet", ""),
        ("/start report", "/report_fault", ""),
        ("/start qr_shop_12", "/greet", ""),
        ("/report", "/report_fault", ""),
        ("/REPORT@baoxiu_bot", "/report_fault", ""),
        ("/report 冰箱不制冷", None, "我要报修，冰箱不制冷"),
        ("/track", "/track_order", ""),
        ("/track SR-202603020001", None, "查询进度 SR-202603020001"),
        ("/agent 快点", "/ask_human", "快点"),
        ("/cancel", "/stop", ""),
        ("/help\n", "/help", ""),
        ("/affirm", None, "/affirm"),
        ("/etc/passwd", None, "/etc/passwd"),
        ("see /start", None, "see /start"),
    ],
)
def test_commands(text: str, payload: str | None, words: str) -> None:
    """A customer may type what looks like a payload; only the menu's commands mean something."""
    found = read(text=text)
    assert (found.payload, found.text) == (payload, words)


def callback(data: Any, **changes: Any) -> dict[str, Any]:
    keyboard = {"inline_keyboard": [[{"text": "是", "callback_data": "12:0"}]]}
    shown = {"message_id": 40, "date": DATE, "chat": CHAT, "text": "好了吗？", "reply_markup": keyboard}
    query = {"id": "4242", "from": SENDER, "chat_instance": "1", "data": data, "message": shown, **changes}
    return {"update_id": 901, "callback_query": query}


def test_a_tap_is_a_choice() -> None:
    """C10: choosing by button."""
    found = reader.read(callback("12:0"))
    assert isinstance(found, Inbound)
    assert (found.choice, found.external_id, found.sent_at) == ("12:0", "callback:4242", NOON)
    assert tap_in(callback("12:0")) == Tap("4242", 77, 40, "好了吗？", "是")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('/affirm{"x":1}', {"payload": '/affirm{"x":1}'}),
        ("garbage", {"unsupported": "button"}),
        ("1:2:3", {"unsupported": "button"}),
        ("-1:0", {"unsupported": "button"}),
        ("１:０", {"unsupported": "button"}),
        (":", {"unsupported": "button"}),
        (None, {"unsupported": "button"}),
    ],
)
def test_other_callback_data(data: str | None, expected: dict[str, str]) -> None:
    found = reader.read(callback(data))
    assert isinstance(found, Inbound)
    fields = ("choice", "payload", "unsupported")
    assert {name: getattr(found, name) for name in fields if getattr(found, name)} == expected


def test_a_tap_on_a_message_too_old_to_see_still_counts_and_is_answered() -> None:
    inaccessible = {"chat": CHAT, "message_id": 40, "date": 0}
    for old in (callback("3:1", message=inaccessible), callback("3:1", message=None)):
        found = reader.read(old)
        assert isinstance(found, Inbound)
        assert (found.choice, found.address.peer) == ("3:1", "77")
        assert tap_in(old) == Tap("4242")


@pytest.mark.parametrize(("status", "event"), [("kicked", "blocked"), ("member", "unblocked")])
def test_blocking_and_coming_back(status: str, event: str) -> None:
    change = {"chat": CHAT, "from": SENDER, "date": DATE, "new_chat_member": {"status": status}}
    found = reader.read({"update_id": 902, "my_chat_member": change})
    assert isinstance(found, Inbound)
    assert found.event == event


@pytest.mark.parametrize("kind", ["dice", "poll", "story", "invoice"])
def test_what_the_desk_cannot_carry_is_said_to_be_that(kind: str) -> None:
    """A2: never dropped in silence."""
    assert read(**{kind: {"x": 1}}).unsupported == kind
    assert read(hologram={"x": 1}).unsupported == "unknown"


GROUP = {"id": -100, "type": "supergroup", "title": "群"}
IGNORED: dict[str, tuple[dict[str, Any], str]] = {
    "a null message": ({"message": None}, "empty"),
    "nothing": ({}, "empty"),
    "a channel post": ({"channel_post": {"message_id": 1}}, "channel_post"),
    "an edited channel post": ({"edited_channel_post": {"message_id": 1}}, "edited_channel_post"),
    "a business message": ({"business_message": {"message_id": 1}}, "business_message"),
    "deleted business messages": ({"deleted_business_messages": {}}, "deleted_business_messages"),
    "a business connection": ({"business_connection": {}}, "business_connection"),
    "a poll": ({"poll": {"id": "1"}}, "poll"),
    "a kind of tomorrow": ({"telepathy": {"id": "1"}}, "unknown"),
    "a group": ({"message": message(text="x", chat=GROUP)}, "not_private"),
    "an anonymous sender": ({"message": {k: v for k, v in message(text="x").items() if k != "from"}},
                            "not_private"),
    "a tap in a group": (callback("1:0", message={"chat": GROUP, "message_id": 1, "date": 1}), "not_private"),
    "a tap on an inline result": (callback("1:0", message=None, inline_message_id="i"), "not_private"),
    "a pinned message": ({"message": message(pinned_message={"message_id": 1})}, "service_message"),
    "a moving position": ({"edited_message": message(location={"latitude": 1, "longitude": 2})},
                          "live_location"),
    "joining a group": ({"my_chat_member": {"chat": GROUP, "from": SENDER, "date": DATE,
                                            "new_chat_member": {"status": "member"}}}, "not_private"),
}  # fmt: skip


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_none_of_the_desks_business(name: str) -> None:
    update, reason = IGNORED[name]
    assert reader.read({"update_id": 903, **update}) == Ignored(reason)


MALFORMED: dict[str, dict[str, Any]] = {
    "no update id": {"message": message(text="x")},
    "an update id in words": {"update_id": "1", "message": message(text="x")},
    "a truth value for a number": {"update_id": True, "message": message(text="x")},
    "a message that is a list": {"update_id": 1, "message": [1]},
    "no chat": {"update_id": 1, "message": {"message_id": 1, "date": DATE, "from": SENDER, "text": "x"}},
    "a chat number beyond 64 bits": {
        "update_id": 1,
        "message": message(text="x", chat={**CHAT, "id": 2**70}),
    },
    "text that is a number": {"update_id": 1, "message": message(text=5)},
    "a date before history": {"update_id": 1, "message": message(text="x", date=-(2**62))},
    "a photo that is an object": {"update_id": 1, "message": message(photo={"file_id": "x"})},
    "a photo of numbers": {"update_id": 1, "message": message(photo=[1, 2])},
    "a file without id": {"update_id": 1, "message": message(voice={"duration": 3})},
    "a place beyond the poles": {
        "update_id": 1,
        "message": message(location={"latitude": 91, "longitude": 0}),
    },
    "a tap without sender": {"update_id": 1, "callback_query": {"id": "1", "data": "1:1"}},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_updates_are_called_that(name: str) -> None:
    with pytest.raises(Malformed):
        reader.read(MALFORMED[name])


def test_text_no_database_takes_is_mended() -> None:
    found = read(text="a\x00b\ud800c", **{"from": {**SENDER, "first_name": "\udfff李\x00"}})
    assert found.text == "abc"
    found.text.encode()
    assert found.sender_name == "李 小"


def test_whose_update_it_is() -> None:
    assert chat_of({"update_id": 1, "message": message(text="x")}) == 77
    assert chat_of(callback("1:0")) == 77
    assert chat_of(callback("1:0", message=None)) == 77
    assert chat_of({"update_id": 1, "poll": {}}) is None
    assert chat_of({"update_id": 1, "message": {"chat": "?"}}) is None
