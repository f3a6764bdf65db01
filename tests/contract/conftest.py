"""The dialogue alone, to compare the channels with."""

from tests.dialogue.conftest import mind

__all__ = ["mind"]
