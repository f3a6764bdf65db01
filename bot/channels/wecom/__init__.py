"""The WeCom customer service (微信客服) channel: a callback that rings, a log to pull, an API to send by."""

from bot.channels.wecom.channel import WeComChannel
from bot.channels.wecom.opening import open_accounts

__all__ = ["WeComChannel", "open_accounts"]
