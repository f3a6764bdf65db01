"""Return and exchange: the policy's word on a wish, explained (C6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from handlers.warranty.returns import ReturnWish, explain, rule
from handlers.warranty.settings import ReturnSettings

TODAY = date(2026, 3, 20)
SETTINGS = ReturnSettings.model_validate(
    {"policies": [{"product": "microwave", "return_days": 30, "exchange_days": 30}, {}]}
)
FAULT = ReturnWish("return", "performance_fault", "2026-03-15", "tv", proof=True)
MIND = replace(FAULT, reason="changed_mind", condition="unopened", online=True, complete=True)


@pytest.mark.parametrize(
    ("wish", "verdict", "names", "instead"),
    [
        (FAULT, "fits", ["return_within"], ()),
        (replace(FAULT, received="2026-03-13"), "fits", ["return_within"], ()),
        (replace(FAULT, received="2026-03-12"), "refused", ["window_over"], ("exchange", "repair")),
        (replace(FAULT, received="2026-03-05", wish="exchange"), "fits", ["exchange_within"], ()),
        (replace(FAULT, received="2026-03-04", wish="exchange"), "refused", ["window_over"], ("repair",)),
        (replace(FAULT, received="2026-03-04"), "refused", ["window_over"], ("repair",)),
        (replace(FAULT, received="2026-03"), "unclear", ["window_unsure"], ()),
        (replace(FAULT, received="2026-02"), "refused", ["window_over"], ("repair",)),
        (replace(FAULT, received=None), "unclear", ["no_receipt_day"], ()),
        (replace(FAULT, received="2026-02-25", product="microwave"), "fits", ["return_within"], ()),
        (replace(FAULT, proof=False), "unclear", ["return_within", "proof_missing"], ()),
        (replace(FAULT, condition="damaged"), "refused", ["damaged"], ("repair",)),
        (replace(FAULT, condition="used"), "fits", ["return_within"], ()),
        (MIND, "fits", ["no_reason_within"], ()),
        (replace(MIND, condition="used"), "refused", ["already_used"], ()),
        (replace(MIND, complete=False), "refused", ["incomplete"], ()),
        (replace(MIND, online=False), "refused", ["not_online"], ()),
        (replace(MIND, wish="exchange"), "refused", ["no_exchange_without_fault"], ()),
        (replace(MIND, received="2026-03-01"), "refused", ["window_over"], ()),
        (
            replace(MIND, online=None, condition=None, complete=None),
            "unclear",
            ["no_reason_within", "online_unknown", "condition_unknown", "complete_unknown"],
            (),
        ),
    ],
)
def test_the_policys_word(wish: ReturnWish, verdict: str, names: list[str], instead: tuple[str, ...]) -> None:
    """C6: window, condition and proof, by day and by device."""
    ruling = rule(wish, TODAY, SETTINGS)
    assert (ruling.verdict, [r.name for r in ruling.reasons], ruling.instead) == (verdict, names, instead)
    assert explain(ruling, "zh")
    assert explain(ruling, "en")


def test_it_is_explained() -> None:
    """C6: a return after the window is a clear answer with what is possible instead."""
    ruling = rule(replace(FAULT, received="2026-03-10"), TODAY, SETTINGS)
    assert explain(ruling, "zh").split("\n") == [
        "不符合政策",
        "退货期限是收货后7天，已于2026年3月17日结束",
        "可以改为：换货、维修",
    ]
    assert "possible instead: an exchange, a repair" in explain(ruling, "en")
