"""Quotations: sums, warranty per line, discounts, tax, rounding, approval (E6, E7)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fees.quotation import Quotation, approve
from handlers.fees.quoting import Part, Plan, QuotationProblem, Work, quote
from handlers.fees.settings import FeeSettings
from handlers.fees.wording import WORDS, lines_of, whole
from handlers.phrases import Phrase
from handlers.warranty.cover import Cover

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
IN = Cover("in_warranty", "in_warranty", (), until=date(2026, 6, 1), main_parts=("compressor",))
MAIN = Cover("out_of_warranty", "in_warranty", (), main_parts=("compressor",))
OUT = Cover("out_of_warranty", "out_of_warranty", (), main_parts=("compressor",))
UNKNOWN = Cover("unknown", "unknown", ())
MISUSE = Cover("out_of_warranty", "out_of_warranty", (Phrase("excluded", {"cause": "misuse"}),))
RATES: dict[str, Any] = {
    "labour": [
        {"job": "compressor_replacement", "price": 380},
        {"job": "refrigerant_refill", "product": "air_conditioner", "price": "200.50"},
        {"hour": 120},
    ],
    "visit": {"capital": 30, "surroundings": 50, "elsewhere": 80},
}
PLAN = Plan(
    "SR-202603020001", "压缩机损坏", "更换压缩机", "refrigerator", "capital",
    parts=(Part("compressor", 80_000), Part("thermostat", 4550, 2)),
    work=(Work("compressor_replacement", 90, "compressor"), Work("adjustment", 31)),
)  # fmt: skip


def fees(**changes: Any) -> FeeSettings:
    return FeeSettings.model_validate({**RATES, **changes})


def amounts(plan: Plan, cover: Cover, settings: FeeSettings | None = None) -> dict[str, int]:
    quotation = quote(plan, cover, settings or fees(), NOW)
    return {f"{line.kind}:{line.code}": line.amount for line in quotation.lines}


def test_out_of_warranty_everything_is_charged() -> None:
    """E6: parts at cost with their quantity, jobs by price, hours in begun steps, the visit by region."""
    assert amounts(PLAN, OUT) == {
        "part:compressor": 80_000,
        "part:thermostat": 9100,
        "labour:compressor_replacement": 38_000,
        "labour:adjustment": 12_000,
        "visit:capital": 3000,
    }
    assert quote(PLAN, OUT, fees(), NOW).total == 142_100


def test_in_warranty_everything_is_free_and_says_so() -> None:
    """E6: each line tells that warranty bears it and what it would have cost."""
    quotation = quote(PLAN, IN, fees(), NOW)
    assert (quotation.total, quotation.tax, all(line.free for line in quotation.lines)) == (0, 0, True)
    assert lines_of(quotation, "zh")[0] == "压缩机 × 1：¥0.00，免费（原价 ¥800.00，保修期内）"


def test_a_main_part_in_warranty_is_free_with_its_labour() -> None:
    """E6: the rest is charged."""
    found = amounts(PLAN, MAIN)
    assert (found["part:compressor"], found["labour:compressor_replacement"]) == (0, 0)
    assert (found["part:thermostat"], found["labour:adjustment"], found["visit:capital"]) == (
        9100,
        12_000,
        3000,
    )
    english = lines_of(quote(PLAN, MAIN, fees(), NOW), "en")
    assert (
        english[0]
        == "compressor × 1: ¥0.00, free (otherwise ¥800.00; the compressor is covered as a main part)"
    )
    free_visit = fees(free={"main": ["part", "visit"]})
    assert amounts(PLAN, MAIN, free_visit)["visit:capital"] == 0


def test_a_part_fitted_before_is_free() -> None:
    """E6: the earlier repair's part has its own months."""
    cover = replace(OUT, fitted=("thermostat",))
    assert amounts(PLAN, cover)["part:thermostat"] == 0
    assert "上次维修更换" in lines_of(quote(PLAN, cover, fees(), NOW), "zh")[1]


def test_an_excluded_cause_is_charged_with_its_name() -> None:
    """E6: misuse is not covered."""
    quotation = quote(PLAN, MISUSE, fees(), NOW)
    assert quotation.lines[0].why == Phrase("charged_excluded", {"cause": "misuse"})
    assert quotation.total == 142_100


def test_an_unknown_warranty_is_quoted_provisionally() -> None:
    """E6: the customer is told that it may become free."""
    quotation = quote(PLAN, UNKNOWN, fees(), NOW)
    assert quotation.provisional
    assert "核实" in whole(quotation, NOW, "zh")


@pytest.mark.parametrize(
    ("level", "total"), [("normal", 142_100), ("key", 136_800), ("long_standing", 139_450)]
)
def test_discounts_by_level(level: Any, total: int) -> None:
    """E6: percent off labour and visit, as a line of its own."""
    assert quote(replace(PLAN, level=level), OUT, fees(), NOW).total == total


def test_tax_contained_or_added() -> None:
    """E6: contained, it is told; added, it is a line."""
    contained = quote(PLAN, OUT, fees(tax={"percent": 13, "included": True}), NOW)
    assert (contained.total, contained.tax) == (142_100, 16_348)
    added = quote(PLAN, OUT, fees(tax={"percent": 6, "included": False}), NOW)
    assert (added.total, added.tax, added.lines[-1].kind) == (150_626, 8526, "tax")


def test_the_total_is_rounded_by_a_line() -> None:
    """E6: 抹零 is seen."""
    plan = replace(PLAN, parts=(Part("pump", 12_345),), work=(), visit=False)
    down = quote(plan, OUT, fees(rounding={"to": 1, "way": "down"}), NOW)
    assert (down.total, down.lines[-1].amount) == (12_300, -45)
    up = quote(plan, OUT, fees(rounding={"to": 0.1, "way": "up"}), NOW)
    assert (up.total, up.lines[-1].amount) == (12_350, 5)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"parts": (Part("pump", 100, 0),)}, "bad_quantity"),
        ({"parts": (Part("pump", 100, 1000),)}, "bad_quantity"),
        ({"parts": (Part("pump", -1),)}, "bad_cost"),
        ({"work": (Work("cleaning"),)}, "no_minutes"),
    ],
)
def test_a_plan_that_cannot_be_priced_says_why(changes: dict[str, Any], phrase: str) -> None:
    """E7: in both languages."""
    with pytest.raises(QuotationProblem) as problem:
        quote(replace(PLAN, **changes), OUT, fees(), NOW)
    assert problem.value.phrase.name == phrase
    assert WORDS.say(problem.value.phrase, "zh")


def test_the_whole_text() -> None:
    """E7: cause, measures, time and fee, and until when it can be approved."""
    text = whole(quote(replace(PLAN, level="key"), OUT, fees(), NOW), NOW, "en")
    assert text.split("\n") == [
        "Cause: 压缩机损坏",
        "Plan: 更换压缩机",
        "Time: about 121 minutes",
        "compressor × 1: ¥800.00",
        "thermostat × 2: ¥91.00",
        "labour (compressor replacement): ¥380.00",
        "labour (adjustment): ¥120.00",
        "visit (city): ¥30.00",
        "discount (key customer): -¥53.00",
        "Total: ¥1,368.00 (tax ¥157.38 included)",
        "valid until 9 Mar 04:00",
    ]


def test_a_part_without_words_is_named_as_the_technician_does() -> None:
    plan = replace(PLAN, parts=(Part("X-17", 100, name="X-17 密封圈"),), work=())
    assert lines_of(quote(plan, OUT, fees(), NOW), "zh")[0] == "X-17 密封圈 × 1：¥1.00"


def test_approving_what_changed_is_seen() -> None:
    """E7: a yes counts for the quotation that was shown, in time, only."""
    shown = quote(PLAN, OUT, fees(), NOW)
    kept = Quotation.of(json.loads(json.dumps(shown.as_json())))
    assert kept == shown
    assert approve(shown.fingerprint, kept, NOW) == "approved"
    assert approve(shown.fingerprint, kept, NOW + timedelta(days=7)) == "approved"
    assert approve(shown.fingerprint, kept, NOW + timedelta(days=7, seconds=1)) == "expired"
    dearer = quote(replace(PLAN, parts=(Part("compressor", 80_001),)), OUT, fees(), NOW)
    assert approve(shown.fingerprint, dearer, NOW) == "changed"
    assert (
        approve(shown.fingerprint, quote(replace(PLAN, measures="换新"), OUT, fees(), NOW), NOW) == "changed"
    )
    assert approve(shown.fingerprint, None, NOW) == "withdrawn"


covers = st.sampled_from([IN, MAIN, OUT, UNKNOWN, MISUSE, replace(OUT, fitted=("pump",))])
parts = st.builds(
    Part,
    st.sampled_from(["compressor", "pump", "X-1"]),
    st.integers(0, 10_000_000),
    st.integers(1, 99),
)
work = st.builds(
    Work,
    st.sampled_from(["compressor_replacement", "refrigerant_refill", "cleaning"]),
    st.integers(1, 600),
    st.sampled_from([None, "compressor", "pump"]),
)
plans = st.builds(
    Plan,
    st.just("SR-1"),
    st.text(max_size=10),
    st.text(max_size=10),
    st.sampled_from([None, "air_conditioner", "tv"]),
    st.sampled_from(["capital", "surroundings", "elsewhere"]),
    st.sampled_from(["normal", "key", "long_standing"]),
    st.lists(parts, max_size=4).map(tuple),
    st.lists(work, max_size=4).map(tuple),
    st.booleans(),
)
kinds = st.lists(st.sampled_from(["part", "labour", "visit"]), unique=True)
settings = st.builds(
    lambda key, on, percent, included, to, way, whole, main: fees(
        discounts={"key": key, "applies_to": on},
        tax={"percent": percent, "included": included},
        rounding={"to": to, "way": way},
        free={"whole": whole, "main": main},
    ),
    st.integers(0, 100),
    kinds,
    st.sampled_from([0, 6, 13, 17.5, 100]),
    st.booleans(),
    st.sampled_from(["0.01", "0.1", "1", "10"]),
    st.sampled_from(["half_up", "half_even", "up", "down"]),
    kinds,
    kinds,
)


@given(plans, covers, settings)
def test_the_books_balance(plan: Plan, cover: Cover, rules: FeeSettings) -> None:
    """E6: the total is the sum of the lines, a multiple of the coin, never negative; free is free."""
    quotation = quote(plan, cover, rules, NOW)
    total = quotation.total
    assert total == sum(line.amount for line in quotation.lines)
    assert total >= 0
    assert total % rules.rounding.to == 0
    assert 0 <= quotation.tax <= total
    dear = [line for line in quotation.lines if line.kind in ("part", "labour", "visit")]
    assert all(line.amount in (0, line.quantity * line.unit) for line in dear)
    assert all(line.why is not None for line in dear)
    gross = sum(line.quantity * line.unit for line in dear)
    most = gross if rules.tax.included else gross * (1 + rules.tax.percent / 100) + 1
    assert total <= most + rules.rounding.to
    assert Quotation.of(json.loads(json.dumps(quotation.as_json()))).fingerprint == quotation.fingerprint
    assert len(lines_of(quotation, "zh")) == len(quotation.lines) == len(lines_of(quotation, "en"))


@given(plans, covers, settings)
def test_warranty_never_costs_more(plan: Plan, cover: Cover, rules: FeeSettings) -> None:
    """E6: what is covered is never dearer than the same out of warranty."""
    assert quote(plan, cover, rules, NOW).total <= quote(plan, OUT, rules, NOW).total


def test_every_phrase_has_both_languages() -> None:
    for group in (WORDS.texts, *WORDS.names.values()):
        for name, said in group.items():
            assert said["zh"], name
            assert said["en"], name
