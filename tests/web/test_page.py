"""The page as it is served: its policy, its words, its files (I3)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.channels.web import words
from bot.channels.web.limits import Buckets, Rate
from bot.channels.web.page import STATIC, TEMPLATES, data_block
from bot.channels.web.visitors import peer_of


async def test_headers(chat: Any) -> None:
    page = await chat.stranger().get("/chat")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"


async def test_the_cookie(chat: Any, open_chat: Any) -> None:
    page = await chat.stranger().get("/chat")
    cookie = page.headers["set-cookie"]
    assert re.fullmatch(r"visitor=[\w-]{43}; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax", cookie)
    secure = await open_chat(secure=True).stranger().get("/chat")
    assert secure.headers["set-cookie"].startswith("__Host-visitor=")
    assert "Secure" in secure.headers["set-cookie"]


async def test_a_known_visitor_keeps_the_cookie_and_a_forged_one_is_replaced(chat: Any) -> None:
    visitor = await chat.visitor()
    token = visitor.cookies["visitor"]
    assert f"visitor={token};" in (await visitor.get("/chat")).headers["set-cookie"]
    forged = await chat.stranger().get("/chat", headers={"cookie": "visitor=1"})
    assert "visitor=1;" not in forged.headers["set-cookie"]


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "zh-CN,zh;q=0.9", "zh-CN"),
        ("", "en-US,en", "en"),
        ("", "fr,en;q=0.5", "en"),
        ("", "fr", "zh-CN"),
        ("", "", "zh-CN"),
        ("?lang=en", "zh", "en"),
        ("?lang=<script>", "zh", "zh-CN"),
    ],
)
async def test_the_language_of_the_page(chat: Any, query: str, accepted: str, language: str) -> None:
    page = await chat.stranger().get(f"/chat{query}", headers={"accept-language": accepted})
    assert f'<html lang="{language}">' in page.text


async def test_static_files(chat: Any) -> None:
    stranger = chat.stranger()
    page = await stranger.get("/chat")
    names = set(re.findall(r"/chat/static/([\w.-]+)", page.text))
    scripts = {path.name for path in (STATIC / "chat").iterdir()}
    for name in names | scripts:
        answer = await stranger.get(f"/chat/static/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = await stranger.get(f"/chat/static/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
    for name in ("chat.html", "..%2f..%2fsettings.py", "nothing.js"):
        assert (await stranger.get(f"/chat/static/{name}")).status_code == 404


def test_no_inline_script_or_style_and_no_foreign_address() -> None:
    """The content policy allows neither, and the page works without the internet."""
    sources = [*TEMPLATES.glob("*.html"), *(STATIC / "chat").iterdir()]
    for path in sources:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text), path
        assert not re.search(r"\s(style|on\w+)=\"", text), path
        assert not re.search(r"[\"'(]https?://", text), path
        assert "innerHTML" not in text, path
        assert "insertAdjacentHTML" not in text, path


def keys(part: Any, prefix: str = "") -> set[str]:
    if not isinstance(part, dict):
        return {prefix}
    return set().union(*(keys(value, f"{prefix}.{name}") for name, value in part.items()))


def test_both_languages_say_the_same_things() -> None:
    catalogue = words.read()
    assert keys(catalogue["zh"]) == keys(catalogue["en"])


def test_every_word_the_scripts_ask_for_exists() -> None:
    catalogue = keys(words.read()["zh"])
    asked: set[str] = set()
    for path in [*(STATIC / "chat").glob("*.js"), TEMPLATES / "chat.html"]:
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"\bt\(\"([\w.]+)\"", text))
        asked |= set(re.findall(r'data-(?:words|label|placeholder)="([\w.]+)"', text))
    assert len(asked) > 20
    assert {f".{key}" for key in asked} <= catalogue


def test_data_cannot_leave_its_element() -> None:
    block = data_block({"a": "</script><script>alert(1)</script>\u2028"})
    assert "</script" not in block
    assert "\u2028" not in block


def test_a_peer_does_not_tell_the_token() -> None:
    assert peer_of("a" * 43) != peer_of("b" * 43)
    assert "a" * 6 not in peer_of("a" * 43)


def test_buckets_forget_what_is_full(tmp_path: Path) -> None:
    now = 0.0
    buckets = Buckets(Rate(1, 1), lambda: now, remember=3)
    for name in "abcdef":
        assert buckets.wait(name) == 0
    assert len(buckets._left) <= 4
    assert buckets.wait("f") == pytest.approx(1)
    now = 1.0
    assert buckets.wait("f") == 0
