"""The head of an article: YAML between `---` lines, read with the line of everything in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

from nlu import yml

_LONGEST = 200_000
_NULL = "tag:yaml.org,2002:null"


class FrontMatterError(ValueError):
    """An article's head cannot be read; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Value:
    """One YAML value with its line."""

    node: yaml.Node
    line: int

    @property
    def empty(self) -> bool:
        """Nothing was written, or null."""
        return self.node.tag == _NULL or (self.text is not None and not self.text)

    @property
    def text(self) -> str | None:
        """The words as they were written (`no` stays "no", 1.10 stays "1.10"); None for a list or map."""
        return str(self.node.value).strip() if isinstance(self.node, yaml.ScalarNode) else None

    @property
    def items(self) -> list[Value] | None:
        """The items of a list; None for anything else."""
        if not isinstance(self.node, yaml.SequenceNode):
            return None
        return [_value(node, self) for node in self.node.value]

    @property
    def pairs(self) -> list[tuple[Value, Value]] | None:
        """The keys and values of a map; None for anything else."""
        if not isinstance(self.node, yaml.MappingNode):
            return None
        return [(_value(key, self), _value(value, self)) for key, value in self.node.value]


@dataclass(frozen=True, slots=True)
class Page:
    """A file split in two: the head, and the text below it with the line it begins on."""

    head: Value
    body: str
    body_line: int
    last_line: int


def split(text: str) -> Page:
    """The head and the body of a Markdown file, or FrontMatterError."""
    if len(text) > _LONGEST:
        raise FrontMatterError(1, f"expected an article of at most {_LONGEST:,} characters")
    if (at := text.find("\0")) >= 0:
        raise FrontMatterError(text.count("\n", 0, at) + 1, "expected text, found a NUL character")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---":
        raise FrontMatterError(1, "expected front matter: `---` on the first line")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        raise FrontMatterError(1, "expected a second `---` that ends the front matter")
    head = _head("\n".join(lines[1:end]))
    body = "\n".join(lines[end + 1 :])
    return Page(head, body, end + 2, len(lines) - (not lines[-1]))


def _head(text: str) -> Value:
    try:
        node = yml.Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 2
        raise FrontMatterError(line, f"not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 2
        raise FrontMatterError(line, "not YAML: a character that cannot be printed") from None
    except (yaml.YAMLError, RecursionError):
        raise FrontMatterError(2, "not YAML: nested too deeply or broken") from None
    if not isinstance(node, yaml.MappingNode):
        raise FrontMatterError(2, "expected `key: value` lines between the `---` lines")
    return Value(node, 2)


def entries(map_: Value, known: Iterable[str]) -> tuple[dict[str, Value], list[tuple[int, str]]]:
    """The values of a map by key, and what is wrong with its keys (line, message)."""
    found: dict[str, Value] = {}
    wrong: list[tuple[int, str]] = []
    known = tuple(known)
    for key, value in map_.pairs or ():
        name = key.text or ""
        if name not in known:
            wrong.append((key.line, f"unknown key `{name}`{guess(name, known)}; expected {one_of(known)}"))
        elif name in found:
            wrong.append((key.line, f"`{name}` stands here twice"))
        else:
            found[name] = Value(value.node, value.line if value.text else key.line)
    return found, wrong


def one_of(names: Iterable[str]) -> str:
    """ "one of a, b, c" for a message."""
    return f"one of {', '.join(sorted(names))}"


def guess(name: str, known: Iterable[str]) -> str:
    """ " (did you mean `x`?)" where a known name is near, else nothing."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean `{near[0]}`?)" if near else ""


def words(value: Value) -> Iterator[Value]:
    """The items of a list that are words; nothing for anything else."""
    yield from (item for item in value.items or () if item.text)


def _value(node: yaml.Node, inside: Value) -> Value:
    mark = node.start_mark
    return Value(node, mark.line + 2 if mark else inside.line)
