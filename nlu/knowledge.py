"""The knowledge base: articles found by question, by error code, by symptom."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.about import About
from nlu.article import Article
from nlu.catalogue import Catalogue, in_use
from nlu.encoder import SentenceEncoder
from nlu.indexing import INDEX_FORMAT, Entry, build, fresh
from nlu.model_file import Arrays, ModelFileError, read, save
from nlu.problem import Problem
from nlu.progress import Progress, silent
from nlu.retrieval import Index
from nlu.text import clip, fold, prepare

ARTICLES = Path(__file__).parent / "articles"

_NEAR = 0.015
_PLAIN = 0.7
"""Of a fault whose product is certain an article so near is taken, though another product's is near too."""
_SENTENCE = re.compile(r"[。！？；\n]|[.;!?] ")
_SURE = 0.71
"""The highest that answers 85 % of the questions in `tests/nlu/threshold_questions.yml` (decision 12)."""


class KnowledgeError(ValueError):
    """The knowledge base cannot be used; each problem names file, line and what is expected."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found; `confident` where it can be given as the answer without asking back.

    `tie`: another article is so near that only the customer can say which of them is meant.
    """

    article: Article
    score: float
    confident: bool
    tie: bool = False


class KnowledgeBase:
    """Published articles with their index; made by `load`, safe to share between threads."""

    def __init__(
        self, found: Sequence[Article], encoder: SentenceEncoder, index: Index, catalogue: Catalogue | None
    ) -> None:
        self.articles = tuple(found)
        self._encoder = encoder
        self._index = index
        self._own = catalogue
        self._ids = tuple(dict.fromkeys(a.id for a in found))
        self._codes = {code for a in found for code in a.error_codes}
        self._by_id: dict[str, dict[str, Article]] = {}
        for one in found:
            self._by_id.setdefault(one.id, {})[one.language] = one

    @classmethod
    def of(
        cls,
        found: Sequence[Article],
        encoder: SentenceEncoder,
        cache: Path | None = None,
        catalogue: Catalogue | None = None,
        told: Progress = silent,
    ) -> KnowledgeBase:
        """The published ones of these articles.

        The index is kept in the folder `cache` and made again when the articles change, as `told` hears.
        """
        published = [a for a in found if a.state == "published"]
        entries = _entries(published)
        index = Index(entries, _built(entries, encoder, cache, told))
        return cls(published, encoder, index, catalogue)

    @property
    def _catalogue(self) -> Catalogue:
        """The catalogue given, else the one in use at this moment."""
        return self._own or in_use()

    def get(self, article_id: str, language: str) -> Article | None:
        """The article in that language, or in another where that is missing, or None."""
        spoken = self._by_id.get(article_id, {})
        return spoken.get(language) or next(iter(spoken.values()), None)

    def search(
        self,
        text: str,
        language: str,
        product: str | None = None,
        limit: int = 3,
        model: str | None = None,
    ) -> list[Hit]:
        """The articles nearest to a question, best first, in `language` where they exist in it.

        `product` and `model` are what the conversation is about; what the text names counts before them.
        """
        text = clip(text)
        query = prepare(text)
        if not query or not self.articles:
            return []
        about = About.of(text, self._catalogue, self._codes, product, model)
        near = self._index.nearness(query, self._encoder.encode([query])[0], language)
        total = near.total + self._added(near.keys, about)
        order = np.argsort(-total)[: max(limit, 3)]
        same_code = {p for a in self.articles if about.codes & set(a.error_codes) for p in a.products}
        hits = []
        for place, at in enumerate(order[:limit]):
            found = self.get(self._ids[near.keys[at]], language)
            if found is None:
                continue
            signs = (total[at], near.dense[at], near.lexical[at], near.document[at])
            fits = about.fits(found, same_code)
            coded = bool(about.codes) and place == 0
            sure = fits and (coded or _belief(_lead(total, order, place, 1), *map(float, signs)) >= _SURE)
            apart = fits and _belief(_lead(total, order, place, 2), *map(float, signs)) >= _SURE
            hits.append(Hit(found, round(float(total[at]), 4), sure, apart))
        return _tied(hits[:2]) + [replace(hit, tie=False) for hit in hits[2:]]

    def diagnosis(
        self,
        language: str,
        product: str | None,
        symptoms: Sequence[str] = (),
        error_code: str | None = None,
        text: str = "",
        model: str | None = None,
    ) -> Article | None:
        """The article whose steps a customer should try for a fault of this product (and model), or None.

        An error code of that product decides; then the symptoms, the first weighing most; then the words.
        """
        if not product:
            return None
        about = About.of("", self._catalogue, (), product, model)
        own = (a for a in self.articles if a.steps and a.language == language and product in a.products)
        fitting = [a for a in own if about.has_model(a)]
        code = (error_code or "").upper()
        scored = [(_fault_score(a, symptoms, code), -len(a.products), a) for a in fitting]
        best = max(scored, key=lambda s: s[:2], default=None)
        if best is not None and best[0] > 0:
            return best[2]
        hits = self.search(text, language, product, 1, model) if self._says_more(text) else []
        if hits and hits[0].article in fitting and (hits[0].confident or hits[0].score >= _PLAIN):
            return hits[0].article
        general = [a for a in self.articles if a.steps and a.language == language and not a.products]
        return next((a for a in general if _fault_score(a, symptoms[:1], code) > 0), None)

    def _says_more(self, text: str) -> bool:
        """Whether the words say more than which appliance it is."""
        folded = fold(clip(text))
        named = {i for m in self._catalogue.products.find(folded) for i in range(*m.span())}
        return any(char.isalnum() and i not in named for i, char in enumerate(folded))

    def _added(self, keys: NDArray[np.int64], about: About) -> NDArray[np.float32]:
        """What the articles' scope adds to their nearness."""
        articles = (next(iter(self._by_id[self._ids[key]].values())) for key in keys)
        return np.array([about.added(one) for one in articles], dtype=np.float32)


def _fault_score(found: Article, symptoms: Sequence[str], code: str) -> float:
    score = 10.0 if code and code in found.error_codes else 0.0
    for rank, symptom in enumerate(symptoms):
        if symptom in found.symptoms:
            score += 3.0 / (1 + rank) - 0.3 * found.symptoms.index(symptom)
    return score


def _lead(total: NDArray[np.float32], order: NDArray[np.int64], place: int, next_best: int) -> float:
    """How far one article is before the best other (1), or before the best but one of the others (2)."""
    others = [at for at in order if at != order[place]]
    return float(total[order[place]] - total[others[next_best - 1]]) if len(others) >= next_best else 1.0


def _tied(first: list[Hit]) -> list[Hit]:
    """The best two, each a tie where it is certain that one of them is meant, but not which one."""
    tie = len(first) == 2 and all(hit.tie for hit in first) and first[0].score - first[1].score < _NEAR
    return [replace(hit, tie=tie) for hit in first]


def _belief(lead: float, score: float, dense: float, lexical: float, document: float) -> float:
    """The probability that the article answers the question, from its nearness and its lead over the next."""
    z = 15.6 * lead + 4.6 * score + 4.9 * dense - 6.7 * lexical + 4.0 * document - 5.3
    return 1 / (1 + math.exp(-z))


def _entries(found: Sequence[Article]) -> list[Entry]:
    keys = {article_id: i for i, article_id in enumerate(dict.fromkeys(a.id for a in found))}
    entries = []
    for one in found:
        questions = list(dict.fromkeys(prepare(words) for words in (one.title, *one.questions)))
        parts = (*one.steps, *_SENTENCE.split(one.answer))
        sentences = [prepare(part.strip("-*# 0123456789.")) for part in parts]
        entries.append(Entry(keys[one.id], one.language, questions, [s for s in sentences if len(s) > 3]))
    return entries


def _built(entries: list[Entry], encoder: SentenceEncoder, cache: Path | None, told: Progress) -> Arrays:
    """What the index needs, from `cache`; only entries that changed are worked out anew."""
    if cache is None:
        return build(entries, encoder.encode)
    kind = hashlib.sha256(f"{INDEX_FORMAT} {encoder.version}".encode()).hexdigest()[:16]
    path = cache / f"articles-{kind}.npz"
    try:
        previous = read(path)
    except ModelFileError:
        previous = None
    if previous is not None and fresh(entries, previous):
        return previous
    texts = sum(len(e.questions) + len(e.sentences) for e in entries)
    built = build(entries, encoder.encode, previous, lambda count: told(count / texts))
    save(path, built)
    for old in cache.glob("articles-*.npz"):
        if old != path:
            old.unlink(missing_ok=True)
    return built
