"""The WeChat Official Account channel: webhook with AES, passive replies, customer-service messages."""

from bot.channels.wechat.channel import WeChatChannel
from bot.channels.wechat.ledger import (
    MemoryLedger,
    StoredLedger,
    TokenShelfInStore,
    WindowLedger,
)
from bot.channels.wechat.tokens import MemoryShelf, TokenShelf

__all__ = [
    "MemoryLedger",
    "MemoryShelf",
    "StoredLedger",
    "TokenShelf",
    "TokenShelfInStore",
    "WeChatChannel",
    "WindowLedger",
]
