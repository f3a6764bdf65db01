"""Every shipped diagnosis tree can be walked, in words and to an end (C2, C10, D1)."""

from __future__ import annotations

import pytest

from handlers import walking
from handlers.self_service import meant
from nlu.article import Article
from nlu.collection import read_folder
from nlu.diagnosis import ENDS
from nlu.knowledge import ARTICLES

TREES = [a for a in read_folder(ARTICLES).articles if a.diagnosis]
PAIRS = {(a.id, a.language): a for a in TREES}


@pytest.mark.parametrize("article", TREES, ids=[f"{a.id}-{a.language}" for a in TREES])
def test_answers_are_understood_in_either_language(article: Article) -> None:
    """C10: the words of each answer mean that answer, and lead where it leads."""
    other = PAIRS.get((article.id, "en" if article.language == "zh" else "zh"))
    for step in article.diagnosis:
        here = walking.place(article, other, step)
        for index, words in enumerate(here["says"]):
            for said in words:
                assert walking.understood(said, here["says"]) == index, (step.id, said)
                assert walking.target(step, here, said) == step.answers[index].next
                payload = meant(said, here)
                assert payload is not None
                assert payload.startswith("/inform"), (step.id, said, "is taken for another wish")


@pytest.mark.parametrize("article", TREES, ids=[f"{a.id}-{a.language}" for a in TREES])
def test_every_way_through_ends(article: Article) -> None:
    """C2: whatever is answered, an end comes within the steps a customer is asked."""

    def longest(step_id: str, seen: tuple[str, ...]) -> int:
        if step_id in ENDS or step_id in seen:
            return len(seen)
        step = article.step(step_id)
        assert step is not None
        return max(longest(target, (*seen, step_id)) for target in step.targets)

    assert longest(article.diagnosis[0].id, ()) <= walking.MOST


def test_a_further_matter_is_no_answer() -> None:
    """D1: "还有个事儿" does not say that there is water at the socket."""
    says = [["有，流到插座了", "有"], ["没有"]]
    assert walking.understood("还有个事儿，上门多少钱", says) is None
    assert walking.understood("1、有水，另外上门多少钱", says) == 0
