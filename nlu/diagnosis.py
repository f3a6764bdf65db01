"""Diagnoses: the steps a customer tries, as a tree whose every mistake is told with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.front_matter import Value, entries
from nlu.text import fold

SOLVED = "solved"
SERVICE = "service"
ENDS = (SOLVED, SERVICE)
"""Where a tree may end: the fault is gone, or it needs service."""

_ID = re.compile(r"[^\W_][\w-]{0,39}")
_LONGEST_SAY = 40
_LONGEST_INSTRUCTION = 500
_MOST_ANSWERS = 6
_MOST_STEPS = 40
_BARE = re.compile(r"[\W_]+")

Wrong = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer can say to a step, other words for it, and the step it leads to."""

    say: str
    next: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try or to look at.

    Without `answers` the question is whether it helped. `otherwise` is where "no" leads, or "I cannot tell".
    A step without an id of its own has its place: #1, #2 …
    """

    id: str
    instruction: str
    answers: tuple[Answer, ...] = ()
    otherwise: str = SERVICE

    @property
    def targets(self) -> tuple[str, ...]:
        """Every place this step leads to, apart from the "yes, it helped" of a step without answers."""
        return (*(answer.next for answer in self.answers), self.otherwise)


def plain(words: str) -> str:
    """Words as they are compared: folded, letters and digits only."""
    return _BARE.sub("", fold(words))


def read(value: Value) -> tuple[tuple[Step, ...], list[Wrong]]:
    """The steps of `diagnosis:` and what is wrong with them, in the order of the lines."""
    items = value.items
    if not items:
        return (), [(value.line, "`diagnosis`: expected a list of steps, each `- instruction: …`")]
    found: list[tuple[Step, Value]] = []
    wrong: list[Wrong] = []
    ids = _ids(items)
    for place, item in enumerate(items):
        following = ids[place + 1] if place + 1 < len(items) else SERVICE
        step, more = _step(item, ids[place], following)
        wrong += more
        found.append((step, item))
    if len(items) > _MOST_STEPS:
        wrong.append((items[_MOST_STEPS].line, f"`diagnosis`: expected at most {_MOST_STEPS} steps"))
    wrong += _doubles(found)
    wrong += _unknown(found, set(ids))
    steps = tuple(step for step, _ in found)
    if not wrong:
        wrong = [(found[i][1].line, message) for i, message in _unsound(steps)]
    return steps, sorted(wrong)


def _ids(items: Sequence[Value]) -> list[str]:
    own = (entries(item, _STEP)[0].get("id") for item in items)
    return [(value.text if value else "") or f"#{place}" for place, value in enumerate(own, 1)]


_STEP = ("id", "instruction", "answers", "otherwise")
_ANSWER = ("say", "next", "also")


def _step(item: Value, step_id: str, following: str) -> tuple[Step, list[Wrong]]:
    if item.pairs is None:
        return Step(step_id, ""), [(item.line, "`diagnosis`: expected a step, `- instruction: …`")]
    keys, wrong = entries(item, _STEP)
    if "id" in keys and (not _ID.fullmatch(step_id) or step_id in ENDS):
        what = f"`id`: expected letters, digits and - (not `{SOLVED}` or `{SERVICE}`), found `{step_id}`"
        wrong.append((keys["id"].line, what))
    instruction = keys["instruction"].text if "instruction" in keys else ""
    line = keys["instruction"].line if "instruction" in keys else item.line
    if not instruction:
        wrong.append((line, "`instruction`: expected what the customer should do or look at"))
    elif len(instruction) > _LONGEST_INSTRUCTION:
        wrong.append((line, f"`instruction`: expected at most {_LONGEST_INSTRUCTION} characters"))
    answers: tuple[Answer, ...] = ()
    if "answers" in keys:
        answers, more = _answers(keys["answers"])
        wrong += more
    otherwise = SERVICE if answers else following
    if "otherwise" in keys:
        otherwise = keys["otherwise"].text or ""
        if not otherwise:
            wrong.append((keys["otherwise"].line, f"`otherwise`: expected {_TARGET}"))
    return Step(step_id, instruction or "", answers, otherwise), wrong


_TARGET = f"a step's id, `{SOLVED}` or `{SERVICE}`"


def _answers(value: Value) -> tuple[tuple[Answer, ...], list[Wrong]]:
    items = value.items
    if items is None:
        return (), [(value.line, "`answers`: expected a list, each `- {say: …, next: …}`")]
    wrong: list[Wrong] = []
    if len(items) < 2:
        wrong.append((value.line, "`answers`: expected two or more; leave them out to ask “did that help?”"))
    elif len(items) > _MOST_ANSWERS:
        wrong.append((items[_MOST_ANSWERS].line, f"`answers`: expected at most {_MOST_ANSWERS}"))
    found: list[Answer] = []
    said: dict[str, int] = {}
    for item in items:
        answer, more = _answer(item)
        wrong += more
        for words in filter(None, map(plain, dict.fromkeys((answer.say, *answer.also)))):
            first = said.setdefault(words, item.line)
            if first != item.line or any(plain(other.say) == words for other in found):
                wrong.append((item.line, f"`say`: “{answer.say}” is an answer of this step already"))
                break
        found.append(answer)
    return tuple(found), wrong


def _answer(item: Value) -> tuple[Answer, list[Wrong]]:
    if item.pairs is None:
        return Answer("", SERVICE), [(item.line, "`answers`: expected `- {say: …, next: …}`")]
    keys, wrong = entries(item, _ANSWER)
    say = (keys["say"].text if "say" in keys else "") or ""
    target = (keys["next"].text if "next" in keys else "") or ""
    if not plain(say):
        wrong.append((keys.get("say", item).line, "`say`: expected the words of the answer"))
    elif len(say) > _LONGEST_SAY:
        wrong.append((keys["say"].line, f"`say`: expected at most {_LONGEST_SAY} characters, as on a button"))
    if not target:
        wrong.append((keys.get("next", item).line, f"`next`: expected {_TARGET}"))
    also: tuple[str, ...] = ()
    if "also" in keys:
        listed = keys["also"].items
        also = tuple(one.text for one in listed or () if one.text)
        if listed is None or len(also) != len(listed):
            wrong.append((keys["also"].line, "`also`: expected a list of other words for the answer"))
    return Answer(say, target, also), wrong


def _doubles(found: Sequence[tuple[Step, Value]]) -> Iterator[Wrong]:
    first: dict[str, int] = {}
    for step, item in found:
        line = entries(item, _STEP)[0].get("id", item).line
        if first.setdefault(step.id, line) != line:
            yield line, f"`id`: the step `{step.id}` stands already in line {first[step.id]}"


def _unknown(found: Sequence[tuple[Step, Value]], ids: set[str]) -> Iterator[Wrong]:
    known = {*ids, *ENDS}
    own = ", ".join(sorted(i for i in ids if not i.startswith("#"))) or "none has an id"
    for step, item in found:
        keys = entries(item, _STEP)[0]
        for answer, place in zip(
            step.answers, (keys["answers"].items or ()) if step.answers else (), strict=False
        ):
            if answer.next and answer.next not in known:
                yield place.line, f"`next`: there is no step `{answer.next}` (steps: {own})"
        if step.otherwise and step.otherwise not in known:
            line = keys.get("otherwise", item).line
            yield line, f"`otherwise`: there is no step `{step.otherwise}` (steps: {own})"


def _unsound(steps: Sequence[Step]) -> Iterator[tuple[int, str]]:
    """Steps that nobody comes to, and steps from which there is no way out (place, message)."""
    by_id = {step.id: step for step in steps}
    reached: set[str] = set()
    waiting = [steps[0].id]
    while waiting:
        here = waiting.pop()
        if here not in reached and here in by_id:
            reached.add(here)
            waiting += by_id[here].targets
    leaving = set(ENDS)
    while more := {s.id for s in steps if s.id not in leaving and leaving.intersection(s.targets)}:
        leaving |= more
    for place, step in enumerate(steps):
        name = f"step {place + 1}" if step.id.startswith("#") else f"step `{step.id}`"
        if step.id not in reached:
            yield place, f"{name} is never reached: no answer and no `otherwise` leads to it"
        elif step.id not in leaving:
            yield place, f"{name} goes round in circles: let an answer or `otherwise` lead out to `{SERVICE}`"
