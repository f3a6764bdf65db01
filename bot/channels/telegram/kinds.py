"""The kinds of updates and messages there are, and what the desk makes of each."""

from __future__ import annotations

from telegram.constants import MessageType, UpdateType

TAKEN = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update the desk serves: what `allowed_updates` asks for."""

KINDS = frozenset(kind.value for kind in UpdateType)

CARRIED = frozenset({
    "text", "photo", "voice", "audio", "video", "video_note", "document", "animation", "sticker",
    "location", "venue", "contact",
})  # fmt: skip

UNSUPPORTED = (
    "checklist", "dice", "game", "giveaway", "giveaway_winners", "invoice", "live_photo", "paid_media",
    "passport_data", "poll", "story", "web_app_data",
)  # fmt: skip
"""What customers can send and the desk cannot carry; it is answered and kept as that."""

SERVICE = frozenset(kind.value for kind in MessageType) - CARRIED - {*UNSUPPORTED}
"""Notes of Telegram's own about a chat: a pinned message, a changed timer."""
