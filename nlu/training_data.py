"""Training data in Rasa's NLU format (version 3.1), read with the place of every mistake."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from nlu import yml

_KINDS = ("intent", "synonym", "regex", "lookup")
_ANNOTATION = re.compile(r"\[(?P<text>[^\]]+)\](?:\((?P<entity>[^)]+)\)|(?P<detail>\{[^}]*\}))")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file of training data that a trainer should see; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class TrainingDataError(ValueError):
    """The training data cannot be used; each problem names file, line and what is expected."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence and the intent it stands for."""

    text: str
    intent: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What the files hold; `warnings` are worth reading but stop nothing."""

    examples: tuple[Example, ...]
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    patterns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lookups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents, sorted."""
        return tuple(sorted({e.intent for e in self.examples}))


def load(path: Path) -> TrainingData:
    """The training data of one file, or of every .yml and .yaml file in a folder and below."""
    files = [path] if path.is_file() else sorted([*path.rglob("*.yml"), *path.rglob("*.yaml")])
    if not files:
        raise TrainingDataError([Problem(str(path), 1, "no .yml files with training data here")])
    reader = _Reader()
    for file in files:
        reader.read(file)
    if reader.problems:
        raise TrainingDataError(reader.problems)
    return reader.result()


class _Reader:
    """Collects examples and problems over several files."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.examples: list[Example] = []
        self.values: dict[str, dict[str, tuple[str, ...]]] = {kind: {} for kind in _KINDS[1:]}

    def read(self, file: Path) -> None:
        """Take in one file; what is wrong with it goes to `problems`."""
        try:
            root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yml.Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._complain(file, mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}")
            return
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            self._complain(file, 1, f"not YAML text in UTF-8: {error}")
            return
        if not isinstance(root, yaml.MappingNode):
            self._complain(file, 1, 'expected `version: "3.1"` and `nlu:` with a list')
            return
        for key, node in root.value:
            line = key.start_mark.line + 1
            if key.value == "nlu":
                self._read_sections(file, node)
            elif key.value == "version":
                if not str(node.value).startswith("3."):
                    self._complain(file, line, f'expected version "3.1", found "{node.value}"')
            else:
                self._complain(file, line, f"unknown key `{key.value}`; expected version or nlu")

    def _read_sections(self, file: Path, node: yaml.Node) -> None:
        if not isinstance(node, yaml.SequenceNode):
            self._complain(file, node.start_mark.line + 1, "expected a list of `- intent: …` under nlu")
            return
        for section in node.value:
            if isinstance(section, yaml.MappingNode):
                self._read_section(file, section)
            else:
                self._complain(file, section.start_mark.line + 1, "expected `- intent: …` with `examples: |`")

    def _read_section(self, file: Path, section: yaml.MappingNode) -> None:
        line = section.start_mark.line + 1
        kind = name = ""
        lines: list[tuple[int, str]] | None = None
        for key, node in section.value:
            if key.value in _KINDS:
                kind, name = key.value, str(node.value)
            elif key.value == "examples":
                lines = list(self._read_lines(file, node))
            elif key.value != "metadata":
                expected = "intent, synonym, regex, lookup, examples, metadata"
                at = key.start_mark.line + 1
                self._complain(file, at, f"unknown key `{key.value}`; expected one of {expected}")
        if not kind or not name:
            self._complain(file, line, "expected a name: `- intent: name`")
        elif lines is None:
            self._complain(file, line, f"`{name}` has no `examples: |`")
        elif kind == "intent":
            found = (Example(_plain(text), name, file.name, at) for at, text in lines)
            self.examples.extend(e for e in found if e.text)
        else:
            values = self.values[kind]
            values[name] = values.get(name, ()) + tuple(text for _, text in lines)

    def _read_lines(self, file: Path, node: yaml.Node) -> Iterator[tuple[int, str]]:
        """The `- …` lines of a literal block (or of a plain list), with their line numbers."""
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                text = item.value if isinstance(item, yaml.ScalarNode) else ""
                if isinstance(item, yaml.MappingNode):
                    text = next((v.value for k, v in item.value if k.value == "text"), "")
                yield item.start_mark.line + 1, str(text).strip().removeprefix("- ")
            return
        first = node.start_mark.line + (2 if getattr(node, "style", None) == "|" else 1)
        for offset, raw in enumerate(str(node.value).split("\n")):
            text = raw.strip()
            if text.startswith("- "):
                yield first + offset, text[2:].strip()
            elif text and text != "-":
                self._complain(file, first + offset, f"expected `- ` before the example, found “{text[:30]}”")

    def _complain(self, file: Path, line: int, message: str) -> None:
        self.problems.append(Problem(file.name, line, message))

    def result(self) -> TrainingData:
        """What was read, with warnings."""
        return TrainingData(
            tuple(self.examples),
            self.values["synonym"],
            self.values["regex"],
            self.values["lookup"],
            tuple(_warnings(self.examples)),
        )


def _plain(text: str) -> str:
    """The sentence without Rasa's entity annotations."""
    return _ANNOTATION.sub(lambda m: m["text"], text)


def _warnings(examples: Sequence[Example]) -> Iterator[Problem]:
    counts = Counter(e.intent for e in examples)
    seen: dict[str, Example] = {}
    few: set[str] = set()
    for example in examples:
        if counts[example.intent] < 2 and example.intent not in few:
            few.add(example.intent)
            yield Problem(example.file, example.line, f"intent {example.intent} has only one example")
        key = example.text.casefold()
        first = seen.setdefault(key, example)
        if first is example:
            continue
        where = f"{first.file}:{first.line}"
        if first.intent == example.intent:
            yield Problem(example.file, example.line, f"“{example.text}” stands already at {where}")
        else:
            message = f"“{example.text}” is {example.intent} here and {first.intent} at {where}"
            yield Problem(example.file, example.line, message)
