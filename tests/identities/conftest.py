"""The dialogue with its real words, once for every chat."""

from __future__ import annotations

from tests.dialogue.conftest import mind

__all__ = ["mind"]
