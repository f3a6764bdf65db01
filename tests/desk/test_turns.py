"""One message, one turn, one transaction: replies exactly once, whoever delivers them (I1, I2)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.channels.protocol import WindowClosed
from bot.messages import Address, Attachment, Contact, Inbound, Reply
from storage import Store
from storage.schema import messages, outbox
from tests.desk.conftest import YES_NO, World


def rows(store: Store, table) -> int:
    return store.run(lambda tx: tx.execute(select(func.count()).select_from(table)).scalar_one())


async def test_a_turn_answers_and_queues_the_answer(world: World) -> None:
    taken = await world.says("hello")
    assert [d.reply.text for d in taken.deliveries] == ["you said hello"]
    assert not taken.duplicate
    assert world.states() == {"pending": 1}


async def test_the_platform_repeating_itself_changes_nothing_and_gets_the_same_answer(world: World) -> None:
    first = await world.says("hello", "42")
    again = await asyncio.gather(*(world.says("hello", "42") for _ in range(5)))
    assert all(taken.duplicate for taken in again)
    assert all(taken.deliveries == first.deliveries for taken in again)
    assert len(world.dialogue.heard) == 1
    assert rows(world.store, outbox) == 1


async def test_a_customers_honest_repeat_is_answered_again(world: World) -> None:
    """Not deduplicated by its words."""
    await world.says("hello", "1")
    await world.says("hello", "2")
    assert len(world.dialogue.heard) == 2


async def test_a_burst_is_taken_whole_and_in_order(world: World) -> None:
    await asyncio.gather(*(world.says(str(n)) for n in range(20)))
    assert [heard.text for heard in world.dialogue.heard] == [str(n) for n in range(20)]


async def test_a_turn_that_fails_keeps_nothing(world: World) -> None:
    def broken(heard):
        raise LookupError("a flow is broken")

    world.dialogue.answer = broken
    with pytest.raises(LookupError):
        await world.says("hello")
    assert rows(world.store, messages) == 0


async def test_whoever_sent_what_no_turn_can_take_is_known_all_the_same(world: World) -> None:
    """E9, I1: their conversation is there, although it was their very first message."""

    def broken(heard):
        raise LookupError("a flow is broken")

    world.dialogue.answer = broken
    with pytest.raises(LookupError):
        await world.desk.retake(Inbound(Address("fake", "main", "bea"), "b1", world.clock(), "hello"))
    found = await world.store.read(lambda tx: tx.conversations.find("fake", "main", "bea"))
    assert found is not None
    assert (found.last_seq, rows(world.store, messages)) == (0, 0)


async def test_an_open_question_asks_the_classifier_only_when_the_decision_needs_it(world: World) -> None:
    world.dialogue.loop = "report_fault_form"
    await world.says("my fridge is warm")
    assert world.understands.asked == 1
    await world.says("Ann Smith")
    assert world.understands.asked == 1
    assert world.dialogue.heard[-1].understanding is None
    world.dialogue.needs = True
    await world.says("where is my order?")
    assert world.understands.asked == 2
    assert world.dialogue.heard[-1].understanding is not None


async def test_a_button_needs_no_classifier(world: World) -> None:
    await world.says("", payload="/affirm")
    assert world.understands.asked == 0


async def test_numbers_and_titles_mean_the_buttons_offered_last(world: World) -> None:
    """C10."""
    world.dialogue.answer = lambda heard: [Reply("solved?", YES_NO)]
    await world.says("hi")
    await world.says("2")
    assert world.dialogue.heard[-1].payload == "/deny"
    world.dialogue.answer = lambda heard: [Reply("good")]
    await world.says("是！")
    assert world.dialogue.heard[-1].payload == "/affirm"
    await world.says("2", "later")
    assert world.dialogue.heard[-1].payload is None


async def test_an_old_button_is_recognised_as_old(world: World) -> None:
    world.dialogue.answer = lambda heard: [Reply("solved?", YES_NO)]
    old = (await world.says("hi")).deliveries[0]
    new = (await world.says("hi again")).deliveries[0]
    await world.says("", "a", choice=f"{new.seq}:0")
    assert (world.dialogue.heard[-1].payload, world.dialogue.heard[-1].stale_choice) == ("/affirm", False)
    await world.says("", "b", choice=f"{old.seq}:1")
    assert (world.dialogue.heard[-1].payload, world.dialogue.heard[-1].stale_choice) == ("/deny", True)
    await world.says("", "c", choice="999:0")
    assert (world.dialogue.heard[-1].payload, world.dialogue.heard[-1].stale_choice) == (None, True)


async def test_everything_that_came_with_the_message_is_kept(world: World) -> None:
    """A2, A3: attachments and contacts belong to the conversation."""
    photo = Attachment("photo", "file-1", "p.jpg", "image/jpeg", 10)
    taken = await world.says("see", attachments=(photo,), contact=Contact("13800138000", "安"))
    kept = world.store.run(lambda tx: tx.attachments.of_conversation(taken.conversation_id))
    assert [(a.kind, a.ref, a.state) for a in kept] == [("photo", "file-1", "wanted")]
    assert world.dialogue.heard[-1].attachments == (kept[0].id,)
    stored = world.store.run(lambda tx: tx.messages.by_seq(taken.conversation_id, 1))
    assert stored is not None
    assert stored.body["contact"]["phone"] == "13800138000"


async def test_further_photos_of_an_album_are_known_as_such(world: World) -> None:
    await world.says("", "1", group="album")
    await world.says("", "2", group="album")
    await world.says("", "3", group="another")
    assert [heard.group_repeat for heard in world.dialogue.heard] == [False, True, False]


async def test_waiting_since_is_set_exactly_while_a_message_is_unanswered(world: World) -> None:
    """T4."""
    world.dialogue.answer = lambda heard: []
    taken = await world.says("anyone?")
    since = world.clock()
    world.clock.forward(minutes=5)
    await world.says("hello??")
    conversation = world.store.run(lambda tx: tx.conversations.get(taken.conversation_id))
    assert conversation.waiting_since == since
    world.dialogue.answer = lambda heard: [Reply("yes")]
    await world.says("!!!")
    conversation = world.store.run(lambda tx: tx.conversations.get(taken.conversation_id))
    assert conversation.waiting_since is None


async def test_held_replies_are_handed_over_once(world: World) -> None:
    taken = await world.says("hi", "1", hold=5.0)
    async with world.desk.handing_over(taken) as deliveries:
        assert [d.reply.text for d in deliveries] == ["you said hi"]
        assert world.states() == {"sending": 1}
    world.postman.start([world.channel])
    await world.settled(lambda: world.states() == {})
    world.clock.forward(seconds=10)
    await asyncio.sleep(0.1)
    assert world.channel.sent == []
    await world.postman.stop()


async def test_a_retry_in_the_platforms_window_gets_the_same_replies(world: World) -> None:
    taken = await world.says("hi", "1", hold=5.0)
    async with world.desk.handing_over(taken) as first:
        pass
    retry = await world.says("hi", "1", hold=5.0)
    async with world.desk.handing_over(retry) as second:
        assert [d.key for d in second] == [d.key for d in first]


async def test_replies_not_handed_over_go_to_the_postman(world: World) -> None:
    taken = await world.says("hi", hold=5.0)
    with pytest.raises(ConnectionError):
        async with world.desk.handing_over(taken):
            raise ConnectionError
    world.postman.start([world.channel])
    await world.settled(lambda: len(world.channel.sent) == 1)
    await world.postman.stop()


async def test_late_replies_are_released_to_the_postman_at_once(world: World) -> None:
    taken = await world.says("hi", hold=60.0)
    world.postman.start([world.channel])
    await world.desk.release(taken)
    await world.settled(lambda: len(world.channel.sent) == 1)
    async with world.desk.handing_over(taken) as deliveries:
        assert deliveries == ()
    await world.postman.stop()


async def test_what_does_not_fit_is_left_to_the_postman(world: World) -> None:
    world.dialogue.answer = lambda heard: [Reply("a", YES_NO), Reply("b", YES_NO)]
    taken = await world.says("hi", hold=60.0)
    world.postman.start([world.channel])
    async with world.desk.handing_over(taken, fits=lambda deliveries: 1) as handed:
        assert [d.reply.text for d in handed] == ["a"]
        await asyncio.sleep(0.1)
        assert world.channel.sent == []  # order: the second waits for the first
    await world.settled(lambda: [d.reply.text for d in world.channel.sent] == ["b"])
    await world.postman.stop()


async def test_the_next_response_need_not_wait_until_the_one_before_is_recorded(world: World) -> None:
    """A2: whoever writes on at once is answered in their own request; a REST caller has no other."""
    async with world.desk.handing_over(await world.says("hi", hold=60.0)) as first:
        assert [d.reply.text for d in first] == ["you said hi"]
    async with world.desk.handing_over(await world.says("and?", hold=60.0)) as second:
        assert [d.reply.text for d in second] == ["you said and?"]
    world.postman.start([world.channel])
    await world.settled(lambda: world.states() == {})
    await world.postman.stop()
    assert world.channel.sent == []


async def test_what_could_not_be_sent_before_goes_along_with_the_next_response(world: World) -> None:
    world.channel.problems = [WindowClosed("answered in its own request only")]
    world.postman.start([world.channel])
    await world.says("report")
    await world.settled(lambda: world.states() == {"parked": 1})

    taken = await world.says("and?", hold=60.0)
    async with world.desk.handing_over(taken) as handed:
        assert [d.reply.text for d in handed] == ["you said report", "you said and?"]
    await world.settled(lambda: world.states() == {})

    async with world.desk.handing_over(await world.says("and?", hold=60.0)) as again:
        assert [d.key for d in again] == [d.key for d in handed]
    async with world.desk.handing_over(await world.says("report", hold=60.0)) as elsewhere:
        assert elsewhere == ()  # it left in another response
    await world.postman.stop()
    assert world.channel.sent == []


async def test_a_silent_turn_still_carries_what_waited(world: World) -> None:
    world.channel.problems = [WindowClosed("answered in its own request only")]
    world.postman.start([world.channel])
    await world.says("report")
    await world.settled(lambda: world.states() == {"parked": 1})
    world.dialogue.answer = lambda heard: []
    async with world.desk.handing_over(await world.says("and?", hold=60.0)) as handed:
        assert [d.reply.text for d in handed] == ["you said report"]
    await world.settled(lambda: world.states() == {})
    await world.postman.stop()


async def test_a_block_stops_what_waits_and_the_next_message_brings_it_back(world: World) -> None:
    await world.says("hi")
    await world.says("", "left", event="blocked")
    assert world.states().get("parked", 0) >= 1
    assert "pending" not in world.states()
    world.clock.forward(hours=3)
    await world.says("back", "back")
    assert "parked" not in world.states()


async def test_a_message_that_arrives_late_is_still_remembered_as_sent_then(world: World) -> None:
    sent = world.clock()
    world.clock.now = sent + timedelta(days=2)
    taken = await world.desk.receive(Inbound(Address("fake", "main", "ann"), "1", sent, "hi"))
    message = world.store.run(lambda tx: tx.messages.by_seq(taken.conversation_id, 1))
    assert message is not None
    assert message.sent_at == sent
