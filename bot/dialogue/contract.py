"""What the flows promise each other, checked when they are loaded."""

from __future__ import annotations

from bot.dialogue.domain import DomainProblem
from bot.dialogue.exchange import Script
from bot.dialogue.wording import LANGUAGES


def check(script: Script) -> None:
    """Raise DomainProblem naming the first thing that is missing."""
    for problem in problems(script):
        raise DomainProblem(problem)


def problems(script: Script) -> list[str]:
    """Everything that is missing: words in a language, an action of a rule, a validator of a slot."""
    return [*_words(script), *_rules(script), *_forms(script)]


def _words(script: Script) -> list[str]:
    found = []
    for name, variations in script.domain.responses.items():
        for language in LANGUAGES:
            if not any(_speaks(variation, language) for variation in variations):
                found.append(f"{name} has no words in {language}")
    return found


def _speaks(variation: dict[str, object], language: str) -> bool:
    conditions = variation.get("condition") or []
    assert isinstance(conditions, list)
    wanted = [c.get("value") for c in conditions if c.get("name") == "language"]
    return not wanted or language in wanted


def _rules(script: Script) -> list[str]:
    domain, found = script.domain, []
    for (_, intent), actions in domain.rules.items():
        if intent not in domain.intents:
            found.append(f"a rule answers intent {intent}, which no flow declares")
        for action in actions:
            if action not in script.actions and action not in domain.forms and action not in script.wording:
                found.append(f"the rule for intent {intent} names {action}, which does not exist")
    return found


def _forms(script: Script) -> list[str]:
    found = []
    for form, spec in script.domain.forms.items():
        if f"action_submit_{form}" not in script.actions:
            found.append(f"form {form} has no action_submit_{form}")
        validator = script.actions.get(f"validate_{form}")
        for slot in spec["required_slots"]:
            if validator is not None and not hasattr(validator, f"validate_{slot}"):
                found.append(f"form {form} does not validate slot {slot}")
    return found
