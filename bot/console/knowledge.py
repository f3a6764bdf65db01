"""Articles in the console: read, edited with a preview, published; what was not answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.app import context_maker
from bot.console import PREFIX
from bot.console.entering import Visitor
from bot.console.forms import BadForm, strict
from bot.console.listing import SIZE, Page, number_of
from bot.console.masking import MASKED
from bot.console.parts import Parts
from bot.knowledge import versions
from bot.knowledge.drafting import NotSolved, draft
from bot.knowledge.exporting import newest
from bot.knowledge.importing import AlreadyThere, add_draft, carry_out, rewritten
from bot.knowledge.versions import NoSuchArticle, NotPublishable
from nlu import article as articles
from nlu.catalogue import in_use
from nlu.knowledge import KnowledgeError
from nlu.privacy import redact
from storage import Tx
from storage.articles import ArticleVersion

LONGEST = 100_000
"""Characters of an article's text."""
LANGUAGES = ("zh", "en")


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    async def shown(
        request: Request, article: str, status: int = 200, problem: Sequence[str] = ()
    ) -> Response:
        known, events = await parts.store.read(
            lambda tx: (tx.articles.all(article[:80]), tx.articles.events(article[:80]))
        )
        if not known:
            return pages.problem(request, 404, "not_found")
        latest = [(one, articles.parse(one.text, one.file).article) for one in newest(known)]
        return pages.answer(
            request, "knowledge/article.html", status, article=article, latest=latest, known=known[::-1],
            events=events[::-1], problem=problem,
        )  # fmt: skip

    @routes.get("/knowledge/{article}")
    async def one(request: Request, article: str) -> Response:
        await guard.visitor(request)
        return await shown(request, article)

    async def latest_of(article: str, language: str) -> ArticleVersion | None:
        if language not in LANGUAGES:
            return None
        known = newest(await parts.store.read(lambda tx: tx.articles.all(article[:80], language)))
        return known[0] if known else None

    @routes.get("/knowledge/{article}/{language}/edit")
    async def edit(request: Request, article: str, language: str) -> Response:
        await guard.visitor(request)
        found = await latest_of(article, language)
        if found is None:
            return pages.problem(request, 404, "not_found")
        return pages.answer(
            request, "knowledge/edit.html", one=found, text=found.text, preview=None, problems=(),
        )  # fmt: skip

    @routes.post("/knowledge/{article}/{language}/edit")
    async def save(request: Request, article: str, language: str) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, ("text", "digest", "deed"), LONGEST)
        found, now = await latest_of(article, language), parts.clock()
        if found is None:
            return pages.problem(request, 404, "not_found")
        text = wish["text"].replace("\r\n", "\n") + "\n"

        def again(status: int, problems: Sequence[str], preview: Any = None) -> Response:
            return pages.answer(
                request,
                "knowledge/edit.html",
                status,
                one=found,
                text=text,
                preview=preview,
                problems=problems,
            )

        def work(tx: Tx) -> None:
            tx.articles.touch()  # edits wait for each other
            if newest(tx.articles.all(article, language))[0].digest != wish["digest"]:
                raise BadForm("article_changed")
            made = carry_out(tx, [incoming], visitor.user.name, now)
            if made.changes:
                _noted(tx, visitor, "article_edited", article, now, language=language)

        try:
            incoming = rewritten(text, found, visitor.user.name, now, in_use())
            if wish["deed"] != "save":
                return again(200, (), articles.parse(text, found.file).article)
            await parts.store.transact(work)
        except BadForm as problem:
            return again(409, [pages.words(request)["problems"][problem.word]])
        except KnowledgeError as problem:
            return again(422, [f"{one.line}: {one.message}" for one in problem.problems])
        return RedirectResponse(f"{PREFIX}/knowledge/{article}", 303)

    async def turned(request: Request, article: str, deed: str) -> Response:
        visitor, form = await guard.posted(request)
        wish, now, actor = strict(form, ("language", "version")), parts.clock(), visitor.user.name
        language, version = wish["language"] or None, wish["version"] or None

        def work(tx: Tx) -> None:
            if deed == "publish":
                versions.publish(tx, article, actor, now, language, version, in_use())
            else:
                versions.retire(tx, article, actor, now, language, version)
            _noted(tx, visitor, f"article_{deed}", article, now, language=language, version=version)

        try:
            await parts.store.transact(work)
        except NoSuchArticle:
            return pages.problem(request, 404, "not_found")
        except NotPublishable as problem:
            return await shown(request, article, 409, str(problem).splitlines())
        return RedirectResponse(f"{PREFIX}/knowledge/{article}", 303)

    @routes.post("/knowledge/{article}/publish")
    async def publish(request: Request, article: str) -> Response:
        return await turned(request, article, "publish")

    @routes.post("/knowledge/{article}/retire")
    async def retire(request: Request, article: str) -> Response:
        return await turned(request, article, "retire")

    @routes.get("/gaps")
    async def gaps(request: Request) -> Response:
        await guard.visitor(request)
        number, context = number_of(request.query_params.get("page", "")), context_maker(parts.settings)
        kept = await parts.store.read(lambda tx: tx.knowledge.gaps())
        asked = Counter((redact(one.text, context(one.at)).strip(), one.language) for one in kept)
        found = asked.most_common()
        page = Page(found[(number - 1) * SIZE : number * SIZE], len(found), number, {})
        return pages.answer(request, "knowledge/gaps.html", page=page, masked=MASKED)

    @routes.post("/orders/{number}/article")
    async def from_order(request: Request, number: str) -> Response:
        visitor, form = await guard.posted(request)
        strict(form, ())
        now, actor = parts.clock(), visitor.user.name

        def work(tx: Tx) -> str | None:
            order = tx.orders.find(number.upper())
            if order is None:
                return None
            context = context_maker(parts.settings)(now)
            name, text = draft(order, tx.orders.events(order.id), context, in_use(), actor)
            add_draft(tx, text, actor, now)
            _noted(tx, visitor, "article_drafted", name, now, order=order.number)
            return name

        try:
            name = await parts.store.transact(work)
        except (NotSolved, AlreadyThere, KnowledgeError) as problem:
            word = "article_there" if isinstance(problem, AlreadyThere) else "not_solved"
            return pages.problem(request, 409, word)
        if name is None:
            return pages.problem(request, 404, "not_found")
        return RedirectResponse(f"{PREFIX}/knowledge/{name}", 303)

    return routes


def _noted(tx: Tx, visitor: Visitor, action: str, article: str, now: Any, **detail: Any) -> None:
    about = f"article:{article}"[:80]
    tx.audit.note(action, visitor.user.id, now, about=about, address=visitor.address, **detail)
