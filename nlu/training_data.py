"""Training data in Rasa's NLU format (version 3.1), read with the place of every mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from nlu import yml
from nlu.doubts import of_examples, of_words
from nlu.example import Example, Word
from nlu.problem import Problem
from nlu.tables import NONE, Tables
from nlu.text import fold

_KINDS = ("intent", "synonym", "regex", "lookup")
_ANNOTATION = re.compile(r"\[(?P<text>[^\]]+)\](?:\((?P<entity>[^)]+)\)|(?P<detail>\{[^}]*\}))")


class TrainingDataError(ValueError):
    """The training data cannot be used; each problem names file, line and what is expected."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What the files hold; `warnings` are worth reading but stop nothing."""

    examples: tuple[Example, ...]
    tables: Tables = NONE
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
        self.words: list[Word] = []
        self.empty: list[Problem] = []

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
        names: list[tuple[str, str]] = []
        lines: list[tuple[int, str]] | None = None
        for key, node in section.value:
            at = key.start_mark.line + 1
            if key.value in _KINDS:
                if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
                    self._complain(file, at, f"expected a name: `- {key.value}: name`")
                    return
                names.append((key.value, str(node.value).strip()))
            elif key.value == "examples":
                lines = list(self._read_lines(file, node))
            elif key.value != "metadata":
                expected = "intent, synonym, regex, lookup, examples, metadata"
                self._complain(file, at, f"unknown key `{key.value}`; expected one of {expected}")
        if len(names) != 1:
            several = f", found {' and '.join(kind for kind, _ in names)}" if names else ""
            self._complain(file, line, f"expected a name: `- intent: name`{several}")
        elif lines is None:
            self._complain(file, line, f"`{names[0][1]}` has no `examples: |`")
        else:
            self._take(file, line, *names[0], lines)

    def _take(self, file: Path, line: int, kind: str, name: str, lines: list[tuple[int, str]]) -> None:
        """Keep a section's examples, each checked."""
        told = [(at, text) for at, text in lines if text]
        if not told:
            self.empty.append(Problem(file.name, line, f"{kind} {name} has no example"))
        for at, text in told:
            if kind == "intent":
                self._take_example(file, at, name, text)
                continue
            if kind == "regex" and (wrong := _not_a_pattern(text)):
                self._complain(file, at, f"expected a regular expression, found “{text[:40]}”: {wrong}")
            self.words.append(Word(kind, name, text, file.name, at))

    def _take_example(self, file: Path, line: int, intent: str, text: str) -> None:
        """Keep one example of an intent, and what it annotates."""
        for mark in _ANNOTATION.finditer(text):
            entity, value = mark["entity"], ""
            if mark["detail"]:
                try:
                    detail = json.loads(mark["detail"])
                    entity, value = str(detail["entity"]), str(detail.get("value") or "")
                except (ValueError, KeyError, TypeError):
                    expected = 'expected [words]{"entity": "name", "value": "…"}'
                    self._complain(file, line, f"{expected}, found “{mark[0][:50]}”")
                    continue
            name, _, short = str(entity).partition(":")  # Rasa's old short form [words](name:value)
            self.words.append(Word("annotation", name, mark["text"], file.name, line, value or short))
        self.examples.append(Example(_plain(text), intent, file.name, line))

    def _read_lines(self, file: Path, node: yaml.Node) -> Iterator[tuple[int, str]]:
        """The `- …` lines of a literal block (or of a plain list), with their line numbers."""
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                at, text = item.start_mark.line + 1, _item_text(item)
                if text is None:
                    self._complain(file, at, "expected `- example` or `- text: example`")
                else:
                    yield at, text.strip().removeprefix("- ")
            return
        if not isinstance(node, yaml.ScalarNode):
            self._complain(file, node.start_mark.line + 1, "expected `examples: |` with `- …` lines")
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
        tables = Tables(
            synonyms=self._listed("synonym"),
            lookups=self._listed("lookup"),
            patterns=self._listed("regex"),
            annotated={(w.name, fold(w.text)): w.value for w in self.words if w.value},
        )
        found = (*self.empty, *of_examples(self.examples), *of_words(self.words))
        return TrainingData(tuple(self.examples), tables, tuple(found))

    def _listed(self, kind: str) -> dict[str, tuple[str, ...]]:
        names = dict.fromkeys(w.name for w in self.words if w.kind == kind)
        return {n: tuple(w.text for w in self.words if (w.kind, w.name) == (kind, n)) for n in names}


def _plain(text: str) -> str:
    """The sentence without Rasa's entity annotations."""
    return _ANNOTATION.sub(lambda m: m["text"], text)


def _item_text(item: yaml.Node) -> str | None:
    """The text of a list's item, alone or under `text`; None where there is none."""
    if isinstance(item, yaml.MappingNode):
        item = next((value for key, value in item.value if key.value == "text"), item)
    return str(item.value) if isinstance(item, yaml.ScalarNode) else None


def _not_a_pattern(text: str) -> str | None:
    try:
        re.compile(text)
    except re.error as error:
        return str(error)
    return None
