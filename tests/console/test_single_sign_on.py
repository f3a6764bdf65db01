"""Single sign-on by OpenID Connect (I3): who gets in, and that all else leaves the password working."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from bot.checks import check
from bot.console import PREFIX
from bot.console.app import build_console
from bot.console.oidc.settings import OidcSettings
from bot.diagnosis import asked_of
from bot.http import build_http
from bot.settings import Settings, SettingsProblem, load
from bot.voice import DeskVoice
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser
from tests.console.provider import CLIENT, SECRET, LocalProvider, new_key
from tests.desks import desk_for
from tests.spoken import dialogue

BACK = "/sign-in/oidc/back"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return new_key()


@pytest.fixture
async def provider(clock: Clock, key: RSAKey) -> AsyncIterator[LocalProvider]:
    one = LocalProvider(clock, key)
    server = await one.start()
    yield one
    await server.close()


@dataclass
class Desk:
    """The console and the provider it trusts."""

    store: Store
    clock: Clock
    provider: LocalProvider

    def browser(self, **oidc: Any) -> Browser:
        """A browser of a console with these settings."""
        said = {"enabled": True, "issuer": self.provider.issuer, "client_id": CLIENT, "client_secret": SECRET}
        settings = Settings.model_validate(
            {"console": {"oidc": {**said, **oidc}}, "http": {"public_url": "http://desk.test"}}
        )
        check(settings)
        voice = DeskVoice(dialogue())
        console = build_console(
            self.store, settings, self.clock, voice, lambda channel, account: None, desk_for
        )
        app = build_http([], max_body=10_000, max_upload=10_000, mounted={PREFIX: console})
        transport = httpx.ASGITransport(app)
        return Browser(httpx.AsyncClient(transport=transport, base_url="http://desk.test"))

    def deeds(self, count: int) -> list[tuple[str, str]]:
        """The newest deeds on record: what, by what."""
        found = self.store.run(lambda tx: tx.audit.latest(count))
        return [(one.action, one.detail.get("by", "")) for one in found]


@pytest.fixture
def desk(store: Store, clock: Clock, provider: LocalProvider) -> Desk:
    return Desk(store, clock, provider)


async def comes(desk: Desk, browser: Browser, wanted: str = "", **spoilt: str) -> httpx.Response:
    """Away to the provider, signed in there, and back with what it gave."""
    away = await browser.get(f"/sign-in/oidc?next={wanted}")
    assert away.status_code == 303, away.text
    back = {**desk.provider.sign_in(away.headers["location"]), **spoilt}
    return await browser.http.get(PREFIX + BACK, params=back)


async def test_in_by_the_provider(desk: Desk, add: Add) -> None:
    """I3: the session is the console's own: cookie, page that was wanted, audit; known by id from then on."""
    user, browser = add(), desk.browser()
    page = await browser.get("/sign-in?next=/console/orders")
    assert 'href="/console/sign-in/oidc?next=/console/orders"' in page.text
    assert "用公司账号登录" in page.text
    entered = await comes(desk, browser, "/console/orders")
    assert (entered.status_code, entered.headers["location"]) == (303, "/console/orders")
    cookie = entered.headers.get_list("set-cookie")
    assert any(one.startswith("baoxiu_console=") and "HttpOnly" in one for one in cookie)
    assert any(one.startswith("baoxiu_oidc=") and "Max-Age=0" in one for one in cookie)
    assert "李娜" in (await browser.get("/account")).text
    assert desk.deeds(2) == [("signed_in", "oidc"), ("oidc_joined", "")]
    desk.provider.claims = {"preferred_username": "li.na.wang"}  # renamed there
    assert (await comes(desk, desk.browser())).status_code == 303
    desk.provider.claims = {"sub": "u-2"}  # another person has the name now
    refused = await comes(desk, desk.browser())
    assert (refused.status_code, "没有可用的账号" in refused.text) == (403, True)
    desk.store.run(lambda tx: tx.users.change(user.id, desk.clock(), subject=None))
    assert (await comes(desk, desk.browser())).status_code == 303


async def test_what_the_browser_brings_must_be_its_own(desk: Desk, add: Add, browsers: Any) -> None:
    """I3: wrong state, none, another provider's word, a code twice, an old one, a refusal: no session."""
    add()
    browser = desk.browser()
    for spoilt in ({"state": "x"}, {"iss": "https://evil.test"}, {"code": ""}, {"code": "unknown"}):
        refused = await comes(desk, browser, **spoilt)
        assert (refused.status_code, "没有成功" in refused.text) == (401, True), spoilt
        assert 'name="password"' in refused.text
    denied = await comes(desk, browser, error="access_denied")
    assert "没有允许" in denied.text
    assert (await comes(desk, browser, error="server_error")).status_code == 503
    away = await browser.get("/sign-in/oidc")
    back = desk.provider.sign_in(away.headers["location"])
    assert (await desk.browser().http.get(PREFIX + BACK, params=back)).status_code == 401  # another browser
    assert (await browser.http.get(PREFIX + BACK, params=back)).status_code == 303
    assert (await browser.http.get(PREFIX + BACK, params=back)).status_code == 401  # once more
    browser.http.cookies.set("baoxiu_oidc", "bm8=")
    assert (await browser.http.get(PREFIX + BACK, params=back)).status_code == 401
    assert (await browsers().get("/sign-in/oidc")).status_code == 404  # not switched on


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"iss": "https://evil.test"},
        {"exp": 1},
        {"exp": "soon"},
        {"iat": 99_999_999_999},
        {"sub": ""},
        {"sub": 5},
        {"sub": "a\0b"},
    ],
)
async def test_tokens_that_will_not_do(desk: Desk, add: Add, claims: dict[str, Any]) -> None:
    """I3: nonce, audience, issuer, times, subject: each must be right."""
    add()
    desk.provider.claims = claims
    refused = await comes(desk, desk.browser())
    assert (refused.status_code, refused.headers.get("set-cookie", "").count("baoxiu_console")) == (401, 0)
    assert desk.deeds(1) == [("sign_in_failed", "oidc")]


async def test_signatures(desk: Desk, add: Add, key: RSAKey) -> None:
    """I3: by another key, by the shared secret, by nothing: refused; a new key of the provider is fetched."""
    add()
    desk.provider.signed_by = new_key()
    assert (await comes(desk, desk.browser())).status_code == 401
    desk.provider.signed_by = OctKey.import_key(SECRET)  # type: ignore[assignment]
    desk.provider.header = {"alg": "HS256", "kid": "one"}
    assert (await comes(desk, desk.browser())).status_code == 401
    desk.provider.signed_by, desk.provider.header = None, {"alg": "RS256", "kid": "one"}
    browser = desk.browser()
    assert (await comes(desk, browser)).status_code == 303
    assert (await comes(desk, browser)).status_code == 303
    seen = desk.provider.asked.count("keys")
    desk.provider.key, desk.provider.header = new_key("two"), {"alg": "RS256", "kid": "two"}
    assert (await comes(desk, browser)).status_code == 401  # just looked
    desk.clock.forward(minutes=2)
    assert (await comes(desk, browser)).status_code == 303
    assert desk.provider.asked.count("keys") == seen + 1
    assert desk.provider.asked.count("configuration") == 3  # once for each console here


async def test_a_provider_that_is_down(desk: Desk, add: Add, clock: Clock, key: RSAKey) -> None:
    """I3: a clear word, and the password works; it calls itself otherwise, or leads off https: the same."""
    add()
    desk.provider.status = 500
    browser = desk.browser()
    refused = await browser.get("/sign-in/oidc?next=/console/orders")
    assert (refused.status_code, "暂时不可用" in refused.text) == (503, True)
    entered = await browser.post("/sign-in", name="li.na", password=PASSWORD, next="/console/orders")
    assert entered.headers["location"] == "/console/orders"
    desk.provider.status = 200
    honest, desk.provider.issuer = desk.provider.issuer, "http://evil.test"
    assert (await desk.browser(issuer=honest).get("/sign-in/oidc")).status_code == 503
    told = await asked_of(OidcSettings(enabled=True, issuer=honest, client_id=CLIENT))
    assert (told[0].state, "another name" in told[0].detail) == ("FAILED", True)
    nobody = desk.browser(issuer="http://127.0.0.1:9")
    assert (await nobody.get("/sign-in/oidc")).status_code == 503


async def test_who_may_not_enter(desk: Desk, add: Add) -> None:
    """I3: nobody of that name, one who is switched off, one who is locked, a name that is none."""
    add("wang", shown="王")
    for claims in (
        {},
        {"preferred_username": "wang\0"},
        {"preferred_username": None},
    ):
        desk.provider.claims = claims
        assert (await comes(desk, desk.browser())).status_code == 403, claims
    user = add()
    desk.provider.claims = {}
    assert (await comes(desk, desk.browser())).status_code == 303
    desk.store.run(lambda tx: tx.users.change(user.id, desk.clock(), active=False))
    refused = await comes(desk, desk.browser())
    assert (refused.status_code, "联系管理员" in refused.text) == (403, True)
    desk.store.run(lambda tx: tx.users.change(user.id, desk.clock(), active=True))
    for _ in range(6):
        await desk.browser().post("/sign-in", name="li.na", password="wrong")
    locked = await comes(desk, desk.browser())
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "60")


@pytest.mark.parametrize("wanted", ["https://evil.test", "//evil.test", "/console/%5Cevil"])
async def test_it_leads_to_no_other_site(desk: Desk, add: Add, wanted: str) -> None:
    """I3: an address handed along leads nowhere but into the console."""
    add()
    assert (await comes(desk, desk.browser(), wanted)).headers["location"] == "/console"


async def test_a_second_factor_is_asked_for_all_the_same(desk: Desk, add: Add) -> None:
    """I3: whoever set up one-time codes here gives one, whichever way they come."""
    user = add()
    desk.store.run(lambda tx: tx.users.change(user.id, desk.clock(), totp_secret="A" * 32))
    browser = desk.browser()
    entered = await comes(desk, browser, "/console/orders")
    assert entered.headers["location"] == "/console/sign-in/code?next=/console/orders"
    assert (await browser.get("/account")).status_code == 303


async def test_roles_from_groups(desk: Desk, add: Add) -> None:
    """I3: the highest group counts at each sign-in; who has none stays out; the last administrator stays."""
    rule = {"roles": {"desk": "agent", "leads": "supervisor"}}
    chief = add("chief", "admin")
    desk.provider.claims = {"groups": ["desk", "leads", 5], "name": "<b>李</b>"}
    browser = desk.browser(**rule)
    assert (await comes(desk, browser)).status_code == 303
    user = desk.store.run(lambda tx: tx.users.named("li.na"))
    assert user is not None
    assert (user.role, user.shown) == ("supervisor", "<b>李</b>")
    assert "&lt;b&gt;李" in (await browser.get("/account")).text
    desk.provider.claims = {"groups": "desk"}
    assert (await comes(desk, desk.browser(**rule))).status_code == 303
    assert desk.deeds(2) == [("signed_in", "oidc"), ("role_changed", "")]
    assert (await browser.get("/account")).status_code == 303  # the supervisor's session is over
    desk.provider.claims = {"groups": []}
    assert (await comes(desk, desk.browser(**rule))).status_code == 403
    desk.provider.claims = {"groups": ["desk"], "sub": "c", "preferred_username": "chief"}
    assert (await comes(desk, desk.browser(**rule))).status_code == 303
    kept = desk.store.run(lambda tx: tx.users.get(chief.id))
    assert kept is not None
    assert kept.role == "admin"
    assert (await desk.browser().post("/sign-in", name="li.na", password="")).status_code == 401


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("enabled: true", "console.oidc in config.yaml line 2: issuer is required"),
        ("issuer: http://sso.example.com", "console.oidc.issuer in config.yaml line 3: must look like https"),
        (
            "client_secret: x",
            "must not stand in the file; give it as BOT__CONSOLE__OIDC__CLIENT_SECRET or",
        ),
        ("scopes: [email]", "console.oidc.scopes in config.yaml line 3: must hold openid"),
        ("roles: {a: chief}", "console.oidc.roles.a in config.yaml line 3"),
        ("clientid: x", "console.oidc.clientid in config.yaml line 3: there is no such setting"),
        ("{enabled: true, issuer: 'https://a.test', client_id: a}", "http.public_url: is required"),
    ],
)
def test_settings_are_checked_by_key(tmp_path: Path, said: str, told: str) -> None:
    """I3: a bad setting stops the start with a line that names it."""
    file = tmp_path / "config.yaml"
    file.write_text("console:\n  oidc:\n    " + said + "\n")
    with pytest.raises(SettingsProblem) as problem:
        check(load(file, {}))
    assert told in str(problem.value)
