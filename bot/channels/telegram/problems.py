"""What an error of the Bot API means for the delivery that met it."""

from __future__ import annotations

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    TelegramError,
)

from bot.channels.protocol import DeliveryProblem, OutcomeUnknown, Refused, TryLater, Unreachable
from bot.channels.telegram.errors import ConnectTimedOut, FloodControl, NotSent, ServerFault

log = structlog.get_logger(__name__)

TOKEN_REFUSED_SECONDS = 60.0
GATEWAY_TIMEOUT = 504
NOBODY_THERE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "bot was blocked",
    "bot was kicked",
    "peer_id_invalid",
    "input_user_deactivated",
)


def problem_of(error: TelegramError) -> DeliveryProblem:
    """The delivery problem behind the error.

    A gateway timeout and a connection that breaks after the request went out leave the outcome
    unknown; every other failure of the network or the server was before anything was delivered.
    """
    reason = error.message
    if isinstance(error, FloodControl):
        return TryLater(reason, after=error.seconds)
    if isinstance(error, InvalidToken):
        log.error("telegram.token_refused", reason=reason)
        return TryLater("the bot token was refused", TOKEN_REFUSED_SECONDS, account_wide=True)
    if isinstance(error, Forbidden | ChatMigrated) or _nobody(error):
        return Unreachable(reason)
    if isinstance(error, BadRequest):
        return Refused(reason)
    if isinstance(error, ServerFault):
        return OutcomeUnknown(reason) if error.status == GATEWAY_TIMEOUT else TryLater(reason)
    if isinstance(error, NotSent | ConnectTimedOut):
        return TryLater(reason)
    return OutcomeUnknown(reason)


def _nobody(error: TelegramError) -> bool:
    words = error.message.lower()
    return isinstance(error, BadRequest) and any(phrase in words for phrase in NOBODY_THERE)
