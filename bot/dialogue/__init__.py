"""Deciding what to say: the tracker, the form loop, the ordered rules and the wording."""

from bot.dialogue.engine import Dialogue
from bot.dialogue.heard import Heard, NotUnderstoodYet, Outcome

__all__ = ["Dialogue", "Heard", "NotUnderstoodYet", "Outcome"]
