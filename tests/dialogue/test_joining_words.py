"""Accounts joined by chat (A3): no script, as the code differs each time."""

from __future__ import annotations

import pytest

from tests.dialogue.players import Player


@pytest.mark.parametrize(
    "words", ["我想把微信和这边的账号关联起来", "I would like to connect my WeChat with this account here"]
)
def test_everyday_words_ask_for_a_code(player: Player, words: str) -> None:
    """A3: nobody says "link accounts" by themselves."""
    player.say(words)
    assert player.said == ["utter_link_code"]
