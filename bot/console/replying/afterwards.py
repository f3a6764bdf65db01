"""What a reply is sent with: resolving the conversation, handing it back, or putting it off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.console import acting, snoozing
from bot.console.forms import BadForm
from bot.console.means import Doer, Means
from handlers import ownership
from storage import Tx
from storage.conversations import Conversation

OWN_TIME = "own"
"""In the place of a preset: until the time in the form."""


@dataclass(frozen=True, slots=True)
class Then:
    """One such wish: `name` is resolve, hand_back or snooze; `seen` is the last message on the page."""

    name: str
    seen: int | None
    preset: str
    until: str

    def check(self, found: Conversation) -> None:
        """Nothing that the customer wrote goes out of sight unread; raises NotMoved."""
        ownership.check_read(found, self.seen)

    def do(self, means: Means, tx: Tx, doer: Doer, found: Conversation, now: datetime) -> None:
        """Do it, with the reply that is the last message; raises NotMoved, and BadForm for no time."""
        reply = found.last_seq
        if self.name != "snooze":
            acting.moved(means, tx, doer, found, self.name, now, reply=reply)
            return
        until = snoozing.moment(means, tx, found, self.preset, self.until, now)
        ownership.snooze(tx, found, until, now, reply)
        acting.noted(tx, doer, "snooze", found, now, until=until.isoformat(), reply=reply)


def wished(form: Mapping[str, str]) -> Then | None:
    """What the form asks for besides sending; raises BadForm for what there is not."""
    name, _, preset = form.get("then", "").partition(".")
    if not name:
        return None
    known = preset in (*ownership.PRESETS, OWN_TIME) if name == "snooze" else not preset
    if name not in (*ownership.SETTLING, "snooze") or not known:
        raise BadForm("bad_request")
    seen = form.get("seen", "")
    return Then(
        name,
        int(seen) if seen.isdecimal() else None,
        preset,
        form.get("until", "") if preset == OWN_TIME else "",
    )
