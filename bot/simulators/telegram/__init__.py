"""A simulated Telegram: the Bot API towards the desk, and customers to play.

It refuses what Telegram refuses (lengths, callback data, blocked users, unknown chats, a query answered
twice, polling beside a webhook, too many messages a second), so that it hides no bugs.

From Python:

    platform = TelegramSimulator(clock, Random(7))
    customer = platform.customer("小李")
    customer.says("冰箱不制冷"); await customer.hears(1); customer.taps("是")

    group = platform.group("客服")              # a forum, the bot its administrator
    agent = platform.member(group, "李娜"); agent.says("您好", group.topic("小李").thread_id)

Over HTTP, below the prefix the router is mounted at (`/simulators/telegram` in the demo):

    the bot's side: set `api_base` to the prefix's address
    POST /bot<token>/<method>                   JSON, form or multipart
    GET  /file/bot<token>/<path>

    the customer's side, for a page that shows a chat
    POST /customers           {"name"?, "language"?, "id"?} → 201 transcript; a known id comes back
    GET  /customers/{id}/transcript → {"customer": {"id", "first_name", "language_code"}, "blocked",
         "messages": [message…], "keyboard": null | rows of {"text", "request_contact"?, "request_location"?}}
    POST /customers/{id}/messages   {"text"} → 201 message
    POST /customers/{id}/taps       {"message_id", "index"} a button of a message, {"title"} a key of
                                    the reply keyboard or a button of the last message → 202, else 409
    POST /customers/{id}/photos     form field `photo`, or the picture as the body; ?caption=&album= → 201
    POST /customers/{id}/contact    {"phone"?} → 201 message
    POST /customers/{id}/location   {"latitude"?, "longitude"?} → 201 message
    POST /customers/{id}/edits      {"message_id", "text"} → 202 message
    POST /customers/{id}/blocks     → 202; writing again unblocks
    GET  /customers/{id}/files/{file_id}    a picture; a message's `photo` is relative to /customers/{id}/
    GET  /customers/{id}/events     server-sent events: `message` (new or changed: replace by message_id),
                                    `keyboard` {"keyboard"}, `typing` {}, `blocked` {"blocked"},
                                    `toast` {"text"} (a tap was answered)

A message is {"message_id", "from": "customer" | "bot", "date": unix seconds, "edited", "text",
"photo"?: address, "buttons"?: rows of {"title", "index"}, "location"?, "contact"?, "voice"?, "video"?,
"document"?, "sticker"?}. The keyboard is shown below the input field until it is null.
"""

from __future__ import annotations

from fastapi import APIRouter

from bot.simulators.telegram.bot_api import bot_routes
from bot.simulators.telegram.customer import Customer, NoSuchButton
from bot.simulators.telegram.customer_api import customer_routes
from bot.simulators.telegram.faults import Delay, Fail, LoseAnswer, LoseRequest
from bot.simulators.telegram.groups import Group, Member
from bot.simulators.telegram.limits import Limits
from bot.simulators.telegram.simulator import TelegramSimulator

__all__ = [
    "Customer",
    "Delay",
    "Fail",
    "Group",
    "Limits",
    "LoseAnswer",
    "LoseRequest",
    "Member",
    "NoSuchButton",
    "TelegramSimulator",
    "simulator_router",
]

PREFIX = "/simulators/telegram"


def simulator_router(platform: TelegramSimulator, prefix: str = PREFIX) -> APIRouter:
    """Both sides of the platform over HTTP."""
    router = APIRouter(prefix=prefix)
    router.include_router(bot_routes(platform))
    router.include_router(customer_routes(platform))
    return router
