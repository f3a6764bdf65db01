"""Values of a conversation: told, skipped, or not known."""

from __future__ import annotations

from typing import Any

SKIPPED = "-"
"""The value of what the customer would not tell."""


def given(value: Any) -> bool:
    """Whether the customer really told this."""
    return value not in (None, "", SKIPPED, [], {})
