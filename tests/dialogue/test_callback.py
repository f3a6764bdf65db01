"""A call-back instead of waiting, and what is said of a wait outside working hours (G1, G7)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.dialogue.players import Player

AFTERNOON = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
EVENING = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)  # 21:00
WORDS = [
    ("转人工", "明天 09:00", "请给我回电", "明天 10:30", "不用回电了"),
    ("Talk to a person", "tomorrow 09:00", "Call me back", "tomorrow 10:30", "No call after all"),
]


@pytest.mark.parametrize(("person", "answer", "wish", "call", "none"), WORDS)
def test_at_night_a_time_is_promised_and_a_call_offered(
    player: Player, person: str, answer: str, wish: str, call: str, none: str
) -> None:
    """G1, G7: the answer's time, then a call with its own; the number is asked once, the call kept once."""
    player.now = EVENING
    player.say(person)
    assert answer in player.texts[0]
    player.say(wish)
    assert player.said == ["utter_ask_callback_phone"]
    player.say("123")
    assert player.said == ["utter_bad_phone", "utter_ask_callback_phone"]
    player.say("13800138000")
    assert player.said == ["utter_callback_promised"]
    assert call in player.texts[0]
    assert player.conversation.owner == "bot"
    player.say(person)
    player.say(wish)
    assert player.said == ["utter_callback_promised"]
    tasks = player.tx.tasks.rows
    assert [(one.kind, one.due_at) for one in tasks] == [
        ("callback", datetime(2026, 3, 3, 2, 30, tzinfo=UTC))
    ]
    assert [(one.job, one.due_at) for one in player.tx.clock.timers] == [("callback", tasks[0].due_at)]


@pytest.mark.parametrize(("person", "answer", "wish", "call", "none"), WORDS)
def test_no_call_after_all(player: Player, person: str, answer: str, wish: str, call: str, none: str) -> None:
    """G7: whoever gives no number is with the bot again, and nobody calls."""
    player.now = EVENING
    for words in (person, wish, none):
        player.say(words)
    assert player.said == ["utter_no_callback"]
    assert player.tx.tasks.rows == []


@pytest.mark.parametrize(
    ("words", "calls"), [("给我回个电话吧", True), ("call me back please", True), ("他没给我回电话", False)]
)
def test_a_call_in_the_customers_own_words(player: Player, words: str, calls: bool) -> None:
    """G7: whoever waits in the queue need not find the button; what tells more is left to the person."""
    player.now = AFTERNOON
    player.say("转人工")
    player.say(words)
    assert player.said == (["utter_ask_callback_phone"] if calls else [])


def test_in_working_hours_no_time_is_promised(player: Player) -> None:
    """G1: people work: the customer is told their hours, and no other way."""
    player.now = AFTERNOON
    player.say("转人工")
    assert player.said == ["utter_handed_over"]
    assert "不在服务时间" not in player.texts[0]
    assert not player.replies[0].buttons
