"""WeCom's error codes, and what each means for a delivery."""

from __future__ import annotations

import structlog

from bot.channels.protocol import DeliveryProblem, Refused, TryLater, WindowClosed
from bot.channels.wechat.problems import (
    ACCOUNT_PAUSE_SECONDS,
    MINUTE_SECONDS,
    TOKEN_REFUSED,
    ApiProblem,
)

log = structlog.get_logger()

COUNT_USED, OUT_OF_TIME = 95001, 95002
WINDOW_CLOSED = frozenset({COUNT_USED, OUT_OF_TIME})
BAD_TOKEN = 95007  # of sync_msg: the callback's, used up or too old
SESSION_ENDED = 95013
WRONG_STATE = 95018
BUSY_SECONDS = 5.0

_REASONS = {
    COUNT_USED: "all messages allowed per customer message are used up",
    OUT_OF_TIME: "48 hours have passed since the customer's last message",
    SESSION_ENDED: "the session has ended; the customer's next message begins another",
    40096: "not a customer of this account",
    45002: "longer than WeCom allows",
}
_OPERATOR = {
    40013: "corp_id is wrong: check channels.wecom.corp_id",
    40056: "the agent is wrong: the secret must be that of 微信客服",
    48002: "the secret may not use this interface: 微信客服 → API in WeCom's admin pages",
    60011: "the secret may not use this account: 微信客服 → API in WeCom's admin pages",
    60020: "this server's IP is not trusted: add it under 企业可信IP in WeCom's admin pages",
    95000: "there is no such account: compare channels.wecom.accounts with 微信客服 in WeCom's admin pages",
    95011: "微信客服 is used in WeCom itself: let the API take it over in WeCom's admin pages",
    95012: "the corporation is not verified: verify it in WeCom's admin pages",
    95017: "the account belongs to another program: see 微信客服 in WeCom's admin pages",
}
_FAILED = {
    1: "the account was deleted",
    2: "the application is closed",
    4: _REASONS[OUT_OF_TIME],
    5: "the session is closed",
    6: _REASONS[COUNT_USED],
    7: "no Channels account is bound",
    8: "the corporation is not verified",
    9: "no Channels account is bound and the corporation is not verified",
    10: "the customer refused it",
    11: "nobody of the corporation has signed in to WeCom",
    12: "WeCom does not allow this kind of message",
}
CLOSES_WINDOW = frozenset({4, 5, 6})
"""The fail_types after which nothing arrives before the customer writes again."""


def for_delivery(problem: ApiProblem) -> DeliveryProblem:
    """What the postman is to do about this answer."""
    code = problem.code
    if code in WINDOW_CLOSED or code == SESSION_ENDED:
        return WindowClosed(f"{code} {_REASONS[code]}")
    if code == -1:
        return TryLater("-1 WeCom is busy")
    if code == 45033:
        return TryLater("45033 too many calls at once", BUSY_SECONDS, account_wide=True)
    if code == 45009:
        return TryLater("45009 too many calls", MINUTE_SECONDS, account_wide=True)
    if code in TOKEN_REFUSED:
        to_do = "secret or token refused: check channels.wecom.secret" if code == 40001 else "token refused"
        return TryLater(f"{code} {to_do}", MINUTE_SECONDS, account_wide=True)
    if code in _OPERATOR:
        log.error("wecom.account", code=code, to_do=_OPERATOR[code], words=problem.words)
        return TryLater(f"{code} {_OPERATOR[code]}", ACCOUNT_PAUSE_SECONDS, account_wide=True)
    return Refused(f"{code} {_REASONS[code]}" if code in _REASONS else str(problem))


def why_failed(fail_type: int) -> str:
    """What WeCom says of a message that did not arrive."""
    return f"WeCom says {fail_type}: {_FAILED.get(fail_type, 'unknown reason')}"
