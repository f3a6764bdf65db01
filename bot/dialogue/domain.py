"""One Rasa domain from the flows' files, checked while it is put together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nlu import yml

SECTIONS = ("intents", "entities", "slots", "forms", "responses", "actions", "rules")


class DomainProblem(Exception):
    """A flow's file cannot be used; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Domain:
    """What the flows declare: `rules` maps (form or None, intent) to the actions that answer it."""

    slots: dict[str, dict[str, Any]] = field(default_factory=dict)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    responses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    intents: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    rules: dict[tuple[str | None, str], tuple[str, ...]] = field(default_factory=dict)
    rasa: dict[str, Any] = field(default_factory=dict)

    def initial_slots(self) -> dict[str, Any]:
        """Every slot with its value before anything was said."""
        return {name: spec.get("initial_value") for name, spec in self.slots.items()}

    def form_slots(self, form: str) -> list[str]:
        """The form's slots in the order of its file."""
        return list(self.forms[form]["required_slots"])

    def mappings(self, slot: str) -> list[dict[str, Any]]:
        """How the slot is filled."""
        return self.slots[slot].get("mappings") or []


def load(paths: Iterable[Path]) -> Domain:
    """The merged domain of the files; raises DomainProblem on a doubled or malformed entry."""
    merged: dict[str, Any] = {section: {} for section in ("slots", "forms", "responses")}
    lists: dict[str, list[str]] = {"intents": [], "entities": []}
    rules: dict[tuple[str | None, str], tuple[str, ...]] = {}
    for path in paths:
        content = _read(path)
        for section, entries in merged.items():
            for name, value in (content.get(section) or {}).items():
                if name in entries:
                    raise DomainProblem(f"{path.name}: {section} {name} is declared twice")
                entries[name] = value
        for section, names in lists.items():
            names.extend(name for name in content.get(section) or [] if name not in names)
        for rule in content.get("rules") or []:
            key, actions = _rule(path, rule)
            if key in rules:
                raise DomainProblem(f"{path.name}: a second rule for intent {key[1]}")
            rules[key] = actions
    _check(merged, rules)
    rasa = {"version": "3.1", **merged, **lists}
    return Domain(
        slots=merged["slots"],
        forms=merged["forms"],
        responses=merged["responses"],
        intents=tuple(lists["intents"]),
        entities=tuple(lists["entities"]),
        rules=rules,
        rasa=rasa,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) or {}  # noqa: S506 - a safe loader
    except yaml.YAMLError as problem:
        raise DomainProblem(f"{path.name}: {problem}") from None
    unknown = set(content) - {*SECTIONS, "version"}
    if unknown:
        raise DomainProblem(f"{path.name}: there is no section {sorted(unknown)[0]}")
    return dict(content)


def _rule(path: Path, rule: dict[str, Any]) -> tuple[tuple[str | None, str], tuple[str, ...]]:
    form = None
    for condition in rule.get("condition") or []:
        form = condition.get("active_loop", form)
    intents = [step["intent"] for step in rule.get("steps") or [] if "intent" in step]
    actions = tuple(step["action"] for step in rule.get("steps") or [] if "action" in step)
    if len(intents) != 1 or not actions:
        raise DomainProblem(f"{path.name}: rule {rule.get('rule')!r} needs one intent and an action")
    return (form, intents[0]), actions


def _check(merged: dict[str, Any], rules: dict[tuple[str | None, str], tuple[str, ...]]) -> None:
    for form, spec in merged["forms"].items():
        for slot in spec.get("required_slots") or []:
            if slot not in merged["slots"]:
                raise DomainProblem(f"form {form} needs slot {slot}, which is not declared")
    for form, _intent in rules:
        if form is not None and form not in merged["forms"]:
            raise DomainProblem(f"a rule names form {form}, which is not declared")


class _Loader(yml.Loader):
    """YAML without surprises: yes and no stay words, a doubled key is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1 and key != "<<":
                raise yaml.constructor.ConstructorError(None, None, f"doubled key {key}", node.start_mark)
        return super().construct_mapping(node, deep=deep)


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in yml.Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile("^(?:true|false)$"), list("tf"))
