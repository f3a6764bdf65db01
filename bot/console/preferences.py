"""What users may choose for themselves, and what is usual."""

from __future__ import annotations

from collections.abc import Mapping

TOLD = ("tell_new", "tell_mine", "tell_mention", "tell_near", "tell_broken", "desktop", "sound")
"""Of what they are told, and how."""
USUAL = {"shortcuts": True, "enter_sends": False, **dict.fromkeys(TOLD, True)}
"""Each choice, and how it is for who never chose."""


def preferred(chosen: Mapping[str, bool]) -> dict[str, bool]:
    """Every choice as that user made it; only what is known, so that old choices disturb nothing."""
    return {name: bool(chosen.get(name, usual)) for name, usual in USUAL.items()}
