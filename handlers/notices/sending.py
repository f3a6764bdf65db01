"""The one way in which the clock speaks to customers: decided, said, and recorded with its reasons (F6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from handlers.notices.deciding import Facts, Verdict, Way, blocked, decide
from handlers.notices.kinds import KINDS
from handlers.notices.settings import NoticeSettings
from handlers.notices.templates import CHANNEL as TEMPLATE_CHANNEL
from handlers.notices.templates import fill
from storage.conversations import Conversation
from storage.notices import Notice
from storage.orders import Order
from storage.tasks import Task

if TYPE_CHECKING:
    from storage import Tx

BUSY_WAIT = timedelta(minutes=1)
"""When to try again where another conversation, the only way, is just being spoken in."""
Words = Callable[[str], dict[str, Any]]
"""The values of a response in that language."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to be said: its key names the cause, and one cause is told once."""

    key: str
    kind: str
    response: str
    wanted_at: datetime
    order: Order | None = None
    keeps: Mapping[str, Any] = field(default_factory=dict)
    """What the conversation remembers in which it is said."""
    at_night: bool = False
    """Whether it is told in quiet hours too."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something wanted, the conversation it belongs to (locked by the caller), and its words."""

    home: Conversation
    wanted: Wanted
    words: Words = lambda language: {}


class Voice(Protocol):
    """How the desk speaks to many at once (see `scheduler.Voice`)."""

    def language(self, conversation: Conversation) -> str:
        """The language the customer is spoken to in."""
        ...

    def say_all(
        self,
        tx: Tx,
        said: Iterable[tuple[Conversation, str, dict[str, Any]]],
        now: datetime,
        cards: Mapping[int, Mapping[str, Any]],
    ) -> list[int]:
        """Write the named responses and their outbox rows; returns the messages' ids.

        `cards` are the template messages of some of them, by their places.
        """
        ...

    def keep(self, conversation: Conversation, slots: Mapping[str, Any]) -> None:
        """Remember in the conversation what was asked there."""
        ...


def send(
    tx: Tx,
    voice: Voice,
    home: Conversation,
    wanted: Wanted,
    settings: NoticeSettings,
    zone: str,
    now: datetime,
    words: Words = lambda language: {},
) -> Verdict | None:
    """Say it where and when it may be said; None where it was settled before.

    `home` is the conversation it belongs to, locked by the caller and saved here where it is spoken in.
    Where the verdict is `postponed`, the caller asks again at `until`.
    """
    return send_all(tx, voice, [Occasion(home, wanted, words)], settings, zone, now)[0]


def send_all(
    tx: Tx, voice: Voice, occasions: Sequence[Occasion], settings: NoticeSettings, zone: str, now: datetime
) -> list[Verdict | None]:
    """The same for many occasions, each under a key of its own, with few statements for all."""
    settled = tx.notices.settled([one.wanted.key for one in occasions])
    fresh = [one for one in occasions if one.wanted.key not in settled]
    if not fresh:
        return [None] * len(occasions)
    known = _Known(tx, fresh, settings, voice, zone, now)
    verdicts = {one.wanted.key: decide(KINDS[one.wanted.kind], known.facts(one, zone, now), settings)
                for one in fresh}  # fmt: skip
    rooms = known.rooms(tx, [verdict.way for verdict in verdicts.values() if verdict.way is not None])
    verdicts = {key: _unless_busy(verdict, rooms, now) for key, verdict in verdicts.items()}
    spoken = [(one, rooms[way.conversation_id]) for one in fresh
              if (way := verdicts[one.wanted.key].way) is not None]  # fmt: skip
    cards = {place: way.card for place, (one, _) in enumerate(spoken)
             if (way := verdicts[one.wanted.key].way) is not None and way.card is not None}  # fmt: skip
    ids = voice.say_all(
        tx, [(room, one.wanted.response, one.words(voice.language(room))) for one, room in spoken], now, cards
    )
    keeping = {room.id: room for one, room in spoken if one.wanted.keeps}
    for one, room in spoken:
        if one.wanted.keeps:
            voice.keep(room, one.wanted.keeps)
    tx.conversations.spoke({room.id: room for _, room in spoken if room.id not in keeping}.values(), now)
    tx.conversations.spoke(keeping.values(), now, remember=True)
    said = {one.wanted.key: message_id for (one, _), message_id in zip(spoken, ids, strict=True)}
    for one in fresh:
        verdict = verdicts[one.wanted.key]
        if verdict.decision == "task" or (verdict.decision == "parked" and _lost(verdict)):
            _task(tx, one.home, one.wanted, _customer(one), verdict, now)
    tx.notices.decide([
        _notice(one.wanted, _customer(one), verdicts[one.wanted.key], said.get(one.wanted.key), now)
        for one in fresh
    ])  # fmt: skip
    return [verdicts.get(one.wanted.key) for one in occasions]


def drop(tx: Tx, home: Conversation, wanted: Wanted, rule: str, now: datetime) -> None:
    """Record that it was not said because its cause is gone."""
    customer_id = wanted.order.customer_id if wanted.order else home.customer_id
    tx.notices.decide([_notice(wanted, customer_id, Verdict("dropped", [{"rule": rule}]), None, now)])


class _Known:
    """What the verdicts rest on, read at once for all."""

    def __init__(
        self, tx: Tx, occasions: Sequence[Occasion], settings: NoticeSettings, voice: Voice, zone: str,
        now: datetime,
    ) -> None:  # fmt: skip
        self._settings, self._voice, self._zone, self._now = settings, voice, zone, now
        ids = {_customer(one) for one in occasions}
        self._customers = tx.customers.among(ids)
        self._homes = {one.home.id: one.home for one in occasions}
        rooms = [*tx.conversations.of_customers(ids, besides=self._homes), *self._homes.values()]
        self._of: dict[int, list[Conversation]] = {}
        for room in sorted(rooms, key=lambda room: room.updated_at, reverse=True):
            self._of.setdefault(room.customer_id, []).append(room)
        windowed = [room.id for room in rooms if room.channel in settings.window_channels]
        self._windows = tx.windows.among(windowed) if windowed else {}

    def facts(self, one: Occasion, zone: str, now: datetime) -> Facts:
        """Those of one occasion; its own conversation is the first way, then the one last used."""
        customer_id = _customer(one)
        others = (room for room in self._of.get(customer_id, ()) if room.id != one.home.id)
        return Facts(
            customer=self._customers[customer_id],
            ways=[self._way(room, one) for room in (one.home, *others)],
            zone=zone,
            with_person=one.home.with_person,
            busy=one.home.state.get("loop") is not None,
            wanted_at=one.wanted.wanted_at,
            now=now,
            at_night=one.wanted.at_night,
        )

    def rooms(self, tx: Tx, ways: Sequence[Way]) -> dict[int, Conversation]:
        """The conversations to speak in, locked; those that somebody else has just now are missing."""
        other = [way.conversation_id for way in ways if way.conversation_id not in self._homes]
        return self._homes | (tx.conversations.take_all(other) if other else {})

    def _way(self, room: Conversation, one: Occasion) -> Way:
        kind = KINDS[one.wanted.kind]
        why = blocked(room, self._windows.get(room.id), self._settings, self._now, kind.over_person)
        if room.channel != TEMPLATE_CHANNEL or not self._settings.templates:
            return Way(room.id, room.channel, why)
        language = self._voice.language(room)
        filled = fill(
            self._settings.templates, kind.name, one.wanted.response, language, one.words(language),
            self._now, self._zone,
        )  # fmt: skip
        if filled is None:
            return Way(room.id, room.channel, why, unfit="none")
        return Way(room.id, room.channel, why, filled.card, filled.unfit)


def _unless_busy(verdict: Verdict, rooms: Mapping[int, Conversation], now: datetime) -> Verdict:
    if verdict.way is None or verdict.way.conversation_id in rooms:
        return verdict
    busy = {"rule": "busy", "conversation": verdict.way.conversation_id}
    return Verdict("postponed", [*verdict.reasons, busy], now + BUSY_WAIT)


def _lost(verdict: Verdict) -> bool:
    """Whether a person should see to it: not where the customer only ever gets answers."""
    return any(reason["rule"] != "answers_only" for reason in verdict.reasons)


def _customer(one: Occasion) -> int:
    return one.wanted.order.customer_id if one.wanted.order else one.home.customer_id


def _task(
    tx: Tx, home: Conversation, wanted: Wanted, customer_id: int, verdict: Verdict, now: datetime
) -> None:
    why = ", ".join(str(reason["rule"]) for reason in verdict.reasons)
    tx.tasks.add(
        Task(
            "tell_customer",
            f"{wanted.kind}: the customer could not be told ({why})",
            now,
            wanted.order.id if wanted.order else None,
            home.id,
            customer_id,
            now,
        )
    )


def _notice(
    wanted: Wanted, customer_id: int, verdict: Verdict, message_id: int | None, now: datetime
) -> Notice:
    return Notice(
        wanted.key,
        wanted.kind,
        customer_id,
        now,
        verdict.decision,
        verdict.reasons,
        wanted.order.id if wanted.order else None,
        verdict.way.conversation_id if verdict.way else None,
        message_id,
    )
