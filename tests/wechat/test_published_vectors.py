"""The envelope on the platforms' published samples and against an independent decoder (I3)."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat.envelope import BadKey, Envelope, Forbidden, signature
from bot.channels.wechat.xml import Malformed, read

OFFICIAL = {
    "app_id": "wx2c2769f8efd9abc2",
    "token": "spamtest",
    "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
OFFICIAL_QUERY = {
    "timestamp": "1409735669",
    "nonce": "1320562132",
    "encrypt_type": "aes",
    "msg_signature": "5d197aaffba7e9b25a30732f161a50dee96bd5fa",
}
OFFICIAL_ENCRYPT = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9"
    "FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3y"
    "t+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v"
    "6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
WECOM = {
    "app_id": "wx5823bf96d3bd56c7",
    "token": "QDG6eK",
    "encoding_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
}
WECOM_QUERY = {
    "timestamp": "1409659813",
    "nonce": "1372623149",
    "encrypt_type": "aes",
    "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
}
WECOM_ENCRYPT = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvu"
    "JTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwG"
    "c2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9"
    "EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0"
    "lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)


def envelope(account: dict[str, str], at: str, mode: str = "safe") -> Envelope:
    now = datetime.fromtimestamp(int(at), UTC)
    return Envelope(**account, mode=mode, replay_window=600, clock=lambda: now, random=Random(3))


def wrapped(encrypt: str) -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[a]]></ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>".encode()
    )


def test_the_official_accounts_sample_opens() -> None:
    """I3: token spamtest, appid wx2c2769f8efd9abc2."""
    opened = envelope(OFFICIAL, "1409735669").open(OFFICIAL_QUERY, wrapped(OFFICIAL_ENCRYPT))
    assert opened.encrypted
    assert opened.fields["Content"] == "abcdteT"
    assert opened.fields["FromUserName"] == "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
    assert opened.fields["MsgId"] == "6054768590064713728"


def test_the_official_url_signature_verifies() -> None:
    """I3: the same sample's plain signature and echostr."""
    query = {
        "signature": "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a",
        "timestamp": "1409735669",
        "nonce": "1320562132",
        "echostr": "shr5ch",
    }
    assert envelope(OFFICIAL, "1409735669").verify(query) == "shr5ch"


def test_the_wecom_sample_opens() -> None:
    """I3: token QDG6eK, corpid wx5823bf96d3bd56c7."""
    opened = envelope(WECOM, "1409659813").open(WECOM_QUERY, wrapped(WECOM_ENCRYPT))
    assert opened.fields["Content"] == "hello"
    assert opened.fields["FromUserName"] == "mycreate"


@pytest.mark.parametrize("name", ["timestamp", "nonce", "msg_signature"])
def test_a_changed_sample_is_refused(name: str) -> None:
    """I3: every signed part counts."""
    query = {**OFFICIAL_QUERY, name: OFFICIAL_QUERY[name][:-1] + "0"}
    with pytest.raises(Forbidden):
        envelope(OFFICIAL, "1409735669").open(query, wrapped(OFFICIAL_ENCRYPT))


def test_a_sample_meant_for_another_account_is_refused() -> None:
    """I3: the appid at the end of the plain text is checked."""
    other = {**OFFICIAL, "app_id": "wx0000000000000000"}
    with pytest.raises(Forbidden, match="another account"):
        envelope(other, "1409735669").open(OFFICIAL_QUERY, wrapped(OFFICIAL_ENCRYPT))


def test_a_sample_under_another_key_is_refused() -> None:
    """I3: a right signature does not save what cannot be decrypted."""
    other = {**OFFICIAL, "encoding_aes_key": WECOM["encoding_aes_key"]}
    with pytest.raises(Forbidden):
        envelope(other, "1409735669").open(OFFICIAL_QUERY, wrapped(OFFICIAL_ENCRYPT))


@pytest.mark.parametrize("hours", [-1, 1])
def test_an_old_or_future_sample_is_a_replay(hours: int) -> None:
    """I3: replays are refused beyond the window."""
    at = str(1409735669 + int(timedelta(hours=hours).total_seconds()))
    with pytest.raises(Forbidden, match="replay window"):
        envelope(OFFICIAL, at).open(OFFICIAL_QUERY, wrapped(OFFICIAL_ENCRYPT))


@pytest.mark.parametrize("key", ["", "short", "?" * 43, "abc" * 15])
def test_a_bad_key_is_named_at_start(key: str) -> None:
    with pytest.raises(BadKey):
        envelope({**OFFICIAL, "encoding_aes_key": key}, "1409735669")


def decoded(encrypt: str, key: str) -> tuple[str, str]:
    """An independent reading of the encrypted form: (message, app id)."""
    secret = base64.b64decode(key + "=")
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    padded = decryptor.update(base64.b64decode(encrypt)) + decryptor.finalize()
    unpadder = padding.PKCS7(256).unpadder()
    plain = unpadder.update(padded) + unpadder.finalize()
    size = int.from_bytes(plain[16:20], "big")
    return plain[20 : 20 + size].decode(), plain[20 + size :].decode()


def encoded(message: str, app_id: str, key: str, head: bytes) -> str:
    """An independent writing of the encrypted form."""
    secret = base64.b64decode(key + "=")
    content = message.encode()
    plain = head + len(content).to_bytes(4, "big") + content + app_id.encode()
    padder = padding.PKCS7(256).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(message=texts)
def test_what_we_seal_an_independent_decoder_opens(message: str) -> None:
    """I3: encryption, length, appid, padding, signature."""
    sealed = read(envelope(OFFICIAL, "1409735669").seal(message))
    assert decoded(sealed["Encrypt"], OFFICIAL["encoding_aes_key"]) == (message, OFFICIAL["app_id"])
    parts = sorted(["spamtest", sealed["TimeStamp"], sealed["Nonce"], sealed["Encrypt"]])
    assert sealed["MsgSignature"] == hashlib.sha1("".join(parts).encode()).hexdigest()


@given(content=st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn"]), max_size=200),
       head=st.binary(min_size=16, max_size=16))  # fmt: skip
def test_what_an_independent_encoder_seals_we_open(content: str, head: bytes) -> None:
    """I3: the other direction, with every padding length."""
    safe = content.replace("]]>", "")
    xml = f"<xml><Content><![CDATA[{safe}]]></Content></xml>"
    encrypt = encoded(xml, OFFICIAL["app_id"], OFFICIAL["encoding_aes_key"], head)
    query = {**OFFICIAL_QUERY, "msg_signature": signature("spamtest", "1409735669", "1320562132", encrypt)}
    opened = envelope(OFFICIAL, "1409735669").open(query, wrapped(encrypt))
    assert opened.fields["Content"] == safe


@settings(max_examples=200)
@given(
    encrypt=st.one_of(
        st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()), st.text("ab=/+", max_size=80)
    )
)
def test_rightly_signed_garbage_is_turned_away(encrypt: str) -> None:
    """I3: whoever knows the token but not the key gets nothing through, and no traceback out."""
    query = {**OFFICIAL_QUERY, "msg_signature": signature("spamtest", "1409735669", "1320562132", encrypt)}
    with pytest.raises((Forbidden, Malformed)):
        envelope(OFFICIAL, "1409735669").open(query, wrapped(encrypt))
