"""How long work tells that it goes on."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
"""Told the share of the work that was just done, 0..1."""


def silent(share: float) -> None:
    """A progress that nobody watches."""
