"""Checks before the start: settings that only make sense together."""

from __future__ import annotations

from bot.settings import Settings, SettingsProblem, Telegram, WeChat

AES_KEY_LENGTH = 43
WECHAT_RESERVE_SECONDS = 1.0


def check(settings: Settings) -> None:
    """Raise SettingsProblem naming the first setting that is missing or does not fit."""
    channels = settings.channels
    if channels.rest.enabled and channels.rest.token is None and not settings.demo:
        raise SettingsProblem("channels.rest.token: is required when the REST channel is on outside the demo")
    if channels.telegram.enabled:
        _check_telegram(channels.telegram)
    if channels.wechat.enabled:
        _check_wechat(channels.wechat)
        _check_advice_in_time(settings)
    if settings.understanding.clarify > settings.understanding.accept:
        raise SettingsProblem("understanding.clarify: must not be above understanding.accept")
    if settings.drafts.remind_after_minutes >= settings.drafts.expire_after_hours * 60:
        raise SettingsProblem("drafts.remind_after_minutes: must come before drafts.expire_after_hours")


def _check_advice_in_time(settings: Settings) -> None:
    advisor, passive = settings.advisor, settings.channels.wechat.passive_seconds
    if advisor.enabled and advisor.timeout_seconds > passive - WECHAT_RESERVE_SECONDS:
        raise SettingsProblem(
            "advisor.timeout_seconds: must leave a second of channels.wechat.passive_seconds for the turn"
            f" (at most {passive - WECHAT_RESERVE_SECONDS:g})"
        )


def _check_telegram(telegram: Telegram) -> None:
    if telegram.token is None:
        raise SettingsProblem("channels.telegram.token: is required when Telegram is enabled")
    bot_id, _, secret = telegram.token.get_secret_value().partition(":")
    if not (bot_id.isascii() and bot_id.isdigit() and secret):
        raise SettingsProblem("channels.telegram.token: must look like 123456:ABC…, as BotFather gives it")
    if telegram.mode == "webhook" and telegram.secret_token is None:
        raise SettingsProblem("channels.telegram.secret_token: is required in webhook mode")


def _check_wechat(wechat: WeChat) -> None:
    for name in ("app_id", "app_secret", "token"):
        if not getattr(wechat, name):
            raise SettingsProblem(f"channels.wechat.{name}: is required when WeChat is enabled")
    if wechat.mode == "plain":
        return
    key = wechat.encoding_aes_key.get_secret_value() if wechat.encoding_aes_key else ""
    if len(key) != AES_KEY_LENGTH or not key.isalnum():
        raise SettingsProblem(
            f"channels.wechat.encoding_aes_key: must be the {AES_KEY_LENGTH} letters and digits"
            " of the platform's page"
        )
