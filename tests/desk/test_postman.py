"""The postman: in order, paced, patient, never silent about what did not arrive (T9–T12, L1)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random

from bot.channels.protocol import OutcomeUnknown, Refused, TryLater, Unreachable, WindowClosed
from bot.messages import Enclosed, Reply
from bot.postman import Patience, Postman
from tests.desk.conftest import YES_NO, World


async def test_messages_arrive_in_order_with_their_retry(world: World) -> None:
    world.channel.problems = [TryLater("busy")]
    for text in ("a", "b", "c"):
        await world.says(text)
    world.postman.start([world.channel])
    await asyncio.sleep(0.1)
    assert world.channel.sent == []
    world.clock.forward(seconds=3)
    world.postman.wake("fake", "main")
    await world.settled(lambda: len(world.channel.sent) == 3)
    assert [d.reply.text[-1] for d in world.channel.sent] == ["a", "b", "c"]
    await world.postman.stop()


async def test_retry_after_holds_only_the_chat_it_concerns(world: World) -> None:
    world.channel.problems = [TryLater("429", after=60)]
    await world.says("a", peer="slow")
    world.postman.start([world.channel])
    await world.settled(lambda: not world.channel.problems)
    await world.says("b", peer="quick")
    await world.settled(lambda: [d.address.peer for d in world.channel.sent] == ["quick"])
    world.clock.forward(seconds=61)
    world.postman.wake("fake", "main")
    await world.settled(lambda: len(world.channel.sent) == 2)
    await world.postman.stop()


async def test_an_account_wide_pause_holds_everybody_and_costs_no_attempt(world: World) -> None:
    world.channel.problems = [TryLater("quota", after=60, account_wide=True)]
    await world.says("a", peer="one")
    world.postman.start([world.channel])
    await world.settled(lambda: not world.channel.problems)
    await world.says("b", peer="two")
    await asyncio.sleep(0.1)
    assert world.channel.sent == []
    world.clock.forward(seconds=61)
    world.postman.wake("fake", "main")
    await world.settled(lambda: len(world.channel.sent) == 2)
    await world.postman.stop()


async def test_after_the_last_attempt_a_message_is_shown_as_undeliverable(world: World) -> None:
    world.channel.problems = [TryLater("busy")] * 3
    await world.says("a")
    world.postman.start([world.channel])
    for left in (2, 1):

        def tried(left: int = left) -> bool:
            return len(world.channel.problems) == left and world.states() == {"pending": 1}

        await world.settled(tried)
        world.clock.forward(minutes=10)
        world.postman.wake("fake", "main")
    await world.settled(lambda: world.states() == {"undeliverable": 1})
    stuck = world.store.run(lambda tx: tx.outbox.stuck())
    assert stuck[0].attempts == 3
    await world.postman.stop()


async def test_each_problem_ends_where_somebody_can_see_it(world: World) -> None:
    cases = {
        "refused": Refused("too long"),
        "unknown": OutcomeUnknown("timeout"),
        "window": WindowClosed("48 h"),
    }
    for peer, problem in cases.items():
        world.channel.problems.append(problem)
        await world.says("a", peer=peer)
    world.postman.start([world.channel])
    await world.settled(lambda: world.states() == {"undeliverable": 1, "unknown": 1, "parked": 1})
    await world.postman.stop()


async def test_a_crash_in_an_adapter_is_not_repeated_blindly(world: World) -> None:
    world.channel.problems = [ZeroDivisionError()]
    await world.says("a")
    world.postman.start([world.channel])
    await world.settled(lambda: world.states() == {"unknown": 1})
    await world.postman.stop()


async def test_an_unreachable_customer_is_left_alone_until_they_write(world: World) -> None:
    world.channel.problems = [Unreachable("blocked")]
    world.dialogue.answer = lambda heard: [Reply("a", YES_NO), Reply("b")]
    taken = await world.says("hi")
    world.postman.start([world.channel])
    await world.settled(lambda: world.states() == {"parked": 2})
    conversation = world.store.run(lambda tx: tx.conversations.get(taken.conversation_id))
    assert conversation.unreachable_since is not None
    world.dialogue.answer = lambda heard: [Reply("c")]
    await world.says("I am back", "2")
    await world.settled(lambda: [d.reply.text for d in world.channel.sent] == ["a", "b", "c"])
    await world.postman.stop()


async def test_two_postmen_on_one_account_send_nothing_twice(world: World) -> None:
    other = Postman(world.store, Patience(), world.clock, Random(2), holder="other")
    world.postman.start([world.channel])
    await asyncio.sleep(0.1)
    other.start([world.channel])
    for n in range(30):
        await world.says(str(n), peer=f"p{n % 5}")
    await world.settled(lambda: len(world.channel.sent) >= 30)
    await asyncio.sleep(0.1)
    assert len({d.key for d in world.channel.sent}) == len(world.channel.sent) == 30
    await other.stop()
    await world.postman.stop()


async def test_a_dead_postmans_half_done_send_is_shown_not_repeated(world: World) -> None:
    await world.says("a")
    world.store.run(
        lambda tx: tx.outbox.claim(
            [tx.outbox.heads("fake", "main", world.clock(), 1)[0].id], "dead", world.clock()
        )
    )
    world.clock.forward(seconds=60)
    world.postman.start([world.channel])
    await world.settled(lambda: world.states() == {"unknown": 1})
    assert world.channel.sent == []
    await world.postman.stop()


async def test_an_idempotent_channel_simply_sends_again(world: World) -> None:
    world.channel.idempotent = True
    await world.says("a")
    world.store.run(
        lambda tx: tx.outbox.claim(
            [tx.outbox.heads("fake", "main", world.clock(), 1)[0].id], "dead", world.clock()
        )
    )
    world.clock.forward(seconds=60)
    world.postman.start([world.channel])
    await world.settled(lambda: len(world.channel.sent) == 1)
    await world.postman.stop()


async def test_stopping_lets_a_send_finish_and_records_it(world: World) -> None:
    world.channel.gate = asyncio.Event()
    await world.says("a")
    world.postman.start([world.channel])
    await world.settled(lambda: world.states() == {"sending": 1})
    stopping = asyncio.create_task(world.postman.stop())
    await asyncio.sleep(0.05)
    world.channel.gate.set()
    await stopping
    assert len(world.channel.sent) == 1
    assert world.states() == {}
    assert world.store.run(lambda tx: tx.leases.holder("postman:fake:main")) is None


async def test_a_stuck_message_goes_out_again_when_a_person_asks(world: World) -> None:
    world.channel.problems = [OutcomeUnknown("timeout")]
    await world.says("a")
    world.postman.start([world.channel])
    await world.settled(lambda: world.states() == {"unknown": 1})
    row = world.store.run(lambda tx: tx.outbox.stuck())[0]
    assert world.store.run(lambda tx: tx.outbox.retry(row.id, world.clock() - timedelta(seconds=1)))
    world.postman.wake("fake", "main")
    await world.settled(lambda: len(world.channel.sent) == 1)
    await world.postman.stop()


async def test_a_file_may_take_longer_than_words(world: World) -> None:
    """G2: an upload over a slow line is waited for; words of which nothing is heard are not."""
    patience = Patience(lease=0.2, upload=30.0)
    postman = Postman(world.store, patience, world.clock, Random(2), holder="other")
    world.channel.gate = asyncio.Event()
    await world.says("words")
    world.dialogue.answer = lambda heard: [Reply(file=Enclosed("/sent/a", "a.pdf"))]
    await world.says("file", peer="bob")
    postman.start([world.channel])
    await world.settled(lambda: world.states() == {"unknown": 1, "sending": 1})
    world.channel.gate.set()
    await world.settled(lambda: world.states() == {"unknown": 1})
    assert [one.reply.file for one in world.channel.sent] == [Enclosed("/sent/a", "a.pdf")]
    await postman.stop()
