"""WeChat's error codes, and what each means for a delivery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import structlog

from bot.channels.protocol import (
    DeliveryProblem,
    Refused,
    TryLater,
    Unreachable,
    WindowClosed,
)

log = structlog.get_logger()

TOKEN_REFUSED = frozenset({40001, 40014, 42001})
MENU_REFUSED = frozenset({40008, 40200, 45002, 45098})  # sent again as numbered text
WINDOW_CLOSED = frozenset({45015, 45047})
MEDIA_GONE = frozenset({40007, 40004, 41006})

MINUTE_SECONDS = 60.0
ACCOUNT_PAUSE_SECONDS = 600.0
LOCKED_PAUSE_SECONDS = 3600.0
QUOTA_ZONE = timezone(timedelta(hours=8))  # WeChat's daily quotas begin again at midnight in China

_REASONS = {
    40003: "not a follower's openid of this account",
    43004: "the customer does not follow the account",
    43019: "the customer has blocked the account",
    43101: "the customer refused messages",
    48002: "the customer turned messages off",
    45002: "longer than WeChat allows",
    45015: "48 hours have passed since the customer's last message",
    45047: "all messages allowed per customer message are used up",
}
_OPERATOR = {
    48001: "the account may not use this interface: verify the account or apply for it in mp.weixin.qq.com",
    48004: "the interface is banned for this account: see the notice in mp.weixin.qq.com",
    50002: "the account is restricted: see the notice in mp.weixin.qq.com",
    40164: "this server's IP is not on the whitelist: add it under Basic Configuration in mp.weixin.qq.com",
    40125: "app_secret is wrong: check channels.wechat.app_secret",
    40013: "app_id is wrong: check channels.wechat.app_id",
    41002: "app_id is missing: check channels.wechat.app_id",
    41004: "app_secret is missing: check channels.wechat.app_secret",
    40243: "app_secret is frozen: thaw it in mp.weixin.qq.com",
    89503: "the account's administrator must confirm this server in WeChat",
}

_TEMPLATE = {
    40037: "there is no such template: compare notices.templates with 模板消息 in mp.weixin.qq.com",
    43101: "the customer refused template messages",
    45009: "today's template messages are used up",
    47003: "the template has other keywords, or one was filled wrongly: see notices.templates",
    48001: "the account may not send template messages: apply for them in mp.weixin.qq.com",
    48004: "template messages are banned for this account: see the notice in mp.weixin.qq.com",
}


class ApiProblem(Exception):
    """WeChat answered with an error code; `code` and `words` are WeChat's."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(f"{code} {words[:160]}".strip())
        self.code = code
        self.words = words[:200]


def for_delivery(problem: ApiProblem, clock: Callable[[], datetime]) -> DeliveryProblem:
    """What the postman is to do about this answer."""
    code = problem.code
    if code in (43004, 43019, 43101, 48002):
        return Unreachable(_say(code))
    if code in WINDOW_CLOSED:
        return WindowClosed(_say(code))
    if code == -1:
        return TryLater("-1 WeChat is busy")
    if code == 45011:
        return TryLater("45011 too many calls this minute", MINUTE_SECONDS, account_wide=True)
    if code == 45009:
        return TryLater("45009 today's calls are used up", _until_new_quota(clock()), account_wide=True)
    if code in TOKEN_REFUSED:
        return TryLater(f"{code} the access token is refused", MINUTE_SECONDS, account_wide=True)
    if code in _OPERATOR:
        log.error("wechat.account", code=code, to_do=_OPERATOR[code], words=problem.words)
        wait = LOCKED_PAUSE_SECONDS if code in (48004, 50002) else ACCOUNT_PAUSE_SECONDS
        return TryLater(f"{code} {_OPERATOR[code]}", wait, account_wide=True)
    return Refused(_say(code) if code in _REASONS else str(problem))


def for_template(problem: ApiProblem, clock: Callable[[], datetime]) -> DeliveryProblem:
    """The same for a template: what only templates are refused for waits for the customer's next message."""
    if problem.code not in _TEMPLATE:
        return for_delivery(problem, clock)
    log.error("wechat.template", code=problem.code, to_do=_TEMPLATE[problem.code], words=problem.words)
    return WindowClosed(f"{problem.code} {_TEMPLATE[problem.code]}")


def _say(code: int) -> str:
    return f"{code} {_REASONS[code]}"


def _until_new_quota(now: datetime) -> float:
    """Seconds to the next midnight in China, at most an hour: the quota may be raised meanwhile."""
    local = now.astimezone(QUOTA_ZONE)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=5, microsecond=0)
    return min((midnight - local).total_seconds(), 3600.0)
