"""Whether the group is one that the bot can use as a desk."""

from __future__ import annotations

from telegram.error import BadRequest, Forbidden

from bot.channels.telegram.api import BotApi

NEEDED = ("can_manage_topics", "can_pin_messages")


class Unfit(Exception):
    """The group cannot be used; the message says to the operator what to change."""


async def check(api: BotApi, group: int, bot: int) -> None:
    """Raises Unfit, or a `TelegramError` where nothing could be learned."""
    try:
        chat = await api.call("getChat", {"chat_id": group})
        member = await api.call("getChatMember", {"chat_id": group, "user_id": bot})
    except (BadRequest, Forbidden) as error:
        raise Unfit(
            f"the bot cannot enter the group {group} ({error.message}): add it to the group, "
            "and set channels.telegram.desk.group to the group's number"
        ) from None
    if chat.get("type") != "supergroup" or not chat.get("is_forum"):
        raise Unfit(f"the group {group} has no topics: switch Topics on in the group's settings")
    if member.get("status") != "administrator":
        raise Unfit(f"the bot is no administrator of the group {group}: make it one")
    missing = [name for name in NEEDED if not member.get(name)]
    if missing:
        raise Unfit(f"the bot lacks rights in the group {group}: {', '.join(missing)}")
