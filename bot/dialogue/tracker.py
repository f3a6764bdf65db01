"""What the conversation remembers: a stored row's state, and the Tracker that rasa-sdk shows to actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from bot.dialogue.domain import Domain

EVENTS_KEPT = 20
REQUESTED = "requested_slot"


def copied(value: Any) -> Any:
    """A deep copy of JSON-like values; `copy.deepcopy` took a fifth of a whole turn."""
    if isinstance(value, dict):
        return {k: copied(v) if isinstance(v, dict | list) else v for k, v in value.items()}
    if isinstance(value, list):
        return [copied(v) if isinstance(v, dict | list) else v for v in value]
    return value


def _moment(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


@dataclass(slots=True)
class Memory:
    """One conversation's state, changed in place while a message is decided.

    `suspended` are forms interrupted by another form, innermost last; `later` are matters of a message that
    held several, which wait until nothing else is open; `turns` counts messages;
    `misses` counts messages in a row that were not understood; `spoken_at` is the last message's time,
    `drafted_at` when the unfinished form was last noted as a draft.
    """

    sender: str
    slots: dict[str, Any]
    loop: str | None = None
    suspended: list[dict[str, Any]] = field(default_factory=list)
    later: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    turns: int = 0
    misses: int = 0
    spoken_at: datetime | None = None
    drafted_at: datetime | None = None

    @classmethod
    def recall(cls, state: Mapping[str, Any], sender: str, domain: Domain) -> Memory:
        """The memory a row holds; slots no longer declared are forgotten."""
        slots = domain.initial_slots()
        slots.update((k, v) for k, v in (state.get("slots") or {}).items() if k in slots or k == REQUESTED)
        slots.setdefault(REQUESTED, None)
        loop = state.get("loop")
        return cls(
            sender=sender,
            slots=copied(slots),
            loop=loop if loop in domain.forms else None,
            suspended=[dict(s) for s in state.get("suspended") or [] if s.get("name") in domain.forms],
            later=[dict(m) for m in state.get("later") or []],
            events=[dict(e) for e in state.get("events") or []],
            turns=int(state.get("turns") or 0),
            misses=int(state.get("misses") or 0),
            spoken_at=_moment(state.get("spoken_at")),
            drafted_at=_moment(state.get("drafted_at")),
        )

    def as_state(self, domain: Domain) -> dict[str, Any]:
        """The JSON-able state for the row; what has its initial value is left out."""
        initial = domain.initial_slots()
        kept = {k: v for k, v in self.slots.items() if v != initial.get(k)}
        return {
            "slots": kept,
            "loop": self.loop,
            "suspended": self.suspended,
            "later": self.later,
            "events": self.events[-EVENTS_KEPT:],
            "turns": self.turns,
            "misses": self.misses,
            "spoken_at": self.spoken_at.isoformat() if self.spoken_at else None,
            "drafted_at": self.drafted_at.isoformat() if self.drafted_at else None,
        }

    @property
    def requested(self) -> str | None:
        """The slot whose question is open."""
        value = self.slots.get(REQUESTED)
        return str(value) if value else None

    @requested.setter
    def requested(self, slot: str | None) -> None:
        self.slots[REQUESTED] = slot

    def note(self, event: dict[str, Any]) -> None:
        """Note an event; only the last ones are kept."""
        self.events.append(event)
        del self.events[:-EVENTS_KEPT]

    def tracker(self, message: Mapping[str, Any], candidates: Mapping[str, Any] | None = None) -> Tracker:
        """A Tracker on copies of everything, with slot candidates at the tail of its events."""
        events = [dict(event) for event in self.events[-EVENTS_KEPT:]]
        if candidates is not None:
            events.append({"event": "action", "name": self.loop})
            events.extend(SlotSet(name, copied(value)) for name, value in candidates.items())
        return Tracker(
            sender_id=self.sender,
            slots=copied(self.slots),
            latest_message=dict(message),
            events=events,
            paused=False,
            followup_action=None,
            active_loop={"name": self.loop} if self.loop else {},
            latest_action_name=None,
        )

    def clear(self, names: Iterable[str], domain: Domain) -> None:
        """Give slots their initial values again."""
        initial = domain.initial_slots()
        for name in names:
            self.slots[name] = copied(initial.get(name))
