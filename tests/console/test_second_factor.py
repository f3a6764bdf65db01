"""One-time codes (I3): RFC 6238, none taken twice, recovery codes once each, required by role."""

from __future__ import annotations

import base64
import html
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import segno

from bot.console import codes
from bot.console.entering import Entrance
from bot.console.settings import ConsoleSettings
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser

RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("at", "expected"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_vectors_of_the_standard(at: int, expected: str) -> None:
    """I3: RFC 6238, appendix B, its last six digits; a step to either side, none twice."""
    now = datetime.fromtimestamp(at, UTC)
    step = at // 30
    assert codes.code(RFC, step) == expected
    assert codes.step_of(RFC, f"{expected[:3]} {expected[3:]}", now, None) == step
    assert codes.step_of(RFC, codes.code(RFC, step - 1), now, None) == step - 1
    assert codes.step_of(RFC, codes.code(RFC, step + 2), now, None) is None
    assert codes.step_of(RFC, expected, now, step) is None
    assert codes.step_of(RFC, "١٢٣٤٥٦", now, None) is None


def shown(page: str) -> str:
    """The secret on the page."""
    return re.findall(r'class="once">([A-Z2-7]+)<', page)[0]


def squares(page: str) -> list[list[int]]:
    """The QR picture on the page as rows of 0 and 1, from its pixels: 5 for each, 4 light ones around."""
    raw = base64.b64decode(re.findall(r'src="data:image/png;base64,([^"]+)"', page)[0])
    wide, at, data = int.from_bytes(raw[16:20]), 8, b""
    assert raw[24:26] == b"\x01\x00"  # a bit a pixel, grey
    while at < len(raw):
        size, kind = int.from_bytes(raw[at : at + 4]), raw[at + 4 : at + 8]
        data += raw[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    lines, step, above, found = zlib.decompress(data), (wide + 7) // 8 + 1, bytes((wide + 7) // 8), []
    for n in range(0, len(lines), step):
        assert lines[n] in (0, 2)  # as it is, or what differs from the line above
        now = lines[n + 1 : n + step]
        above = bytes((a + b) % 256 for a, b in zip(above, now, strict=True)) if lines[n] else now
        found.append(f"{int.from_bytes(above):0{len(above) * 8}b}")
    return [[1 - int(row[x]) for x in range(20, wide - 20, 5)] for row in found[20 : wide - 20 : 5]]


async def test_the_secret_as_a_picture(browser: Browser, add: Add) -> None:
    """I3: the QR code is that of the address a tap would open, and the page's policy lets it be shown."""
    add()
    await browser.sign_in()
    page = await browser.get("/account/second-factor")
    address = html.unescape(re.findall(r'href="(otpauth:[^"]+)"', page.text)[0])
    assert shown(page.text) in address
    assert squares(page.text) == [list(row) for row in segno.make(address, error="m", micro=False).matrix]
    assert "img-src 'self' data:" in page.headers["content-security-policy"]


async def enrolled(browser: Browser, clock: Clock) -> tuple[str, list[str]]:
    """Sets a phone up; its secret and the recovery codes."""
    secret = shown((await browser.get("/account/second-factor")).text)
    step = int(clock().timestamp()) // 30
    wrong = await browser.post("/account/second-factor", secret=secret, code="000000")
    assert (wrong.status_code, "验证码不对" in wrong.text) == (422, True)
    page = await browser.post("/account/second-factor", secret=secret, code=codes.code(secret, step))
    return secret, re.findall(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>", page.text)


async def test_codes_when_signing_in(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """I3: the password alone opens nothing; a code once, a recovery code once; guesses lock."""
    user = add()
    mine, other = browsers(), browsers()
    await mine.sign_in()
    secret, recovery = await enrolled(mine, clock)
    assert len(recovery) == codes.RECOVERY_CODES
    kept = store.run(lambda tx: tx.users.get(user.id))
    assert kept is not None
    assert not set(recovery) & set(kept.recovery)
    entered = await other.post("/sign-in", name="li.na", password=PASSWORD, next="/console/orders")
    assert entered.headers["location"] == "/console/sign-in/code?next=/console/orders"
    assert (await other.get("/account")).status_code == 303
    assert (await other.get("/sign-in/code")).status_code == 200
    used = codes.code(secret, int(clock().timestamp()) // 30)
    assert (await other.post("/sign-in/code", code=used)).status_code == 401  # it set the phone up
    clock.forward(seconds=30)
    following = codes.code(secret, int(clock().timestamp()) // 30)
    half = other.http.cookies["baoxiu_console"]
    done = await other.post("/sign-in/code", code=following, next="/console/orders")
    assert done.headers["location"] == "/console/orders"
    assert other.http.cookies["baoxiu_console"] != half
    third = browsers()
    await third.post("/sign-in", name="li.na", password=PASSWORD)
    assert (await third.post("/sign-in/code", code=following)).status_code == 401  # replayed
    assert (await third.post("/sign-in/code", code=recovery[0].upper())).status_code == 303
    await third.post("/sign-in", name="li.na", password=PASSWORD)
    assert (await third.post("/sign-in/code", code=recovery[0])).status_code == 401
    for _ in range(4):
        await third.post("/sign-in/code", code="000000")
    assert (await third.post("/sign-in/code", code=recovery[1])).status_code == 429


async def test_half_a_sign_in_ends_soon(clock: Clock, browsers: Callable[[], Browser], add: Add) -> None:
    """I3: the code has five minutes; without a password there is no page for it."""
    add()
    mine, other = browsers(), browsers()
    assert (await other.get("/sign-in/code")).status_code == 303
    await mine.sign_in()
    secret, _ = await enrolled(mine, clock)
    await other.post("/sign-in", name="li.na", password=PASSWORD)
    clock.forward(minutes=6)
    late = codes.code(secret, int(clock().timestamp()) // 30)
    assert (await other.post("/sign-in/code", code=late)).headers["location"].startswith("/console/sign-in?")


async def test_switched_off_or_required(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """I3: off with the password; where the role needs it, nothing opens before it is set up."""
    user = add()
    await browser.sign_in()
    await enrolled(browser, clock)
    await browser.get("/account")
    assert (await browser.post("/account/second-factor/off", old="wrong")).status_code == 422
    assert (await browser.post("/account/second-factor/off", old=PASSWORD)).status_code == 303
    kept = store.run(lambda tx: tx.users.get(user.id))
    assert kept is not None
    assert (kept.totp_secret, kept.recovery) == (None, [])
    strict = Entrance(store, ConsoleSettings(second_factor_roles=("agent",)), clock)
    visitor = await strict.visitor(browser.http.cookies["baoxiu_console"])
    assert visitor is not None
    assert visitor.wanted == "second_factor"
