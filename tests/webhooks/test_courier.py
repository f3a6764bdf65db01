"""Webhooks arrive at least once, in order, signed, whatever the receiver does (I2, I3)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import PROJECT
from bot.voice import DeskVoice
from bot.webhooks.courier import Courier
from bot.webhooks.signing import headers, new_secret
from handlers.webhooks.settings import Receiver, WebhookSettings
from storage import Store, Tx
from storage.webhooks import WebhookDelivery
from tests.conftest import NOON, Clock
from tests.spoken import dialogue
from tests.webhooks.conftest import SECRET, Listener, settings_of, told


def fill(store: Store, *moves: tuple[int, str], receiver: str = "crm", now: datetime = NOON) -> None:
    """Deliveries of orders (counted from 1) and their moves."""

    def work(tx: Tx) -> None:
        for number, move in moves:
            conversation = tx.conversations.enter("web", "web", f"p{number}", now)
            order = tx.orders.open(
                request_key=f"k{number}", kind="fault", customer_id=conversation.customer_id, fields={},
                conversation_id=conversation.id, local_day="20260302", now=now,
            )  # fmt: skip
            body = json.dumps({"type": "order.moved", "data": {"order": number, "move": {"move": move}}})
            tx.webhooks.put(
                WebhookDelivery(f"evt_{number}_{move}", receiver, order.id, "order.moved", body, now), now
            )

    store.run(work)


async def until(done: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(0.02)


SEEDS = itertools.count(1)


def courier(store: Store, clock: Callable[[], datetime], *receivers: Receiver, **values: Any) -> Courier:
    """A courier whose waits are exact, each with a name of its own."""
    rng = Random(next(SEEDS))
    rng.uniform = lambda low, high: 1.0  # type: ignore[method-assign]
    return Courier(store, settings_of(*receivers, **values), clock, rng, poll_seconds=0.02)


def states(store: Store) -> dict[str, int]:
    """How many deliveries are in which state."""
    return {state: count for (_, state), count in store.run(lambda tx: tx.webhooks.counts()).items()}


async def test_a_delivery_is_signed_as_standard_webhooks_are(
    store: Store, clock: Clock, listener: Listener
) -> None:
    """I3: id, timestamp and signature can be verified with nothing but the secret."""
    fill(store, (1, "take"))
    old = new_secret()
    receiver = told(listener.url, old_secret=old)
    carrier = courier(store, clock, receiver)
    assert await carrier.deliver(receiver) == 1
    await carrier.stop()
    sent = listener.arrived[0]
    given = {name.lower(): value for name, value in sent["headers"].items()}
    assert given["webhook-id"] == "evt_1_take"
    assert given["webhook-timestamp"] == str(int(NOON.timestamp()))
    signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + sent["raw"]
    for secret, signature in zip((SECRET, old), given["webhook-signature"].split(), strict=True):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        assert signature == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert states(store) == {"sent": 1}
    assert store.run(lambda tx: tx.webhooks.unsent(10)) == []


def test_the_signature_is_the_published_example() -> None:
    """I3: the example of the Standard Webhooks libraries."""
    secret, key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    found = headers([secret], key, 1614265330, b'{"test": 2432232314}')
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("answer", [500, 302, 404, "drop", 2.0])
async def test_what_fails_is_tried_again_later_and_in_order(
    store: Store, clock: Clock, listener: Listener, answer: int | str | float
) -> None:
    """I2: a later event of the order waits for the earlier one, other orders do not; same id, same body."""
    fill(store, (1, "take"), (1, "plan"), (2, "take"))
    listener.answers = [answer]
    listener.headers = {"Location": listener.url + "/elsewhere"}
    receiver = told(listener.url)
    patience = 0.3 if isinstance(answer, float) else 20
    carrier = courier(store, clock, receiver, timeout_seconds=patience, parallel=1)
    for _ in range(3):
        await carrier.deliver(receiver)
    assert [one["body"]["data"]["order"] for one in listener.arrived] == [1, 2]
    assert states(store) == {"pending": 2, "sent": 1}
    clock.forward(seconds=4.9)
    assert await carrier.deliver(receiver) == 0
    clock.forward(seconds=0.2)
    while await carrier.deliver(receiver):
        pass
    await carrier.stop()
    assert listener.moves() == ["take", "take", "take", "plan"]
    assert listener.arrived[2]["raw"] == listener.arrived[0]["raw"]
    assert {one["path"] for one in listener.arrived} == {"/hooks"}
    assert states(store) == {"sent": 3}


async def test_a_receiver_may_say_how_long_to_wait(store: Store, clock: Clock, listener: Listener) -> None:
    fill(store, (1, "take"))
    listener.answers, listener.headers = [429], {"Retry-After": "90"}
    receiver = told(listener.url)
    carrier = courier(store, clock, receiver)
    await carrier.deliver(receiver)
    await carrier.stop()
    waiting = store.run(lambda tx: tx.webhooks.unsent(1))[0]
    assert (waiting.due_at, waiting.reason) == (NOON + timedelta(seconds=90), "status 429")


async def test_given_up_is_shown_and_can_be_tried_again(
    store: Store, clock: Clock, listener: Listener
) -> None:
    """I2: after so many attempts; what follows of the order goes on."""
    fill(store, (1, "take"), (1, "plan"))
    listener.answers = [500, 500]
    receiver = told(listener.url)
    carrier = courier(store, clock, receiver, attempts=2)
    await carrier.deliver(receiver)
    clock.forward(hours=1)
    while await carrier.deliver(receiver):
        pass
    assert listener.moves() == ["take", "take", "plan"]
    lost = store.run(lambda tx: tx.webhooks.unsent(10, state="given_up"))
    assert [(one.key, one.attempts, one.reason) for one in lost] == [("evt_1_take", 2, "status 500")]
    assert store.run(lambda tx: tx.webhooks.retry([lost[0].id], clock())) == 1
    await carrier.deliver(receiver)
    await carrier.stop()
    assert states(store) == {"sent": 2}


async def test_a_slow_receiver_delays_nobody_else(store: Store, listener: Listener) -> None:
    """I2: each receiver has a loop of its own, and the store is free meanwhile."""
    now = datetime.now(UTC)
    fill(store, (1, "take"), receiver="slow", now=now)
    fill(store, (1, "take"), (2, "take"), now=now)
    listener.answers = []
    slow = await asyncio.start_server(lambda r, w: asyncio.sleep(5), "127.0.0.1", 0)
    port = slow.sockets[0].getsockname()[1]
    carrier = courier(
        store, lambda: datetime.now(UTC), told(f"http://127.0.0.1:{port}/", "slow"), told(listener.url),
        timeout_seconds=0.8,
    )  # fmt: skip
    carrier.start()
    await until(lambda: states(store).get("sent") == 2)
    assert len(listener.arrived) == 2
    assert store.run(lambda tx: tx.webhooks.unsent(10))[0].receiver == "slow"
    await carrier.stop()
    slow.close()


async def test_the_clock_wakes_it(store: Store, clock: Clock, listener: Listener) -> None:
    """What the clock has written leaves at once, and a desk that stops does not wait for the next look."""
    carrier = Courier(store, settings_of(told(listener.url)), clock, Random(1), poll_seconds=60)
    voice = DeskVoice(dialogue(), also=carrier.wake)
    carrier.start()
    await asyncio.sleep(0.1)  # it has looked, and found nothing
    fill(store, (1, "take"))
    voice.sent()
    await until(lambda: states(store).get("sent") == 1)
    async with asyncio.timeout(2):
        await carrier.stop()


async def test_two_processes_deliver_nothing_twice(store: Store, clock: Clock, listener: Listener) -> None:
    """I4, I2: whoever has the lease delivers; the other takes over when it is given back or runs out."""
    fill(store, *((number, "take") for number in range(1, 9)))
    receiver = told(listener.url)
    both = [courier(store, clock, receiver, parallel=2) for _ in range(2)]
    for _ in range(6):
        await asyncio.gather(*(one.deliver(receiver) for one in both))
    assert sorted(one["body"]["data"]["order"] for one in listener.arrived) == list(range(1, 9))
    fill(store, (1, "plan"))
    assert await both[0].deliver(receiver) + await both[1].deliver(receiver) == 1
    fill(store, (1, "resolve"))
    clock.forward(seconds=61)
    assert await both[1].deliver(receiver) == 1
    for one in both:
        await one.stop()


async def test_a_killed_process_loses_nothing(database_url: str, store: Store, listener: Listener) -> None:
    """I2, F8: killed in the middle of a delivery, another one delivers it again under the same id."""
    fill(store, (1, "take"), (1, "plan"), now=datetime.now(UTC))
    listener.answers = [30.0]
    child = subprocess.Popen(  # noqa: ASYNC220 - killed below
        [sys.executable, "-m", "tests.webhooks.worker", database_url, listener.url, SECRET], cwd=PROJECT
    )
    try:
        await until(lambda: bool(listener.arrived), 60)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert states(store) == {"pending": 2}
    receiver = told(listener.url)
    carrier = courier(store, lambda: datetime.now(UTC), receiver)
    while await carrier.deliver(receiver):
        pass
    await carrier.stop()
    assert listener.moves() == ["take", "take", "plan"]
    assert len({one["headers"]["webhook-id"] for one in listener.arrived[:2]}) == 1


async def test_what_arrived_is_forgotten_in_time(store: Store, clock: Clock, listener: Listener) -> None:
    """E9: its words at once, the row after `keep_days`."""
    fill(store, (1, "take"))
    receiver = told(listener.url)
    carrier = courier(store, clock, receiver)
    await carrier.deliver(receiver)
    await carrier.stop()
    assert store.run(lambda tx: tx.webhooks.forget(NOON)) == 0
    assert store.run(lambda tx: tx.webhooks.forget(NOON + timedelta(seconds=1))) == 1


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://crm.example.com/", "http"),
        ("file:///etc/passwd", "http"),
        ("//crm.example.com/", "http"),
        ("https://", "http"),
        ("https://user:pw@crm.example.com/", "password"),
        ("https://crm.example.com/#x", "fragment"),
        ("http://169.254.169.254/latest/meta-data", "no address"),
        ("http://[::ffff:169.254.169.254]/", "no address"),
        ("http://0.0.0.0/", "no address"),
        ("http://[fe80::1]/", "no address"),
        ("https://crm.example.com:99999/", "[Pp]ort"),
    ],
)
def test_only_addresses_of_receivers_are_taken(url: str, why: str) -> None:
    """I3: whoever configures them still cannot point at a file or at the machine's own metadata."""
    with pytest.raises(ValidationError, match=why):
        told(url)


def test_secrets_are_whole_and_stay_secret() -> None:
    """I3: a short or misspelt secret stops the start; none is shown."""
    for secret in ("", "whsec_", "whsec_abc", "abc", "whsec_" + base64.b64encode(b"x" * 8).decode()):
        with pytest.raises(ValidationError, match="whsec_"):
            told("https://crm.example.com/", secret=secret)
    receiver = told("https://crm.example.com/")
    assert SECRET not in repr(receiver)
    with pytest.raises(ValidationError, match="same name"):
        WebhookSettings(receivers=(receiver, receiver))
