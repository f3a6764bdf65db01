"""Which promise holds for which order: the rows of the table `promises`; the most specific counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import product
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from handlers.promises.spans import Share, Span, parse_warning
from handlers.section import Section

What = Literal[
    "accept",  # the assignee accepts the order
    "answer",  # the first answer
    "visit",  # on site
    "solve",
    "solve_complex",
    "plan",  # what will be done about a complaint
    "parts_order",
    "record",  # a visit's record is filed
    "statement",  # to a regulator
    "second_handling",  # has begun
]
"""What may be promised."""
Kind = Literal["fault", "consultation", "complaint", "installation", "return"]
Priority = Literal["urgent", "normal"]
Region = Literal["capital", "surroundings", "elsewhere"]
Level = Literal["normal", "key", "long_standing"]
ClockName = Literal["business", "calendar"]
ALWAYS: tuple[What, ...] = ("answer",)
"""Every order needs a row for these: customers are told of them."""
CONDITIONS = ("priority", "level", "region", "kind")
"""What a row may name, in the order in which it makes the row more specific."""


def _several(value: Any) -> Any:
    """One value may stand without brackets; a key without any value would fit nothing."""
    if value is None or value in ([], ()):
        raise ValueError("names nothing; leave the key out where anything fits")
    return value if isinstance(value, (list, tuple)) else (value,)


_Several = BeforeValidator(_several)


@dataclass(frozen=True, slots=True)
class Case:
    """What of an order decides on its promises."""

    kind: str
    priority: str = "normal"
    region: str = "elsewhere"
    level: str = "normal"


class Policy(Section):
    """One row: what is promised within which time. What it does not name may be anything."""

    what: What
    kind: Annotated[tuple[Kind, ...], _Several] = ()
    priority: Annotated[tuple[Priority, ...], _Several] = ()
    region: Annotated[tuple[Region, ...], _Several] = ()
    level: Annotated[tuple[Level, ...], _Several] = ()
    within: Annotated[Span, BeforeValidator(lambda v: v if isinstance(v, Span) else Span.parse(v))]
    clock: ClockName = "business"
    warn_before: Annotated[
        Span | Share | None,
        BeforeValidator(lambda v: v if v is None or isinstance(v, (Span, Share)) else parse_warning(v)),
    ] = Field(default=Share(25), validate_default=True)

    @model_validator(mode="after")
    def _warns_in_time(self) -> Policy:
        before = self.warn_before
        if not isinstance(before, Span):
            return self
        if before.days and self.clock == "business":
            raise ValueError("warn_before cannot be working days; write hours or a share")
        if self._least(before) >= self._least(self.within) and (self.clock == "calendar" or self.within.time):
            raise ValueError("warn_before must be shorter than within")
        return self

    @staticmethod
    def _least(span: Span) -> timedelta:
        return span.time + timedelta(days=span.days)

    @property
    def rank(self) -> tuple[bool, ...]:
        """How specific the row is; the greater goes first."""
        return tuple(bool(getattr(self, name)) for name in CONDITIONS)

    @property
    def version(self) -> str:
        """A fingerprint of the row: the same as long as nothing of it is changed."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def cases(self) -> Iterator[Case]:
        """Every case the row fits."""
        return _cases(self.kind, self.priority, self.region, self.level)


class TableProblem(ValueError):
    """The rows do not make a table; the message names the row, counted from 1."""


class Table:
    """The promises of the service. Raises TableProblem for rows that tie or that nothing ever reaches."""

    def __init__(self, rows: Sequence[Policy]) -> None:
        self.rows = tuple(rows)
        self._chosen: dict[tuple[What, Case], tuple[int, Policy]] = {}
        for number, row in enumerate(self.rows, start=1):
            for case in row.cases():
                self._offer(number, row, case)
        self._check_reached()
        self._check_whole()

    def policy(self, what: What, case: Case) -> Policy | None:
        """The row that holds; None where nothing is promised."""
        found = self._chosen.get((what, case))
        return found[1] if found else None

    def _offer(self, number: int, row: Policy, case: Case) -> None:
        held = self._chosen.get((row.what, case))
        if held is None or row.rank > held[1].rank:
            self._chosen[row.what, case] = number, row
        elif row.rank == held[1].rank:
            raise TableProblem(
                f"row {number} ({row.what}): as specific as row {held[0]}, and both fit {_spoken(case)}"
            )

    def _check_reached(self) -> None:
        reached = {number for number, _ in self._chosen.values()}
        for number, row in enumerate(self.rows, start=1):
            if number not in reached:
                raise TableProblem(
                    f"row {number} ({row.what}): never counts, more specific rows take all its cases"
                )

    def _check_whole(self) -> None:
        for what, case in product(ALWAYS, _cases()):
            if self.policy(what, case) is None:
                raise TableProblem(f"no row says {what} for {_spoken(case)}")


def _cases(
    kinds: Iterable[str] = (),
    priorities: Iterable[str] = (),
    regions: Iterable[str] = (),
    levels: Iterable[str] = (),
) -> Iterator[Case]:
    """Every case of these values; of all values where none are given."""
    return (
        Case(*values)
        for values in product(
            kinds or get_args(Kind),
            priorities or get_args(Priority),
            regions or get_args(Region),
            levels or get_args(Level),
        )
    )


def _spoken(case: Case) -> str:
    return f"kind {case.kind}, priority {case.priority}, region {case.region}, level {case.level}"
