"""Nothing is lost where a conversation changes hands (G1, G2, T7): real turns, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from bot.front import FrontDesk
from bot.messages import Address, Reply
from bot.turns import Turns
from handlers import ownership
from handlers.desk import Desk, Terms
from storage import open_store
from storage.conversations import Conversation
from tests.conftest import Clock
from tests.console.test_ownership import change, people, sweep
from tests.desk.conftest import World


class Floor(World):
    """The desk with real ownership; the bot speaks only while it has the conversation."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)

        def made(tx: Any, conversation: Conversation, message_id: int, now: Any) -> Desk:
            self.dialogue.answer = lambda heard: [Reply("bot")] if conversation.owner == "bot" else []
            return Desk(tx, conversation, None, Terms(), now, f"m{message_id}")  # type: ignore[arg-type]

        self.desk = FrontDesk(
            self.store, Turns(self.dialogue, made), self.understands, self.postman, lambda now: None,  # type: ignore[arg-type]
            self.clock, self.delays,
        )  # fmt: skip

    async def heard(self, text: str) -> list[str]:
        """What the customer hears at once."""
        self.clock.forward(seconds=10)
        return [one.reply.text for one in (await self.says(text)).deliveries]

    def talk(self) -> Conversation:
        found = self.store.run(lambda tx: tx.conversations.find("fake", "main", "ann"))
        assert found is not None
        return found

    def does(self, move: str, who: ownership.Mover, **how: object) -> str:
        return change(self.store, self.talk().id, move, who, self.clock, **how)


@pytest.fixture
def floor(store: Any, clock: Clock, tmp_path: Any) -> Floor:
    return Floor(store, clock, tmp_path)


async def test_a_message_during_a_transfer(floor: Floor) -> None:
    """G2: written between two agents it waits with the first unanswered one, and nobody talks over it."""
    ann, bob, _ = map(ownership.mover, people(floor.store).values())
    assert await floor.heard("hello") == ["bot"]
    floor.does("take", ann)
    assert await floor.heard("my fridge") == []
    since = floor.talk().waiting_since
    floor.does("refer", ann, skill="fridges")
    assert await floor.heard("it leaks") == []
    floor.does("take", bob)
    assert await floor.heard("badly") == []
    found = floor.talk()
    assert (found.owner, found.agent_id, found.waiting_since) == ("agent", bob.user_id, since)
    assert [heard.text for heard in floor.dialogue.heard] == ["hello", "my fridge", "it leaks", "badly"]


async def test_settling_what_the_customer_adds_to(floor: Floor) -> None:
    """G2: who has not seen the last words cannot settle it; once they have, it is settled."""
    ann = ownership.mover(people(floor.store)["ann"])
    await floor.heard("hello")
    floor.does("take", ann)
    seen = floor.talk().last_seq
    await floor.heard("one more thing")
    for move in ownership.SETTLING:
        assert floor.does(move, ann, seen=seen) == "wrote_meanwhile"
    assert floor.does("resolve", ann, seen=floor.talk().last_seq) == "closed"


async def test_a_settled_chat_that_is_written_in_again(floor: Floor) -> None:
    """G2: the bot hears it first, and a second time with people begins anew."""
    ann = ownership.mover(people(floor.store)["ann"])
    await floor.heard("hello")
    floor.does("take", ann)
    floor.does("resolve", ann)
    assert await floor.heard("thanks, but …") == ["bot"]
    assert floor.talk().owner == "bot"
    floor.does("ask", ownership.CUSTOMER)
    assert await floor.heard("anybody?") == []
    talk = floor.talk().id
    begun = floor.store.run(lambda tx: tx.handovers.current(talk))
    assert begun is not None
    assert (begun.agent_id, begun.answered_at) == (None, None)


async def test_the_server_starts_again(floor: Floor, database_url: str) -> None:
    """G4: whose it is, since when somebody waits and what is due are in the database alone."""
    ann = ownership.mover(people(floor.store)["ann"])
    await floor.heard("hello")
    floor.does("take", ann)
    await floor.heard("are you there?")
    before = floor.talk()
    again = open_store(database_url)
    try:
        after = again.run(lambda tx: tx.conversations.get(before.id))
        assert (after.owner, after.agent_id, after.waiting_since) == (
            "agent", ann.user_id, before.waiting_since,
        )  # fmt: skip
        floor.clock.forward(minutes=5)  # nobody's page was open meanwhile: they are gone
        assert sweep(again, floor.clock) > 0
        assert again.run(lambda tx: tx.conversations.get(before.id)).owner == "queue"
    finally:
        again.close()


async def test_that_the_customer_types_is_seen_for_seconds(floor: Floor) -> None:
    """G2: by whoever looks, while people have the conversation, until the words are there."""
    ann, *_ = map(ownership.mover, people(floor.store).values())

    def typing() -> bool:
        now = floor.clock()
        return any(one.user_id is None for one in floor.store.run(lambda tx: tx.signs.others(talk, "0", now)))

    def news() -> int:
        return floor.store.run(lambda tx: tx.live.newest())

    await floor.heard("hello")
    talk, place = floor.talk().id, Address("fake", "main", "ann")
    await floor.desk.writes(place)
    await floor.desk.writes(Address("fake", "main", "nobody yet"))
    assert not typing()  # the bot does not look
    floor.does("take", ann)
    floor.store.run(lambda tx: tx.signs.show(talk, str(ann.user_id), False, floor.clock()))
    before = news()
    await floor.desk.writes(place)
    assert typing()
    assert news() > before
    await floor.heard("my fridge")
    assert not typing()
    await floor.desk.writes(place)
    floor.clock.forward(minutes=1)
    assert not typing()
