"""The console's pages: templates with everything escaped, and the headers each answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.channels.web.words import language_of
from bot.console import PREFIX
from bot.console.navigation import open_to
from bot.console.preferences import preferred
from handlers.report_words import shown
from nlu import yml

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
LANGUAGE, THEME = "console_language", "console_theme"
THEMES = ("light", "dark")


class Pages:
    """Renders templates in the language and the colours that the browser asks for."""

    def __init__(self, service: Mapping[str, str], zone: str, default: str) -> None:
        self._service = service
        self._zone = ZoneInfo(zone)
        self._default = default
        self._words: dict[str, dict[str, Any]] = said(HERE / "words")
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "clock": self._clock,
            "day": self.day,
            "moment": self._moment,
            "since": _since,
            "thing": _thing,
        }

    def language(self, request: Request) -> str:
        """zh or en: what was chosen, else what the browser prefers."""
        chosen = request.cookies.get(LANGUAGE, "")
        if chosen in self._words:
            return chosen
        return language_of(request.headers.get("accept-language", ""), self._default)

    def words(self, request: Request) -> dict[str, Any]:
        """Every word in the request's language."""
        return self._words[self.language(request)]

    def answer(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """The page or the part of one."""
        language = self.language(request)
        theme = request.cookies.get(THEME, "")
        visitor = getattr(request.state, "visitor", None)
        html = self._templates.get_template(template).render(
            language=language,
            theme=theme if theme in THEMES else "",
            service=self._service.get(language) or next(iter(self._service.values())),
            base=PREFIX,
            w=self._words[language],
            visitor=visitor,
            prefers=preferred(visitor.user.preferences if visitor else {}),
            sections=open_to(visitor.user.role) if visitor else [],
            path=request.url.path,
            **values,
        )
        return HTMLResponse(html, status)

    def problem(self, request: Request, status: int, word: str, who: str = "") -> HTMLResponse:
        """A page, or for a part of one a line, that says what went wrong."""
        part = request.headers.get("hx-request") == "true"
        return self.answer(
            request, "problem_part.html" if part else "problem.html", status, problem=word, who=who
        )

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """The day on the service's clock."""
        return f"{at.astimezone(self._zone):%Y-%m-%d}"

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"


def said(folder: Path) -> dict[str, dict[str, Any]]:
    """The words of all files together; raises ValueError where two say the same, or templates cannot."""
    words: dict[str, dict[str, Any]] = {}
    for source in sorted(folder.glob("*.yml")):
        _join(words, yml.read(source), source.name)
    return words


def _join(words: dict[str, Any], more: dict[str, Any], where: str) -> None:
    for key, said in more.items():
        if hasattr(words, str(key)):
            raise ValueError(f"{where}: {key} means something else in templates; it needs another name")
        if isinstance(said, dict) and isinstance(words.setdefault(key, {}), dict):
            _join(words[key], said, where)
        elif key in words:
            raise ValueError(f"{where}: {key} is said in another file already")
        else:
            words[key] = said


def _since(at: datetime, now: datetime) -> str:
    """How long ago, short: 45 s, 12 min, 3 h, 2 d."""
    seconds = max(0, int((now - at).total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _thing(fields: Mapping[str, Any], language: str) -> str:
    """What an order is about: maker and appliance."""
    return " ".join(filter(None, (shown(fields, name, language) for name in ("brand", "product"))))
