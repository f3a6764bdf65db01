"""The knowledge base: articles found by question, by error code, by symptom."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu import article as articles
from nlu.article import Article, KnowledgeProblem
from nlu.catalogue import Catalogue, builtin
from nlu.encoder import SentenceEncoder, Vectors
from nlu.entities.error_code import codes
from nlu.entities.wording import mentions
from nlu.model_file import ModelFileError, read, save
from nlu.retrieval import Lexical, nearness
from nlu.text import prepare

ARTICLES = Path(__file__).parent / "articles"
SURE_DENSE = 0.62
SURE_TOTAL = 1.02
_CODE_BONUS = 0.5
_PRODUCT_BONUS = 0.12
_FOREIGN_PENALTY = 0.35


class KnowledgeError(ValueError):
    """The knowledge base cannot be used; each problem names file, line and what is expected."""

    def __init__(self, problems: Sequence[KnowledgeProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found; `confident` where it can be given as the answer without asking back."""

    article: Article
    score: float
    confident: bool


class KnowledgeBase:
    """Published articles with their index; made by `load`, safe to share between threads."""

    def __init__(self, found: Sequence[Article], encoder: SentenceEncoder, vectors: Vectors, catalogue: Catalogue) -> None:
        self._articles = tuple(found)
        self._by_id: dict[str, list[Article]] = {}
        for article in self._articles:
            self._by_id.setdefault(article.id, []).append(article)
        self._encoder = encoder
        self._catalogue = catalogue
        self._texts, self._owner = _texts(self._articles)
        self._lexical = Lexical.build(self._texts)
        self._centre = vectors.mean(axis=0) if len(vectors) else np.zeros(encoder.dimensions, np.float32)
        self._vectors = _unit(vectors - self._centre)

    @classmethod
    def load(
        cls,
        folder: Path | None,
        encoder: SentenceEncoder,
        cache: Path | None = None,
        catalogue: Catalogue | None = None,
    ) -> KnowledgeBase:
        """The published articles of a folder (the built-in ones by default); KnowledgeError where any is wrong.

        Sentence vectors are kept in the folder `cache` and made again when the articles change.
        """
        found, problems = check(folder or ARTICLES)
        if problems:
            raise KnowledgeError(problems)
        published = [a for a in found if a.state == "published"]
        texts, _ = _texts(published)
        return cls(published, encoder, _vectors(texts, encoder, cache), catalogue or builtin())

    @property
    def articles(self) -> tuple[Article, ...]:
        """All published articles."""
        return self._articles

    def get(self, article_id: str, language: str) -> Article | None:
        """The article in that language, or in another where that is missing, or None."""
        found = self._by_id.get(article_id, [])
        return next((a for a in found if a.language == language), found[0] if found else None)

    def search(self, text: str, language: str, product: str | None = None, limit: int = 3) -> list[Hit]:
        """The articles nearest to a question, best first, in `language` where they exist in it.

        `product` is what the conversation is about; a product named in the text counts before it.
        """
        query = prepare(text)
        if not query or not self._texts:
            return []
        named = {e.value for e in mentions("product", self._catalogue.products, text, 1.0)}
        asked = set(codes(text))
        dense = _unit(self._encoder.encode([query]) - self._centre)[0]
        near = nearness(query, dense, self._lexical, self._vectors)
        best: dict[str, tuple[float, float, float]] = {}
        for row in np.argsort(-near.total)[: max(60, limit * 8)]:
            found = self._articles[self._owner[row]]
            score = float(near.total[row]) + self._bonus(found, named or ({product} if product else set()), asked)
            if score > best.get(found.id, (-9.0, 0.0, 0.0))[0]:
                best[found.id] = (score, float(near.dense[row]), float(near.lexical[row]))
        ranked = sorted(best.items(), key=lambda item: -item[1][0])[:limit]
        hits = []
        for article_id, (score, cosine, lexical) in ranked:
            found_article = self.get(article_id, language)
            if found_article is not None:
                sure = self._sure(found_article, cosine, lexical, named, asked)
                hits.append(Hit(found_article, round(score, 4), sure))
        return hits

    def diagnosis(
        self,
        language: str,
        product: str | None,
        symptoms: Sequence[str] = (),
        error_code: str | None = None,
        text: str = "",
    ) -> Article | None:
        """The article whose steps a customer should try for a fault, or None.

        An error code of that product decides; then the symptoms, the first weighing most; then the words.
        """
        best: tuple[float, Article] | None = None
        for found in self._articles:
            if not found.steps or found.language != language:
                continue
            if product and found.products and product not in found.products:
                continue
            score = 0.0
            if error_code and error_code.upper() in found.error_codes:
                score += 10.0
            for rank, symptom in enumerate(symptoms):
                if symptom in found.symptoms:
                    score += 3.0 / (1 + rank) - 0.3 * found.symptoms.index(symptom)
            if score and (not product or not found.products):
                score -= 1.5
            if score > 0.5 and (best is None or score > best[0]):
                best = (score, found)
        if best is not None:
            return best[1] if product or best[0] >= 8 else None
        hits = self.search(text, language, product, limit=1) if text and product else []
        hit = hits[0] if hits else None
        if hit and hit.confident and hit.article.steps and product in hit.article.products:
            return hit.article
        return None

    def _bonus(self, found: Article, products: set[str], asked: set[str]) -> float:
        bonus = 0.0
        if asked:
            bonus += _CODE_BONUS if asked & set(found.error_codes) else -0.2 if found.error_codes else 0.0
        if products and found.products:
            bonus += _PRODUCT_BONUS if products & set(found.products) else -_FOREIGN_PENALTY
        return bonus

    def _sure(self, found: Article, cosine: float, lexical: float, named: set[str], asked: set[str]) -> bool:
        if named and found.products and not named & set(found.products):
            return False
        if asked:
            return bool(asked & set(found.error_codes)) and (bool(named) or len(found.products) <= 1)
        return cosine >= SURE_DENSE or cosine + lexical >= SURE_TOTAL


def check(folder: Path) -> tuple[list[Article], list[KnowledgeProblem]]:
    """Every article of a folder and below, and everything that is wrong with them."""
    found: list[Article] = []
    problems: list[KnowledgeProblem] = []
    seen: dict[tuple[str, str], str] = {}
    files = sorted(folder.rglob("*.md"))
    if not files:
        problems.append(KnowledgeProblem(str(folder), 1, "expected .md files with articles here"))
    for file in files:
        one, wrong = articles.read(file)
        problems += wrong
        if one is None:
            continue
        other = seen.setdefault((one.id, one.language), file.name)
        if other != file.name:
            message = f"article `{one.id}` in `{one.language}` stands already in {other}"
            problems.append(KnowledgeProblem(file.name, 2, message))
        found.append(one)
    return found, problems


def _texts(found: Sequence[Article]) -> tuple[list[str], list[int]]:
    texts: list[str] = []
    owner: list[int] = []
    for i, one in enumerate(found):
        for words in dict.fromkeys((one.title, *one.questions)):
            texts.append(prepare(words))
            owner.append(i)
    return texts, owner


def _vectors(texts: Sequence[str], encoder: SentenceEncoder, cache: Path | None) -> Vectors:
    if cache is None:
        return encoder.encode(texts)
    key = hashlib.sha256("\0".join((encoder.version, *texts)).encode()).hexdigest()[:16]
    path = cache / f"articles-{key}.npz"
    try:
        return np.asarray(read(path)["vectors"], dtype=np.float32)
    except (ModelFileError, KeyError):
        vectors = encoder.encode(texts)
        save(path, {"vectors": vectors})
        for old in cache.glob("articles-*.npz"):
            if old != path:
                old.unlink(missing_ok=True)
        return vectors


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-6))
