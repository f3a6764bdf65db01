"""What the page needs to know of the past: the conversation's lines, and how the page sees them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

_CHOICE = re.compile(r"([0-9]{1,9}):([0-9]{1,3})")
_AUTHORS = {"customer": "you", "bot": "desk"}


@dataclass(frozen=True, slots=True)
class Line:
    """One stored message; `body` is the stored form of the reply or of what came in."""

    seq: int
    author: str
    body: dict[str, Any]
    at: datetime
    external_id: str | None = None


class History(Protocol):
    """Reads the conversations of one web account; a visitor who never wrote has no lines."""

    async def after(self, peer: str, seq: int, limit: int) -> list[Line]:
        """The first `limit` lines with a higher number than `seq`, in order."""
        ...

    async def before(self, peer: str, seq: int | None, limit: int) -> list[Line]:
        """The last `limit` lines with a lower number than `seq` (None: the newest), in order."""
        ...

    async def newest(self, peers: Collection[str]) -> dict[str, int]:
        """The number of each visitor's last line; visitors without one may be left out."""
        ...


async def presented(history: History, lines: list[Line], peer: str) -> list[dict[str, Any]]:
    """The lines as the page draws them: no payloads, own media by address, own messages by their id."""
    bodies = {line.seq: line.body for line in lines}
    shown = [_present(line, peer) for line in lines]
    for message in shown:
        chosen = _CHOICE.fullmatch(message.get("choice", ""))
        if chosen and not message["text"]:
            seq, index = int(chosen[1]), int(chosen[2])
            if seq not in bodies:
                bodies |= {line.seq: line.body for line in await history.after(peer, seq - 1, 1)}
            message["text"] = _title(bodies.get(seq, {}), index)
    return shown


def external_id(peer: str, client_id: str) -> str:
    """The client's message id made unique among visitors."""
    return f"{peer}:{client_id}"


def media_url(ref: str) -> str:
    """Where the visitor who sent it sees a file."""
    return f"/chat/media/{ref.rpartition('/')[2]}"


def shown_file(kind: str, ref: str, name: str) -> dict[str, str]:
    """A file as the page draws it: kind, address, and what a document is called."""
    return {"kind": kind, "url": media_url(ref), "name": name}


def _title(body: dict[str, Any], index: int) -> str:
    buttons = body.get("buttons") or []
    return buttons[index]["title"] if index < len(buttons) else ""


def _present(line: Line, peer: str) -> dict[str, Any]:
    body = line.body
    shown: dict[str, Any] = {
        "seq": line.seq,
        "author": _AUTHORS.get(line.author, line.author),
        "at": line.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "text": body.get("text") or "",
    }
    if line.author == "customer":
        return shown | _own(line, peer)
    shown |= {name: body[name] for name in ("image", "ask") if body.get(name)}
    if file := body.get("file"):  # kept, never played or opened: whatever it is, it is a document here
        shown["files"] = [{"kind": "document", "url": file["address"], "name": file["name"]}]
    if body.get("buttons"):
        shown["buttons"] = [button["title"] for button in body["buttons"]]
    return shown


def _own(line: Line, peer: str) -> dict[str, Any]:
    own: dict[str, Any] = {}
    if line.external_id and line.external_id.startswith(f"{peer}:"):
        own["id"] = line.external_id.removeprefix(f"{peer}:")
    if line.body.get("choice"):
        own["choice"] = line.body["choice"]
    sent = [shown_file(a["kind"], a["ref"], a.get("name", "")) for a in line.body.get("attachments") or ()]
    if sent:
        own["files"] = sent
    if line.body.get("location"):
        own["location"] = {name: line.body["location"][name] for name in ("latitude", "longitude")}
    return own
