"""The chat page itself: one template, its words inside, its scripts and styles beside it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from bot.channels.web.refusals import PAGE_POLICY
from bot.channels.web.words import Catalogue, language_of
from bot.settings import PROJECT

TEMPLATES = PROJECT / "bot" / "templates"
STATIC = PROJECT / "bot" / "static"


class Page:
    """Renders a template with strict security headers; `facts` are said to the page as they are."""

    def __init__(self, template: str, catalogue: Catalogue, facts: dict[str, Any], default: str) -> None:
        templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())
        self._template = templates.get_template(template)
        self._catalogue = catalogue
        self._facts = facts
        self._default = default

    def answer(self, request: Request) -> HTMLResponse:
        """The page in the language asked for by `?lang=` or by the browser."""
        asked = request.query_params.get("lang", "")
        accepted = request.headers.get("accept-language", "")
        language = asked if asked in self._catalogue else language_of(accepted, self._default)
        html = self._template.render(
            language=language,
            words=self._catalogue[language],
            facts=self._facts,
            data=data_block({"words": self._catalogue, "language": language, **self._facts}),
        )
        headers = {
            "Content-Security-Policy": PAGE_POLICY,
            "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(self)",
            "Cache-Control": "no-store",
        }
        return HTMLResponse(html, headers=headers)


def data_block(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))  # noqa: S704 - escaped here
