"""Question 咨询: answered from the knowledge base with its source, honestly where it has no answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import self_service, telling
from handlers.actions import ActionMaker, DeskAction, Events, button, entity, language, words
from handlers.advice import ARTICLE, Choice
from handlers.asked import Told, payload
from handlers.desk import Desk
from handlers.report_slots import given
from handlers.vocabulary import listed, without, word
from nlu.article import Article
from nlu.catalogue import in_use
from nlu.parts import first_clause
from nlu.text import fold

if TYPE_CHECKING:
    from nlu.knowledge import Hit

NEAR = 0.75
"""The score from which an article that is not sure to be meant is worth offering by its title."""
TIE = 0.015
"""Two articles that both could be given and are nearer to each other leave the choice to the customer."""
CANDIDATES = 4
STILL_LIMIT = 30
"""Longer words say more than that it is still as it was."""
UNANSWERED = "unanswered"
"""The slot with the question that nothing answered, as {text, product}."""
OFFERED = 3
ASIDE = ("purchase_date", "date", "time", "since", "phone", "person_name", "address", "order_number")
"""What is told beside a question and is not asked."""
TITLE_LIMIT = 48


class AnswerQuestion(DeskAction):
    """Answer, or ask which of the nearest articles is meant, or say that there is nothing."""

    def name(self) -> str:
        return "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        question = words(tracker) or str(entity(tracker, "words") or "")
        if not telling.asks_something(question):
            dispatcher.utter_message(response="utter_ask_question")
            return []
        about = entity(tracker, "product") or tracker.get_slot("product")
        product = str(about) if given(about) else None
        model = entity(tracker, "model") or tracker.get_slot("model")
        tongue = language(tracker)
        asked = {"text": question[:500], "product": product}
        hits = self._answers(question, tracker, product, str(model) if given(model) else None)
        hits = [hit for hit in hits if about_it(hit.article, entity(tracker, "product"))]
        near = worth_giving(hits)
        if hits and asks_use_only(question, about):
            return _offer(hits, "utter_which_use", asked, dispatcher, tongue)
        sure = bool(near) and near[0].confident and not _tied(near)
        if not sure and (meant := self._advised(question, hits)) is not None:
            left = [hit.article.id for hit in near if hit.article.id != meant.id]
            return _give(self.desk, meant, asked, left, dispatcher, tracker)
        if not near:
            self.desk.gap(question, tongue, product)
            dispatcher.utter_message(response="utter_nothing_found")
            return [SlotSet(UNANSWERED, asked)]
        if sure:
            left = [hit.article.id for hit in near[1:]]
            return _give(self.desk, near[0].article, asked, left, dispatcher, tracker)
        return _offer(near, "utter_which_article", asked, dispatcher, tongue)

    def _answers(self, question: str, tracker: Tracker, product: str | None, model: str | None) -> list[Hit]:
        """The articles nearest to the question, or else to it without its details, or to its first clause."""
        tongue = language(tracker)
        question = telling.without_opening(question)
        hits = self.desk.answers(question, tongue, product, CANDIDATES, model)
        bare = telling.leftover(tracker.latest_message, ASIDE, fillers=False)
        told = entity(tracker, "product")  # perhaps in another part of the message
        named = f"{in_use().name('products', str(told), tongue)} {question}" if told else question
        for less in (bare, first_clause(question)[0], named):
            if worth_giving(hits) or less == question or not telling.asks_something(less):
                continue
            again = self.desk.answers(less, tongue, product, CANDIDATES, model)
            hits = again if worth_giving(again) else hits
        return hits

    def _advised(self, question: str, hits: Sequence[Hit]) -> Article | None:
        """The article that a model, where one may be asked, takes to be meant."""
        floor = self.desk.advice.doubt.article_from
        offered = {hit.article.id: hit.article for hit in hits if hit.score >= floor}
        options = {key: article.title for key, article in offered.items()}
        chosen = self.desk.advised(question, Choice(ARTICLE, options)).get(ARTICLE)
        return offered[chosen.option] if chosen else None


class ShowArticle(DeskAction):
    """Give the article the customer chose by its title."""

    def name(self) -> str:
        return "action_show_article"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        article = self.desk.article(str(entity(tracker, "article")), language(tracker))
        if article is None:  # retired since the title was offered
            asked = tracker.get_slot("question") or {}
            self.desk.gap(str(asked.get("text") or ""), language(tracker), asked.get("product"))
            dispatcher.utter_message(response="utter_nothing_found")
            return [SlotSet(UNANSWERED, _unanswered(asked))]
        return _give(self.desk, article, tracker.get_slot("question") or {}, [], dispatcher, tracker)


class Helpful(DeskAction):
    """The answer helped."""

    def name(self) -> str:
        return "action_helpful"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        _rate(self.desk, tracker, helpful=True)
        dispatcher.utter_message(response="utter_glad_it_helped")
        return [SlotSet("question", None)]


class NotHelpful(DeskAction):
    """The answer did not help: the next candidate, then a person."""

    def name(self) -> str:
        return "action_not_helpful"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        asked = tracker.get_slot("question") or {}
        tongue = language(tracker)
        rated = _rate(self.desk, tracker, helpful=False)
        left = [article for i in asked.get("left") or [] if (article := self.desk.article(i, tongue))]
        if left and rated:
            dispatcher.utter_message(response="utter_try_another_answer")
            return _give(self.desk, left[0], asked, [article.id for article in left[1:]], dispatcher, tracker)
        if asked.get("text"):
            self.desk.gap(str(asked["text"]), tongue, asked.get("product"))
        order = next((order for order in self.desk.orders() if order.open), None)
        if order is None:
            dispatcher.utter_message(response="utter_no_further_answer")
        else:
            dispatcher.utter_message(response="utter_no_further_answer_order", number=order.number)
        return [SlotSet("question", None), SlotSet(UNANSWERED, _unanswered(asked))]


def answered(told: Told) -> str | None:
    """What no answer helped with, and is still so, or somebody is to come for, is a fault to be reported."""
    still = any(mark in fold(told.text) for mark in listed("marks", "still"))
    if len(told.text) > STILL_LIMIT or not (still or self_service.asks_to_come(told.text)):
        return None
    asked = told.slots[UNANSWERED]
    product = asked.get("product")
    known = {"product": str(product)} if product else {}
    return payload("report_fault", **known, fault=f"{asked['text']}; {told.text}"[:500], in_vain="yes")


def asks_use_only(question: str, product: str | None) -> bool:
    """Whether it is asked how to use an appliance, and not what for: "how do I use my washer?"."""
    folded = f" {fold(question)} "
    rest = without(folded, listed("marks", "use"))
    if product is None or rest == folded:
        return False
    for found in reversed(list(in_use().products.find(rest))):
        rest = f"{rest[: found.start()]} {rest[found.end() :]}"
    return not any(c.isalnum() for c in without(rest, listed("marks", "around_use")))


def _offer(
    hits: Sequence[Hit],
    response: str,
    asked: Mapping[str, Any],
    dispatcher: CollectingDispatcher,
    tongue: str,
) -> Events:
    """The nearest articles by their titles, for the customer to choose from."""
    titles = [
        button(_title(h.article), _payload("show_article", article=h.article.id)) for h in hits[:OFFERED]
    ]
    titles.append(button(word("button", "none_of_these", tongue), "/no_article"))
    dispatcher.utter_message(response=response, buttons=titles)
    return [
        SlotSet("question", {**asked, "left": []}),
        SlotSet("expects", {"deny": "/no_article"}),
    ]


def _unanswered(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The question as technical support gets it (see `handlers.consultation`)."""
    return {"text": str(asked.get("text") or ""), "product": asked.get("product")}


def about_it(article: Article, named: object) -> bool:
    """Whether the article may be offered to somebody who names that appliance."""
    return named is None or not article.products or named in article.products


def worth_giving(hits: Sequence[Hit]) -> list[Hit]:
    """Those that may be given or offered."""
    return [hit for hit in hits if hit.confident or hit.tie or hit.score >= NEAR]


def _tied(near: Sequence[Hit]) -> bool:
    """Whether another article is as good an answer as the first."""
    if near[0].tie:
        return True
    return len(near) > 1 and near[1].confident and near[0].score - near[1].score < TIE


def _rate(desk: Desk, tracker: Tracker, helpful: bool) -> bool:
    """Record what the customer says of the version they were given; False where none is named."""
    article = entity(tracker, "article")
    if not article:
        return False
    tongue = language(tracker)
    version, spoken = entity(tracker, "version"), entity(tracker, "spoken")
    if not version:  # a button of an older desk
        found = desk.article(str(article), tongue)
        if found is None:
            return False
        version, spoken = found.version, found.language
    desk.rate(str(article)[:128], str(version)[:32], str(spoken or tongue)[:8], helpful)
    return True


def _give(
    desk: Desk,
    article: Article,
    asked: Mapping[str, Any],
    left: list[str],
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
) -> Events:
    """Say the answer with its source and ask whether it helped; the message keeps the version quoted."""
    tongue = language(tracker)
    quoted = {"article": article.id, "version": article.version, "spoken": article.language}
    yes, no = _payload("helpful", **quoted), _payload("not_helpful", **quoted)
    for picture in article.pictures[1:]:
        dispatcher.utter_message(image=picture)
    dispatcher.utter_message(
        response="utter_answer",
        answer=article.answer,
        title=article.title,
        source=article.source,
        ref=f"{article.id} v{article.version}",
        image=article.pictures[0] if article.pictures else None,
        json_message={"quoted": [quoted]},
        buttons=[
            button(word("button", "helped", tongue), yes),
            button(word("button", "did_not_help", tongue), no),
        ],
    )
    return [
        SlotSet(
            "question", {"text": str(asked.get("text") or ""), "product": asked.get("product"), "left": left}
        ),
        SlotSet("expects", {"affirm": yes, "deny": no}),
    ]


def _title(article: Article) -> str:
    """The title as a button bears it."""
    title = article.title
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1].rstrip() + "…"


def _payload(intent: str, **values: str) -> str:
    return f"/{intent}{json.dumps(values)}"


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_answer_question": AnswerQuestion,
        "action_show_article": ShowArticle,
        "action_helpful": Helpful,
        "action_not_helpful": NotHelpful,
    }
