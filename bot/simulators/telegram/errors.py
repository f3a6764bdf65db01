"""Refusals in the Bot API's own words."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """The method is refused: `code` is the HTTP status, too."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def as_json(self) -> dict[str, Any]:
        """The answer's body."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad_request(reason: str) -> Refusal:
    """400 with Telegram's prefix."""
    return Refusal(400, f"Bad Request: {reason}")


def flood(seconds: int) -> Refusal:
    """429: too fast."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", seconds)
