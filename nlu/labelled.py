"""Labelled sentences to train or measure with: Rasa's YAML, or one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path

from nlu.example import Example
from nlu.problem import Problem
from nlu.training_data import TrainingDataError, load


def read(path: Path, label: str | None = None) -> tuple[Example, ...]:
    """The examples of a file: `{"text": …, "label": …}` a line in .jsonl files, else Rasa NLU YAML.

    `label` overrides the labels of the file. TrainingDataError names file, line and what is expected.
    """
    examples = _lines(path) if path.suffix == ".jsonl" else load(path).examples
    if label is None:
        return examples
    return tuple(Example(e.text, label, e.file, e.line) for e in examples)


def _lines(path: Path) -> tuple[Example, ...]:
    examples: list[Example] = []
    problems: list[Problem] = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise TrainingDataError([Problem(path.name, 1, f"expected UTF-8 text: {error.reason}")]) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _object(line)
        if isinstance(found, str):
            problems.append(Problem(path.name, number, found))
        else:
            examples.append(Example(*found, path.name, number))
    if problems:
        raise TrainingDataError(problems)
    if not examples:
        raise TrainingDataError([Problem(path.name, 1, 'expected {"text": …, "label": …} on each line')])
    return tuple(examples)


def _object(line: str) -> tuple[str, str] | str:
    """Text and label, or what is wrong with the line."""
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at column {error.colno}"
    if not isinstance(found, dict) or not isinstance(found.get("text"), str) or not found["text"].strip():
        return 'expected {"text": …, "label": …} with a text'
    label = found.get("label", found.get("intent"))
    if not isinstance(label, str) or not label:
        return 'expected a "label" beside the "text"'
    return found["text"], label
