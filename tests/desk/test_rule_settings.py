"""Bad service rules stop the start with the key and the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings
from bot.settings import SettingsProblem


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "warranty:\n  policies:\n    - {product: fridge}\n    - {}\n",
            "warranty.policies row 1 in bad.yaml line 3: 'fridge' is not in the catalogue's products",
        ),
        (
            "warranty:\n  policies:\n    - {}\n    - {product: tv}\n",
            "warranty.policies in bad.yaml line 2: row 2 is never reached: row 1 fits every device",
        ),
        (
            "warranty:\n  policies: [{product: tv}]\n",
            "warranty.policies in bad.yaml line 2: the last row must fit every device",
        ),
        (
            "warranty:\n  policies:\n    - {main_months: 6}\n",
            "warranty.policies row 1 in bad.yaml line 3: main_months must not be below whole_months",
        ),
        (
            "warranty:\n  policies:\n    - {product: tv}\n    - {main_parts: [flux]}\n",
            "warranty.policies row 2, main_parts in bad.yaml line 4: part 'flux' has no name",
        ),
        (
            "warranty: {policies: [{whole_months: -1}]}\n",
            "warranty.policies row 1, whole_months in bad.yaml line 1: ",
        ),
        (
            "warranty:\n  excluded_causes: [ghosts]\n",
            "warranty.excluded_causes row 1 in bad.yaml line 2: ",
        ),
        ("service: {warranty_months: 12}\n", "service.warranty_months in bad.yaml line 1: there is no such"),
        (
            "returns:\n  policies: [{brand: nobody}, {}]\n",
            "returns.policies row 1 in bad.yaml line 2: 'nobody' is not in the catalogue's brands",
        ),
        (
            "dispatch:\n  rules:\n    - {kind: fault, roles: [engineer]}\n"
            "    - {kind: return, roles: [wizard]}\n",
            "dispatch.rules row 2, roles row 1 in bad.yaml line 4: ",
        ),
        (
            "notices:\n  templates:\n    - {notice: weather, template_id: T1, keywords: {thing1: x}}\n",
            "notices.templates row 1, notice in bad.yaml line 3: 'weather' is no notice; there are draft, ",
        ),
        (
            "notices:\n  templates:\n    - {notice: news.fly, template_id: T1, keywords: {thing1: x}}\n",
            "notices.templates row 1, notice in bad.yaml line 3: 'news.fly': customers are told of accept, ",
        ),
        (
            "notices:\n  templates:\n"
            "    - {notice: visit, template_id: T1, keywords: {thing1: '{when}'}}\n"
            "    - {notice: [visit, survey], template_id: T2, keywords: {thing1: '{when}'}}\n",
            "notices.templates row 2 in bad.yaml line 4: thing1: survey has no 'when', only kind,",
        ),
        (
            "notices:\n  templates:\n    - {notice: visit, template_id: T1, keywords: {thong1: x}}\n",
            "notices.templates row 1 in bad.yaml line 3: 'thong1' is no keyword of a template; they begin",
        ),
        (
            "notices:\n  templates:\n    - {notice: visit, template_id: T1, keywords: {time1: '{when}'}}\n",
            "notices.templates row 1 in bad.yaml line 3: time1: a time is {said_at}, or {visit_at} ",
        ),
        (
            "notices:\n  templates:\n    - {notice: visit, template_id: '', keywords: {thing1: x}}\n",
            "notices.templates row 1, template_id in bad.yaml line 3: ",
        ),
        (
            "dispatch:\n  rules: [{kind: fault, roles: [engineer]}]\n",
            "dispatch.rules in bad.yaml line 2: nobody serves every consultation",
        ),
        (
            "dispatch:\n  rules:\n    - {kind: [fault, return], roles: [engineer]}\n"
            "    - {kind: return, priority: urgent, roles: [reviewer]}\n",
            "dispatch.rules in bad.yaml line 2: row 2 is never reached for return: row 1 takes all of them",
        ),
        (
            "dispatch:\n  rules:\n    - {kind: fault, roles: []}\n",
            "dispatch.rules row 1, roles in bad.yaml line 3: ",
        ),
        ("dispatch: {order: [load, load]}\n", "dispatch.order in bad.yaml line 1: names something twice"),
        (
            "dispatch:\n  shifts:\n    night: {hours: [25:00-06:00]}\n",
            "dispatch.shifts.night.hours in bad.yaml line 3: '25:00-06:00' has a time that no clock shows",
        ),
        (
            "fees:\n  labour:\n    - {job: x, price: 5}\n",
            "fees.labour in bad.yaml line 2: the last row must fit every job",
        ),
        (
            "fees:\n  labour:\n    - {price: 5, hour: 6}\n",
            "fees.labour row 1 in bad.yaml line 3: needs either price",
        ),
        (
            "fees: {visit: {capital: '1,20'}}\n",
            "fees.visit.capital in bad.yaml line 1: '1,20' is not an amount",
        ),
        ("fees: {visit: {capital: -3}}\n", "fees.visit.capital in bad.yaml line 1: '-3' is not an amount"),
        ("fees: {rounding: {to: 0}}\n", "fees.rounding.to in bad.yaml line 1: must be 0.01 at least"),
        ("fees: {discounts: {key: 101}}\n", "fees.discounts.key in bad.yaml line 1: "),
        (
            "serial_numbers:\n  formats:\n    - {pattern: '[A', example: A}\n",
            "serial_numbers.formats row 1, pattern in bad.yaml line 3: is not a regular expression",
        ),
        (
            "serial_numbers:\n  formats:\n    - {pattern: 'A(?P<yaer>..)', example: A24}\n",
            "serial_numbers.formats row 1, pattern in bad.yaml line 3: group 'yaer' means nothing",
        ),
        (
            "serial_numbers:\n  formats:\n    - {pattern: '\\d{8}', check: luhn, example: '12345678'}\n",
            "serial_numbers.formats row 1 in bad.yaml line 3: the example '12345678' fails the check digit",
        ),
        (
            "serial_numbers:\n  formats:\n    - {pattern: '\\d{8}', example: '1'}\n",
            "serial_numbers.formats row 1 in bad.yaml line 3: the example '1' does not fit the pattern",
        ),
    ],
)
def test_a_bad_rule_is_one_line_with_key_and_row(tmp_path: Path, words: str, message: str) -> None:
    """E3, E6, C6, C8: unknown products, rules never reached, examples that fail their own check."""
    path = tmp_path / "bad.yaml"
    path.write_text(words)
    with pytest.raises(SettingsProblem) as problem:
        settings.load(path, environ={})
    assert str(problem.value).startswith(message)
    assert "\n" not in str(problem.value)
