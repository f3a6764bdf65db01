"""`POST /model/parse {"text"}`: what the desk understands, in Rasa's form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from bot.cleaning import clean
from bot.understanding import Understander
from nlu.context import Context


class Question(BaseModel):
    """The text to understand; Rasa's other fields are accepted and not needed."""

    model_config = ConfigDict(extra="ignore")

    text: Annotated[str, Field(max_length=200_000)]


def parse_router(
    understander: Understander, context_for: Callable[[datetime], Context], clock: Callable[[], datetime]
) -> APIRouter:
    """The route of `/model/parse`."""
    router = APIRouter(tags=["understanding"])

    @router.post("/model/parse")
    async def parse(question: Question) -> dict[str, Any]:
        understanding = await understander.parse(clean(question.text), context_for(clock()))
        return understanding.as_rasa()

    return router
