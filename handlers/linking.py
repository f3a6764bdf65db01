"""Two chats of one person become one customer: a code from the one, typed in the other; and parting (A3)."""

from __future__ import annotations

import json
from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks
from handlers.actions import ActionMaker, DeskAction, Events, entity, language
from handlers.desk import Desk
from handlers.identities import codes, joining
from handlers.vocabulary import listed, without, word
from nlu.text import fold
from storage.link_codes import LinkCode

LONGEST = 60
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DRAWS = 20
"""A handle that is given out already is drawn anew so often."""
CUSTOMER = "customer"
WISHES = {
    "unlink_verbs": "/unlink_accounts",
    "link_verbs": "/link_accounts",
    "link_words": "/link_accounts",
}
"""Marks of the vocabulary, and the button that such words stand for."""
SURE = {"affirm": "/link_sure", "deny": "/link_not_sure", "wait": True}


class Counted(DeskAction):
    """An action about codes that one chat may do only so often in an hour."""

    what = ""
    """What is counted, as the attempts call it."""

    def too_often(self, limit: int, dispatcher: CollectingDispatcher) -> bool:
        """Whether it was done so often of late; the customer is told."""
        desk = self.desk
        often = desk.tx.link_codes.attempts(desk.conversation_id, self.what, desk.now - HOUR) >= limit
        if often:
            dispatcher.utter_message(response="utter_link_too_often")
        return often

    def count(self) -> None:
        """It was done once more."""
        desk = self.desk
        desk.tx.link_codes.note(desk.conversation_id, self.what, desk.now, desk.now - DAY)


class GiveCode(Counted):
    """Give out a code for this chat; the one given before is worth nothing any more."""

    what = "asked"

    def name(self) -> str:
        return "action_link_accounts"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        desk, settings, repository = self.desk, self.desk.terms.identities, self.desk.tx.link_codes
        if self.too_often(settings.codes_per_hour, dispatcher):
            return []
        self.count()
        for _ in range(DRAWS):
            code = codes.drawn(desk.random)
            kept = codes.kept(code, desk.conversation_id, desk.random, desk.now, settings.code_lasts)
            if repository.give(kept, desk.now):
                minutes = f"{settings.code_minutes:g}"
                dispatcher.utter_message(response="utter_link_code", code=str(code), minutes=minutes)
                return []
        dispatcher.utter_message(response="utter_link_too_often")
        return []


class TakeCode(Counted):
    """A code was given in this chat: whose is it, and are both chats truly theirs?"""

    what = "wrong"

    def name(self) -> str:
        return "action_link_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        desk, settings, repository = self.desk, self.desk.terms.identities, self.desk.tx.link_codes
        if self.too_often(settings.wrong_per_hour, dispatcher):
            return []
        known = self._known(str(entity(tracker, "code") or ""))
        if known is None:
            self.count()
            dispatcher.utter_message(response="utter_link_code_wrong")
            return []
        if known.conversation_id == desk.conversation_id:
            dispatcher.utter_message(response="utter_link_same_chat")
            return []
        other = desk.tx.conversations.get(known.conversation_id)
        if other.customer_id == desk.customer_id:
            repository.end(known)
            dispatcher.utter_message(response="utter_link_already")
            return []
        repository.claim(known, desk.conversation_id)
        tongue = language(tracker)
        events: Events = [SlotSet("expects", SURE)]
        if tracker.get_slot("language_from") == "hint" and other.language:
            tongue = other.language
            events.append(SlotSet("language", tongue))
        where = word("channel", other.channel, tongue)
        dispatcher.utter_message(response="utter_link_sure", where=where)
        return events

    def _known(self, given: str) -> LinkCode | None:
        """The code that was given, if it is still good and nobody else's yet; a wrong one is counted."""
        desk, code = self.desk, codes.read(given)
        known = desk.tx.link_codes.find(code.handle) if code else None
        if code is None or known is None:
            return None
        good = known.expires_at > desk.now and known.tries < desk.terms.identities.code_tries
        free = known.claimed_by in (None, desk.conversation_id)
        if codes.fits(code, known) and good and free:
            return known
        desk.tx.link_codes.missed(known)
        return None


class Link(DeskAction):
    """The customer said that both chats are theirs."""

    def name(self) -> str:
        return "action_link_sure"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        desk = self.desk
        known = desk.tx.link_codes.claimed(desk.conversation_id)
        if known is None or known.expires_at <= desk.now:
            dispatcher.utter_message(response="utter_link_expired")
            return []
        desk.tx.link_codes.end(known)
        other = desk.tx.conversations.get(known.conversation_id)
        try:
            done = joining.join(
                desk.tx, desk.customer_id, other.customer_id, "code", CUSTOMER, "", desk.now,
                desk.conversation_id,
            )  # fmt: skip
        except joining.Refused:
            dispatcher.utter_message(response="utter_link_expired")
            return []
        if done is None:
            dispatcher.utter_message(response="utter_link_already")
            return []
        desk.conversation.customer_id = done.customer_id
        where = word("channel", other.channel, language(tracker))
        dispatcher.utter_message(response="utter_link_done", where=where)
        return []


class DoNotLink(DeskAction):
    """The customer does not want it after all."""

    def name(self) -> str:
        return "action_link_not_sure"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        known = self.desk.tx.link_codes.claimed(self.desk.conversation_id)
        if known is not None:
            self.desk.tx.link_codes.end(known)
        dispatcher.utter_message(response="utter_link_stopped")
        return []


class Unlink(DeskAction):
    """This chat stands alone again."""

    def name(self) -> str:
        return "action_unlink_accounts"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        desk = self.desk
        undone = joining.alone(desk.tx, desk.conversation_id, CUSTOMER, "", desk.now)
        if undone:
            desk.conversation.customer_id = desk.tx.conversations.get(desk.conversation_id).customer_id
        dispatcher.utter_message(response="utter_unlinked" if undone else "utter_nothing_linked")
        return []


def vouched(desk: Desk, given: str) -> bool:
    """The channel vouches that the number is the sender's own; whether another chat was joined for it."""
    phone = checks.phone(given, desk.terms.countries)
    if phone is None:
        return False
    since = desk.now - desk.terms.identities.phone_lasts
    done = joining.vouched(desk.tx, desk.customer_id, phone, since, desk.now, desk.conversation_id)
    if done is not None:
        desk.conversation.customer_id = done.customer_id
    return done is not None


def meant(text: str) -> str | None:
    """The button that plain words stand for, whatever is open: a code, or a wish that says nothing else."""
    code = codes.read(text)
    if code is not None:
        return f"/link_code{json.dumps({'code': str(code)})}"
    if len(text) > LONGEST:
        return None
    for verbs, payload in WISHES.items():
        if _wish(text, verbs):
            return payload
    return None


def _wish(text: str, verbs: str) -> bool:
    """Whether the words are one of these verbs with what is to be joined, and nothing else."""
    said = f" {fold(text)} "
    rest = without(said, listed("marks", verbs))
    about = without(rest, listed("marks", "link_things"))
    left = without(about, (*listed("marks", "polite"), *listed("marks", "link_between")))
    alone = verbs in ("unlink_verbs", "link_words")
    return rest != said and not _letters(left) and (about != rest or alone)


def _letters(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_link_accounts": GiveCode,
        "action_link_code": TakeCode,
        "action_link_sure": Link,
        "action_link_not_sure": DoNotLink,
        "action_unlink_accounts": Unlink,
    }
