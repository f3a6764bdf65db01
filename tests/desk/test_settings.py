"""Settings: a public contract; what is wrong stops the start with one line naming it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings
from bot.checks import check
from bot.settings import PROJECT, SettingsProblem

WECOM = {
    "WECOM__ENABLED": "true",
    "WECOM__CORP_ID": "ww",
    "WECOM__SECRET": "s",
    "WECOM__TOKEN": "t",
    "WECOM__ENCODING_AES_KEY": "a" * 43,
    "WECOM__ACCOUNTS": "[{open_kfid: wk1}]",
}


def test_the_shipped_file_is_valid_and_names_every_setting() -> None:
    import yaml

    written = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
    assert _keys(settings.load(environ={}).model_dump()) == _keys(written)


def _keys(values: dict, above: str = "") -> set[str]:
    found = set()
    for key, value in values.items():
        found.add(above + key)
        if isinstance(value, dict) and key not in ("name", "hours"):
            found |= _keys(value, f"{above}{key}.")
    return found


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("BOT__HTTP__HOST", "0.0.0.0", lambda s: s.http.host == "0.0.0.0"),
        ("BOT__HTTP__PORT", "9000", lambda s: s.http.port == 9000),
        ("BOT__DATABASE__URL", "postgresql://h/x", lambda s: s.database_url == "postgresql://h/x"),
        ("BOT__DATA_DIR", "/tmp/d", lambda s: s.data_path == Path("/tmp/d")),
        ("BOT__CHANNELS__REST__ENABLED", "true", lambda s: s.channels.rest.enabled),
        ("BOT__CHANNELS__REST__TOKEN", "123", lambda s: s.channels.rest.token.get_secret_value() == "123"),
        ("BOT__CHANNELS__WEB__ENABLED", "false", lambda s: not s.channels.web.enabled),
        ("BOT__CHANNELS__TELEGRAM__ENABLED", "1", lambda s: s.channels.telegram.enabled),
        ("BOT__CHANNELS__TELEGRAM__TOKEN", "1:a", lambda s: bool(s.channels.telegram.token)),
        ("BOT__CHANNELS__TELEGRAM__MODE", "webhook", lambda s: s.channels.telegram.mode == "webhook"),
        ("BOT__CHANNELS__TELEGRAM__SECRET_TOKEN", "s", lambda s: bool(s.channels.telegram.secret_token)),
        (
            "BOT__CHANNELS__TELEGRAM__API_BASE",
            "http://x",
            lambda s: s.channels.telegram.api_base == "http://x",
        ),
        ("BOT__CHANNELS__WECHAT__ENABLED", "true", lambda s: s.channels.wechat.enabled),
        ("BOT__CHANNELS__WECHAT__APP_ID", "wx", lambda s: s.channels.wechat.app_id == "wx"),
        ("BOT__CHANNELS__WECHAT__APP_SECRET", "s", lambda s: bool(s.channels.wechat.app_secret)),
        ("BOT__CHANNELS__WECHAT__TOKEN", "t", lambda s: bool(s.channels.wechat.token)),
        ("BOT__CHANNELS__WECHAT__ENCODING_AES_KEY", "k", lambda s: bool(s.channels.wechat.encoding_aes_key)),
        ("BOT__CHANNELS__WECHAT__MODE", "plain", lambda s: s.channels.wechat.mode == "plain"),
        ("BOT__CHANNELS__WECHAT__API_BASE", "http://x", lambda s: s.channels.wechat.api_base == "http://x"),
        ("BOT__CHANNELS__WECOM__ENABLED", "true", lambda s: s.channels.wecom.enabled),
        ("BOT__CHANNELS__WECOM__CORP_ID", "ww", lambda s: s.channels.wecom.corp_id == "ww"),
        ("BOT__CHANNELS__WECOM__SECRET", "s", lambda s: bool(s.channels.wecom.secret)),
        (
            "BOT__CHANNELS__WECOM__ACCOUNTS",
            "[{open_kfid: wk1}]",
            lambda s: s.channels.wecom.accounts[0].open_kfid == "wk1",
        ),
        ("BOT__DEMO", "true", lambda s: s.demo),
    ],
)
def test_the_environment_form_is_kept(name: str, value: str, where) -> None:
    assert where(settings.load(environ={name: value}))


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"BOT__HTTP__PORT": "eighty"}, "BOT__HTTP__PORT: "),
        ({"BOT__HTTP__PROT": "80"}, "BOT__HTTP__PROT: there is no such setting"),
        ({"BOT__NONSENSE": "1"}, "BOT__NONSENSE: there is no such setting"),
        ({"BOT__CHANNELS__TELEGRAM__MODE": "pigeon"}, "BOT__CHANNELS__TELEGRAM__MODE: "),
        ({"BOT__SERVICE__ZONE": "Mars/Olympus"}, "BOT__SERVICE__ZONE: 'Mars/Olympus' is not a time zone"),
        ({"BOT__SERVICE__COUNTRIES": "[CN"}, "BOT__SERVICE__COUNTRIES: not a valid list"),
        (
            {"BOT__CHANNELS__TELEGRAM__TOKEN_FILE": "/no/such"},
            "BOT__CHANNELS__TELEGRAM__TOKEN_FILE: cannot read",
        ),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsProblem) as problem:
        settings.load(environ=environ)
    assert str(problem.value).startswith(message)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("http:\n\tport: 1", "line 2: not valid YAML"),
        ("http: {port: eighty}", "http.port in bad.yaml line 1: "),
        ("demo: false\nhtpp: {port: 80}", "htpp in bad.yaml line 2: there is no such setting"),
        ("- one", "must hold keys and values"),
    ],
)
def test_a_bad_file_is_one_line_that_names_the_key(tmp_path: Path, words: str, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(words)
    with pytest.raises(SettingsProblem, match=message.replace(".", r"\.")):
        settings.load(path, environ={})


def test_secrets_come_from_files_and_never_show(tmp_path: Path) -> None:
    """I3: secrets only from environment or file references."""
    secret = tmp_path / "telegram"
    secret.write_text("42:very-secret\n")
    loaded = settings.load(environ={"BOT__CHANNELS__TELEGRAM__TOKEN_FILE": str(secret)})
    assert loaded.channels.telegram.token is not None
    assert loaded.channels.telegram.token.get_secret_value() == "42:very-secret"
    assert "very-secret" not in repr(loaded)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"REST__ENABLED": "true"}, "channels.rest.token"),
        ({"TELEGRAM__ENABLED": "true"}, "channels.telegram.token"),
        ({"TELEGRAM__ENABLED": "true", "TELEGRAM__TOKEN": "abc"}, "channels.telegram.token"),
        (
            {"TELEGRAM__ENABLED": "true", "TELEGRAM__TOKEN": "1:a", "TELEGRAM__MODE": "webhook"},
            "channels.telegram.secret_token",
        ),
        ({"WECHAT__ENABLED": "true"}, "channels.wechat.app_id"),
        ({"WECOM__ENABLED": "true"}, "channels.wecom.corp_id"),
        ({**WECOM, "WECOM__SECRET": ""}, "channels.wecom.secret"),
        ({**WECOM, "WECOM__ACCOUNTS": "[]"}, "channels.wecom.accounts"),
        ({**WECOM, "WECOM__ENCODING_AES_KEY": "short"}, "channels.wecom.encoding_aes_key"),
        (
            {**WECOM, "WECOM__ACCOUNTS": "[{open_kfid: a}, {open_kfid: a}]"},
            "channels.wecom.accounts: a stands there twice",
        ),
        (
            {
                "WECHAT__ENABLED": "true",
                "WECHAT__APP_ID": "a",
                "WECHAT__APP_SECRET": "b",
                "WECHAT__TOKEN": "c",
            },
            "channels.wechat.encoding_aes_key",
        ),
    ],
)
def test_settings_that_do_not_fit_together_are_named(environ: dict[str, str], named: str) -> None:
    loaded = settings.load(environ={f"BOT__CHANNELS__{key}": value for key, value in environ.items()})
    with pytest.raises(SettingsProblem, match=named.replace(".", r"\.")):
        check(loaded)
