"""Types of the values that requests carry; what a value means is checked where it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from handlers.life import life
from nlu.catalogue import in_use

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


class Body(BaseModel):
    """A request's body: JSON types are not converted, unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def line(limit: int) -> Any:
    """A text on one line, of that many characters at most."""
    return StringConstraints(min_length=1, max_length=limit, pattern=ONE_LINE)


def _one_of(names: Callable[[], Iterable[str]]) -> tuple[Any, Any]:
    """The names are known only when they are used; OpenAPI lists them."""

    def known(value: str) -> str:
        if value not in names():
            raise ValueError(f"must be one of {', '.join(names())}")
        return value

    def listed(schema: dict[str, Any]) -> None:
        schema["enum"] = list(names())

    return AfterValidator(known), Field(json_schema_extra=listed)


Kind = Annotated[str, *_one_of(lambda: life().kinds)]
Status = Annotated[str, *_one_of(lambda: life().states)]
MoveName = Annotated[str, *_one_of(lambda: [n for n, m in life().moves.items() if "new" not in m.sources])]
Product = Annotated[str, *_one_of(lambda: in_use().names["products"])]
Symptom = Annotated[str, *_one_of(lambda: in_use().names["symptoms"])]
Priority = Literal["urgent", "normal"]
Language = Literal["zh", "en"]
Level = Literal["normal", "key", "long_standing"]
Name = Annotated[str, line(40)]
Phone = Annotated[str, line(32)]
Address = Annotated[str, line(300)]
