"""Every script on the dialogue engine (A4, A5, B1, B3, C1, C2, C4, C5, C7, C8, C9, C10, D2, G1)."""

from __future__ import annotations

import pytest

from tests.dialogue.players import Player
from tests.dialogue.scripts import Script, load, mismatch

SCRIPTS = load()


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
def test_conversation(script: Script, player: Player) -> None:
    """The customer's side of a script gets the bot's side as an answer."""
    for turn in script.turns:
        player.say(turn.user, turn.kind)
        wrong = mismatch(turn, player.said, player.texts)
        assert wrong is None, f"after {turn.user!r}: {wrong}"
        for slot, value in turn.slots.items():
            assert player.slots.get(slot) == value, f"slot {slot} after {turn.user!r}"
        for slot in turn.empty:
            assert player.slots.get(slot) is None, f"slot {slot} after {turn.user!r}"
