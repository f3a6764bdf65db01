"""What a question is about, and whether an article's scope (products, models, error codes) allows it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from nlu.article import Article
from nlu.catalogue import Catalogue
from nlu.entities import model as models
from nlu.entities.error_code import codes
from nlu.entities.wording import mentions
from nlu.text import fold

_CODE_BONUS = 0.5
_OTHER_CODE_PENALTY = 0.1
_SYMPTOM_BONUS = 0.045
_FOREIGN_PENALTY = 0.1
_PLAIN_CODE = re.compile(r"(?<![a-z0-9\-])[a-z]\d{1,2}(?![a-z0-9\-])")


@dataclass(frozen=True, slots=True)
class About:
    """The products, models, error codes and symptoms of a question.

    `named` are the products in its words; `products` those, or else the conversation's.
    """

    named: frozenset[str]
    products: frozenset[str]
    models: frozenset[str]
    codes: frozenset[str]
    symptoms: frozenset[str]

    @classmethod
    def of(
        cls,
        text: str,
        catalogue: Catalogue,
        known_codes: Collection[str],
        product: str | None,
        model: str | None,
    ) -> About:
        """What the text names; `product` and `model` are what the conversation is about otherwise.

        Beside a product even a bare "E6" is a code, where an article has it.
        """
        named = frozenset(str(e.value) for e in mentions("product", catalogue.products, text, 1.0))
        products = named or frozenset({product} if product else ())
        told = codes(text) or (
            [found.upper() for found in _PLAIN_CODE.findall(fold(text)) if found.upper() in known_codes]
            if products
            else []
        )
        meant = models.numbers(text, catalogue) or ([model] if model else [])
        symptoms = frozenset(str(e.value) for e in mentions("symptom", catalogue.symptoms, text, 1.0))
        return cls(named, products, frozenset(map(_bare, meant)), frozenset(told), symptoms)

    def added(self, one: Article) -> float:
        """What product, model, code and symptoms add to an article's nearness."""
        added = 0.0
        if self.products and one.products and not self.products & set(one.products):
            added -= _FOREIGN_PENALTY
        if not self.has_model(one):
            added -= _FOREIGN_PENALTY
        if self.symptoms & set(one.symptoms):
            added += _SYMPTOM_BONUS
        if self.codes and one.error_codes:
            added += _CODE_BONUS if self.codes & set(one.error_codes) else -_OTHER_CODE_PENALTY
        return added

    def fits(self, one: Article, same_code: Collection[str]) -> bool:
        """Whether the article contradicts nothing; `same_code` are the products that have such a code."""
        if self.named and one.products and not self.named & set(one.products):
            return False
        if not self.has_model(one):
            return False
        if not self.codes:
            return True
        if not self.codes & set(one.error_codes):
            return False
        return len(same_code) <= 1 or bool(self.products & set(one.products))

    def has_model(self, one: Article) -> bool:
        """Whether the article is for the model asked about: for all, for this one, or for its series."""
        if not self.models or not one.models:
            return True
        return any(asked.startswith(_bare(series)) for asked in self.models for series in one.models)


def _bare(model: str) -> str:
    return "".join(char for char in model.upper() if char.isalnum())
