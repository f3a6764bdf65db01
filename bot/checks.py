"""Checks before the start: settings that only make sense together."""

from __future__ import annotations

from pydantic import SecretStr

from bot.settings import Settings, SettingsProblem, Telegram, WeChat, WeCom

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
    if channels.wecom.enabled:
        _check_wecom(channels.wecom)
    if settings.console.oidc.enabled and not settings.http.public_url:
        raise SettingsProblem(
            "http.public_url: is required when console.oidc is enabled: browsers come back there"
        )
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
    _check_aes_key("channels.wechat", wechat.encoding_aes_key)


def _check_wecom(wecom: WeCom) -> None:
    for name in ("corp_id", "secret", "token", "accounts"):
        if not getattr(wecom, name):
            raise SettingsProblem(f"channels.wecom.{name}: is required when WeCom is enabled")
    _check_aes_key("channels.wecom", wecom.encoding_aes_key)
    names = [account.open_kfid for account in wecom.accounts]
    if doubled := next((name for name in names if names.count(name) > 1), None):
        raise SettingsProblem(f"channels.wecom.accounts: {doubled} stands there twice")


def _check_aes_key(section: str, given: SecretStr | None) -> None:
    key = given.get_secret_value() if given else ""
    if len(key) != AES_KEY_LENGTH or not key.isalnum():
        raise SettingsProblem(
            f"{section}.encoding_aes_key: must be the {AES_KEY_LENGTH} letters and digits"
            " of the platform's page"
        )
