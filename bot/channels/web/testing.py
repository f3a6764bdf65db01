"""A desk for tests of the web chat: it remembers what was said, as the store would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from bot.channels.testing import Answer, RecordingDesk, silence
from bot.channels.web.history import Line
from bot.messages import Inbound, Reply, Taken


class RememberingDesk(RecordingDesk):
    """A RecordingDesk that is also the History of what went through it."""

    def __init__(self, answer: Answer = silence) -> None:
        super().__init__(answer)
        self.lines: defaultdict[str, list[Line]] = defaultdict(list)

    async def receive(self, inbound: Inbound) -> Taken:
        """Take the message and remember it with its replies."""
        taken = await super().receive(inbound)
        if not taken.duplicate:
            lines = self.lines[inbound.address.peer]
            lines.append(
                Line(len(lines) + 1, "customer", _stored(inbound), inbound.sent_at, inbound.external_id)
            )
            for delivery in taken.deliveries:
                lines.append(Line(delivery.seq, "bot", delivery.reply.as_json(), inbound.sent_at))
        return taken

    def say(self, peer: str, reply: Reply, author: str = "bot") -> Line:
        """Something said later, by an agent or another process; nobody is told."""
        lines = self.lines[peer]
        line = Line(len(lines) + 1, author, reply.as_json(), lines[-1].at)
        lines.append(line)
        self._seqs[
            next(number for address, number in self._conversations.items() if address.peer == peer)
        ] += 1
        return line

    async def after(self, peer: str, seq: int, limit: int) -> list[Line]:
        """See History."""
        return [line for line in self.lines.get(peer, ()) if line.seq > seq][:limit]

    async def before(self, peer: str, seq: int | None, limit: int) -> list[Line]:
        """See History."""
        return [line for line in self.lines.get(peer, ()) if seq is None or line.seq < seq][-limit:]

    async def newest(self, peers: Collection[str]) -> dict[str, int]:
        """See History."""
        return {peer: self.lines[peer][-1].seq for peer in peers if self.lines.get(peer)}


def _stored(inbound: Inbound) -> dict[str, Any]:
    body: dict[str, Any] = {
        name: value for name in ("text", "payload", "choice") if (value := getattr(inbound, name))
    }
    if inbound.attachments:
        body["attachments"] = [asdict(attachment) for attachment in inbound.attachments]
    if inbound.location:
        body["location"] = asdict(inbound.location)
    return body
