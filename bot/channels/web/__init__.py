"""The web chat: a page at /chat, its JSON API, live replies by server-sent events."""

from bot.channels.web.channel import WebChannel
from bot.channels.web.history import History, Line
from bot.channels.web.limits import Limits

__all__ = ["History", "Limits", "Line", "WebChannel"]
