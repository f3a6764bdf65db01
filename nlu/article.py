"""Articles of the knowledge base: Markdown with YAML front matter, read with the place of every mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu import yml

_STATES = ("draft", "review", "published", "retired")
_LANGUAGES = ("zh", "en")
_REQUIRED = ("id", "title", "language", "questions", "version", "state")
_LISTS = ("questions", "products", "models", "error_codes", "symptoms")
_KEYS = frozenset((*_REQUIRED, *_LISTS, "source", "author", "valid_from", "diagnosis"))


@dataclass(frozen=True, slots=True)
class KnowledgeProblem:
    """What is wrong with an article: the file, the line (from 1) and what is expected there."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Article:
    """One approved answer; `steps` are the instructions of a diagnosis, tried one after another.

    `id` is the same for the languages of one article; `products`, `symptoms` are codes of the catalogue.
    """

    id: str
    version: str
    language: str
    title: str
    questions: tuple[str, ...]
    answer: str
    products: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    source: str = ""
    state: str = "published"


def read(path: Path) -> tuple[Article | None, list[KnowledgeProblem]]:
    """The article of one file, or what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return None, [KnowledgeProblem(path.name, 1, f"expected UTF-8 text: {error.reason}")]
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return None, [KnowledgeProblem(path.name, 1, "expected front matter: `---` on the first line")]
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        return None, [KnowledgeProblem(path.name, 1, "expected a second `---` that ends the front matter")]
    try:
        loader = yml.Loader("\n".join(lines[1:end]))
        node = loader.get_single_node()
        front = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line + 2 if error.problem_mark else 2
        return None, [KnowledgeProblem(path.name, at, f"not YAML: {error.problem}")]
    if not isinstance(front, dict) or not isinstance(node, yaml.MappingNode):
        return None, [KnowledgeProblem(path.name, 2, "expected `key: value` lines between the `---` lines")]
    at_line = {str(key.value): key.start_mark.line + 2 for key, _ in node.value}
    answer = "\n".join(lines[end + 1 :]).strip()
    found = [KnowledgeProblem(path.name, at_line.get(key, 2), message) for key, message in _check(front)]
    if not answer:
        found.append(KnowledgeProblem(path.name, len(lines), "expected the answer below the front matter"))
    return (None, found) if found else (_article(front, answer), [])


def _check(front: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in _REQUIRED:
        if not front.get(key):
            yield key, f"`{key}` is missing; expected {', '.join(_REQUIRED)}"
    for key, value in front.items():
        if key not in _KEYS:
            yield key, f"unknown key `{key}`; expected one of {', '.join(sorted(_KEYS))}"
        elif key in _LISTS and not _is_words(value):
            yield key, f"`{key}`: expected a list of words"
    if front.get("language") and front["language"] not in _LANGUAGES:
        yield "language", f"`language`: expected one of {', '.join(_LANGUAGES)}, found {front['language']}"
    if front.get("state") and front["state"] not in _STATES:
        yield "state", f"`state`: expected one of {', '.join(_STATES)}, found {front['state']}"
    steps = front.get("diagnosis")
    if steps is not None and not _are_steps(steps):
        yield "diagnosis", "`diagnosis`: expected a list of `- instruction: …`"


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str | int) and str(v).strip() for v in value)


def _are_steps(steps: Any) -> bool:
    return (
        isinstance(steps, list)
        and bool(steps)
        and all(
            isinstance(step, dict) and set(step) == {"instruction"} and str(step["instruction"] or "").strip()
            for step in steps
        )
    )


def _plain(answer: str) -> str:
    """The answer as a chat bubble shows it: no emphasis marks, bullets as dots."""
    answer = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", answer)
    return re.sub(r"(?m)^(\s*)[-*] ", r"\1• ", answer)


def _article(front: dict[str, Any], answer: str) -> Article:
    words = {key: tuple(str(v).strip() for v in front.get(key) or ()) for key in _LISTS}
    return Article(
        id=str(front["id"]),
        version=str(front["version"]),
        language=str(front["language"]),
        title=str(front["title"]),
        questions=words["questions"],
        answer=_plain(answer),
        products=words["products"],
        models=words["models"],
        error_codes=tuple(code.upper() for code in words["error_codes"]),
        symptoms=words["symptoms"],
        steps=tuple(str(step["instruction"]).strip() for step in front.get("diagnosis") or ()),
        source=str(front.get("source") or front.get("author") or ""),
        state=str(front["state"]),
    )
