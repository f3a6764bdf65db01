"""Deciding what to say: the tracker, the form loop, the ordered rules and the wording."""

from bot.dialogue.amending import Amended, Held
from bot.dialogue.engine import Dialogue
from bot.dialogue.filling import Filled
from bot.dialogue.heard import Heard, NotUnderstoodYet, Outcome

__all__ = ["Amended", "Dialogue", "Filled", "Heard", "Held", "NotUnderstoodYet", "Outcome"]
