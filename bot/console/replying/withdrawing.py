"""Taking a reply back before it leaves, and with it what was done together with it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.console import acting
from bot.console.acting import BadText
from bot.console.means import Doer, Means
from bot.media import MediaShelf
from handlers import ownership
from storage import Tx
from storage.conversations import Conversation


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The reply's words; `undone` is what became of what was done with it, as `ownership.undo` says."""

    text: str
    undone: str | None


async def take_back(means: Means, doer: Doer, conversation_id: int, seq: int) -> TakenBack:
    """Take back a reply of one's own that has not left. Raises BadText where it is too late."""
    now = means.clock()

    def work(tx: Tx) -> tuple[TakenBack, list[str]]:
        message = tx.messages.by_seq(conversation_id, seq)
        if message is None or message.author != "agent" or message.user_id != doer.user.id:
            raise BadText("not_found")
        found = tx.conversations.get(conversation_id, lock=True)
        if not tx.outbox.withdraw(conversation_id, seq):
            raise BadText("already_left")
        tx.forbidden.take_back(conversation_id, seq)
        files = tx.attachments.take_back(message.id)
        who = ownership.mover(acting.as_now(tx, doer))
        undone = ownership.undo(tx, found, seq, who, now, means.settings.queue)
        if undone == "hand_back":
            _unsaid(tx, found, seq)
        ownership.taken_back(tx, found, message, now, means.settings.queue)
        tx.conversations.save(found, now)
        acting.noted(tx, doer, "take_back", found, now, seq=seq, **({"undone": undone} if undone else {}))
        return TakenBack(str(message.body.get("text") or ""), undone), files

    back, files = await means.store.transact(work)
    shelf = MediaShelf(means.settings.data_path / "media")
    for name in files:
        shelf.path(name).unlink(missing_ok=True)
    return back


def _unsaid(tx: Tx, found: Conversation, seq: int) -> None:
    """What the bot said behind the reply waits behind it: it goes too, and the bot is as before."""
    for one in tx.messages.of_conversation(found.id, after=seq):
        if one.author == "bot":
            tx.outbox.withdraw(found.id, one.seq)
    found.state = found.state.get(acting.BEFORE, found.state)
    found.choices = None
