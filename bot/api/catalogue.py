"""`/catalogue`: the codes that orders use, with their names."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bot.api.problems import documented
from bot.api.service import PLAIN, Service, needs
from handlers import vocabulary
from handlers.life import life
from handlers.life.words import word
from nlu.catalogue import in_use


class Named(BaseModel):
    """A code and what it is called."""

    code: str
    zh: str
    en: str


class StatusOut(Named):
    """A state of orders."""

    final: Annotated[bool, Field(description="The order has come to its end.")]
    paused: Annotated[bool, Field(description="Promises stand still in it.")]


class MoveOut(Named):
    """A legal move: from where to where, who may make it, for which kinds."""

    sources: Annotated[list[str], Field(description="The states it starts from; `new` opens an order.")]
    target: Annotated[str | None, Field(description="null: the state stays.")]
    who: list[str]
    kinds: list[str]
    reason: Annotated[str, Field(description="`required`, `told` (also to the customer) or empty.")]


class CatalogueOut(BaseModel):
    """Everything that has a code."""

    products: list[Named]
    brands: list[Named]
    models: list[str]
    symptoms: list[Named]
    kinds: list[Named]
    statuses: list[StatusOut]
    moves: list[MoveOut]


def router(_service: Service) -> APIRouter:
    """The catalogue's route."""
    routes = APIRouter(prefix="/catalogue", tags=["catalogue"], dependencies=[needs("catalogue:read"), PLAIN])

    @routes.get(
        "", responses=documented(), summary="Products, brands, models, symptoms, kinds, statuses, moves"
    )
    async def catalogue() -> CatalogueOut:
        """What the codes in orders mean, and which moves are legal."""
        return whole()

    return routes


def whole() -> CatalogueOut:
    """The catalogue as it is now."""
    table, things = life(), in_use()

    def named(group: str, code: str) -> dict[str, str]:
        return {"code": code, "zh": word(group, code, "zh"), "en": word(group, code, "en")}

    def thing(section: str, code: str) -> Named:
        return Named(code=code, zh=things.name(section, code, "zh"), en=things.name(section, code, "en"))

    return CatalogueOut(
        products=[thing("products", code) for code in things.names["products"]],
        brands=[thing("brands", code) for code in things.names["brands"]],
        models=list(things.models),
        symptoms=[thing("symptoms", code) for code in things.names["symptoms"]],
        kinds=[
            Named(code=kind, **{t: vocabulary.word("kind", kind, t) for t in ("zh", "en")})
            for kind in table.kinds
        ],
        statuses=[
            StatusOut(**named("status", name), final=state.final, paused=state.paused)
            for name, state in table.states.items()
        ],
        moves=[
            MoveOut(
                **named("move", name), sources=list(move.sources), target=move.target, who=list(move.who),
                kinds=list(move.kinds), reason=move.reason,
            )
            for name, move in table.moves.items()
        ],
    )  # fmt: skip
