"""Answers: a model's words become choices only where they are exactly what was offered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from bot.advice.masking import Masked
from handlers.advice import Choice, Chosen
from nlu.text import fold

NONE = "none"
"""What the model answers where no option fits."""
_QUOTE = 200


class BadAnswer(Exception):
    """The answer is not one of those asked for."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def schema(choices: tuple[Choice, ...]) -> dict[str, Any]:
    """The JSON schema of an answer to the choices."""
    return _object({choice.subject: _property(choice) for choice in choices})


def _property(choice: Choice) -> dict[str, Any]:
    option = {"type": "string", "enum": [*choice.options, NONE]}
    return _object({"option": option, "words": {"type": "string"}}) if choice.quoted else option


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read(
    content: str, choices: tuple[Choice, ...], text: str, masked: Masked
) -> tuple[dict[str, Chosen], list[str]]:
    """What was chosen, and the subjects whose quotation does not stand in the customer's text.

    Raises BadAnswer where the content is not the JSON asked for or names what was not offered.
    """
    try:
        answer = _model(choices).model_validate_json(_bare(content))
    except ValidationError as problem:
        offered = {error["type"] for error in problem.errors(include_input=False, include_url=False)}
        raise BadAnswer("not_offered" if "literal_error" in offered else "not_json") from None
    chosen: dict[str, Chosen] = {}
    unfounded: list[str] = []
    for choice in choices:
        said = getattr(answer, choice.subject)
        option = said.option if choice.quoted else said
        if option == NONE:
            continue
        place = _place(masked.unmask(said.words), text) if choice.quoted else (0, 0)
        if place is None:
            unfounded.append(choice.subject)
        else:
            chosen[choice.subject] = Chosen(option, *place)
    return chosen, unfounded


def _model(choices: tuple[Choice, ...]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for choice in choices:
        option: Any = Literal.__getitem__((*choice.options, NONE))
        fields[choice.subject] = (_quoted(option) if choice.quoted else option, ...)
    return create_model("Answer", __base__=_Strict, **fields)


def _quoted(option: Any) -> type[BaseModel]:
    words = Annotated[str, Field(max_length=_QUOTE)]
    return create_model("Quoted", __base__=_Strict, option=(option, ...), words=(words, ...))


def _bare(content: str) -> str:
    """The content without the code fence that some models put around JSON."""
    content = content.strip()
    if content.startswith("```") and content.endswith("```"):
        content = content.removeprefix("```").removeprefix("json").removesuffix("```")
    return content


def _place(words: str, text: str) -> tuple[int, int] | None:
    """Where the words stand in the text, however they are spaced and capitalised; None where they do not."""
    letters = [(i, char) for i, char in enumerate(fold(text)) if not char.isspace()]
    wanted = "".join(fold(words).split())
    if not any(char.isalnum() for char in wanted):
        return None
    at = "".join(char for _, char in letters).find(wanted)
    return (letters[at][0], letters[at + len(wanted) - 1][0] + 1) if at >= 0 else None
