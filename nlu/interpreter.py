"""The interpreter: a message in, intent, details, language and sense of scope out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu import catalogue, classifier, matters, parts, settling, training
from nlu import cues as cue
from nlu.accurate import Accurate, AccurateEncoder, Vectors
from nlu.classifier import OUT_OF_SCOPE, Model, Sample, Verdict
from nlu.context import Context
from nlu.encoder import SentenceEncoder, Tokens
from nlu.entities import find_all
from nlu.hazards import hazard
from nlu.language import detect
from nlu.matters import Run, Told
from nlu.model_file import Arrays, ModelFileError, read, save
from nlu.parts import Piece, lexicon
from nlu.progress import Progress, silent
from nlu.tables import NONE, Tables
from nlu.text import clip, fold, prepare
from nlu.training import Lesson
from nlu.training_data import TrainingData, load
from nlu.understanding import Entity, Understanding

SURE_OF_A_PIECE = 0.6
"""How sure a message is of the intent that only a piece of it shows."""
EXAMPLES = Path(__file__).parent / "examples"


class Interpreter:
    """Understands messages; made by `load`, safe to share between threads."""

    def __init__(
        self,
        model: Model,
        encoder: SentenceEncoder,
        tables: Tables = NONE,
        accurate: Accurate | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        self.model = model
        self.encoder = encoder
        self.tables = tables
        self.accurate = accurate
        self._tokens = tokens

    @classmethod
    def load(
        cls,
        model_dir: Path,
        examples: Path | None = None,
        encoder: SentenceEncoder | None = None,
        accurate: bool = False,
        told: Progress = silent,
    ) -> Interpreter:
        """The interpreter for the examples (the built-in ones by default), trained first if need be.

        The model files in `model_dir` are named after the examples, the encoder and this code; a damaged
        one is built again. `accurate` adds a second opinion (see `nlu.accurate`). Raises TrainingDataError
        where the examples cannot be used.
        """
        folder = examples or EXAMPLES
        encoder = encoder or SentenceEncoder.load(model_dir)
        name = fingerprint(folder)
        first, second_ = model_dir / f"intents-{name}.npz", model_dir / f"second-{name}.npz"
        try:
            arrays = read(first)
            again = Accurate.load(second_) if accurate else None
            return cls(
                Model.restore(arrays), encoder, Tables.restore(arrays["tables"]), again, arrays["tokens"]
            )
        except (ModelFileError, KeyError, ValueError):
            return cls._train(load(folder), encoder, first, second_ if accurate else None, told)

    @classmethod
    def _train(
        cls, data: TrainingData, encoder: SentenceEncoder, first: Path, second_: Path | None, told: Progress
    ) -> Interpreter:
        lesson = Lesson.prepare(data.examples, encoder, told)
        views = lesson.held_out(told) if lesson.enough else None
        model = lesson.learn(told, views)
        tokens = encoder.tokens(lesson.sample.texts)
        _keep(first, {**model.arrays(), "tables": data.tables.dump(), "tokens": tokens})
        accurate = None
        if second_ is not None and views is not None:
            vectors = Vectors(AccurateEncoder(), second_.with_name("second-vectors.npz"), told)
            accurate = Accurate.train(lesson, model, views, vectors)
            _keep(second_, accurate.opinion.arrays())
        return cls(model, encoder, data.tables, accurate, tokens)

    def warm(self) -> None:
        """Get ready for the words of the examples, so that they cost no more the first time than later."""
        if self._tokens is not None:
            self.encoder.expect(self._tokens)

    def parse(self, text: str, context: Context) -> Understanding:
        """What the message means."""
        return self.parse_many([text], [context])[0]

    def parse_many(self, texts: Sequence[str], contexts: Sequence[Context]) -> list[Understanding]:
        """What each message means; they go through the encoder together."""
        contexts = [self._with_tables(context) for context in contexts]
        settled = [settling.settle(text, context) for text, context in zip(texts, contexts, strict=True)]
        open_ones = [i for i, known in enumerate(settled) if known is None]
        read_ = [self._read(texts[i], contexts[i]) for i in open_ones]
        understood = iter(self._understand(read_, [contexts[i] for i in open_ones]))
        return [known or next(understood) for known in settled]

    def _understand(self, read_: Sequence[_Reading], contexts: Sequence[Context]) -> list[Understanding]:
        """What each message means; its pieces first, longer runs of them only where they seem to differ."""
        cut = [parts.split(r.text, r.entities) for r in read_]
        single = [_runs(r, pieces, parts.single(len(pieces))) for r, pieces in zip(read_, cut, strict=True)]
        judged = iter(self._judge([*read_, *(reading for runs in single for reading in runs.values())]))
        wholes = [_understanding(r, next(judged)) for r in read_]
        rankings = [
            {run: _understanding(r, next(judged)).ranking for run, r in runs.items()} for runs in single
        ]
        told = [Told(r.text, c, r.entities, known) for r, c, known in zip(read_, cut, rankings, strict=True)]
        several = [i for i, one in enumerate(told) if one.pieces and matters.likely(one)]
        longer = [_runs(read_[i], cut[i], parts.longer(len(cut[i]))) for i in several]
        judged = iter(self._judge([reading for runs in longer for reading in runs.values()]))
        for i, runs in zip(several, longer, strict=True):
            rankings[i] |= {at: _understanding(r, next(judged)).ranking for at, r in runs.items()}
            wholes[i] = _in_parts(wholes[i], told[i], contexts[i])
        return [
            _by_its_surest(whole, one)
            if one.pieces and whole.intent == OUT_OF_SCOPE and not whole.parts
            else whole
            for whole, one in zip(wholes, told, strict=True)
        ]

    def _judge(self, read_: Sequence[_Reading]) -> list[Verdict]:
        """The classifier's verdict on each, all in one batch."""
        prepared = [r.prepared for r in read_]
        cues = np.stack([r.cues for r in read_]) if read_ else np.empty((0, len(cue.NAMES)), np.float32)
        sample = Sample(prepared, self.encoder.encode(prepared), cues)
        return self.accurate.judge(self.model, sample) if self.accurate else self.model.judge(sample)

    def settle(self, text: str, context: Context) -> Understanding | None:
        """What a message means that needs no classifier (a short answer, a phone number), or None."""
        return settling.settle(text, context)

    def _with_tables(self, context: Context) -> Context:
        return replace(context, tables=self.tables) if self.tables and not context.tables else context

    def _read(self, text: str, context: Context) -> _Reading:
        prepared = prepare(parts.matter(text))
        entities = find_all(text, context)
        danger = hazard(text) is not None
        cues = cue.cues(prepared, entities, danger)
        return _Reading(text, prepared, entities, danger, cues, detect(text, context.language))


def _keep(path: Path, arrays: Arrays) -> None:
    """Save a model in the place of older ones of its kind."""
    save(path, arrays)
    kind = path.name.rsplit("-", 1)[0]
    for old in path.parent.glob(f"{kind}-*.npz"):
        if old != path and old.name != "second-vectors.npz":
            old.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What rules and catalogue find in a message, before the classifier judges it."""

    text: str
    prepared: str
    entities: tuple[Entity, ...]
    danger: bool
    cues: NDArray[np.float32]
    language: str


def _runs(whole: _Reading, pieces: Sequence[Piece], runs: Sequence[Run]) -> dict[Run, _Reading]:
    """The runs of a message's pieces with the details that lie in them."""
    return {run: _cut(whole, parts.span(pieces, run)) for run in runs}


def _cut(whole: _Reading, piece: Piece) -> _Reading:
    text = whole.text[piece.start : piece.end]
    entities = tuple(
        replace(e, start=e.start - piece.start, end=e.end - piece.start)
        for e in whole.entities
        if piece.start <= e.start and e.end <= piece.end
    )
    prepared, danger = prepare(text), whole.danger and hazard(text) is not None
    return _Reading(text, prepared, entities, danger, cue.cues(prepared, entities, danger), whole.language)


def _in_parts(whole: Understanding, told: Told, context: Context) -> Understanding:
    """The message with its parts, where it has several intents."""
    found = matters.matters(told)
    if len(found) < 2:
        return whole
    several = []
    for matter, text in zip(found, matters.words_of(told, found), strict=True):
        verdict = _prefer(Verdict(tuple(matter.ranking), 1.0), matter.intent, matter.confidence)
        details = find_all(text, context)
        several.append(Understanding(text, *verdict.ranking[0], verdict.ranking, details, whole.language))
    return replace(whole, parts=tuple(several))


def _understanding(reading: _Reading, verdict: Verdict) -> Understanding:
    text = reading.text
    if not any(char.isalnum() for char in reading.prepared):
        verdict = Verdict(((OUT_OF_SCOPE, 1.0),), 0.0)
    else:
        verdict = _weigh_details(verdict, text, reading)
    intent, confidence = verdict.ranking[0]
    return Understanding(
        text, intent, confidence, verdict.ranking, reading.entities, reading.language, verdict.in_scope
    )


def _by_its_surest(whole: Understanding, told: Told) -> Understanding:
    """A message that is out of scope as a whole, by the one piece of it that surely is not."""
    surest = matters.surest(told)
    if surest is None:
        return whole
    verdict = _prefer(Verdict(whole.ranking, whole.in_scope), surest.intent, SURE_OF_A_PIECE)
    return replace(
        whole,
        intent=verdict.ranking[0][0],
        confidence=verdict.ranking[0][1],
        ranking=verdict.ranking,
        in_scope=verdict.in_scope,
    )


def fingerprint(examples: Path) -> str:
    """A name for what a model is made from: examples, catalogue, encoder and the code's format."""
    digest = hashlib.sha256(f"{classifier.FORMAT}:{training.SETTINGS}:{SentenceEncoder.version}".encode())
    files = (
        [examples] if examples.is_file() else sorted([*examples.rglob("*.yml"), *examples.rglob("*.yaml")])
    )
    files += catalogue.sources()
    files += [Path(__file__).parent / name for name in ("characters.txt", "hazards.yml")]
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _beeps(reading: _Reading) -> bool:
    """Whether beeping is all that is wrong; detectors of smoke and gas are known by their words."""
    symptoms = {e.value for e in reading.entities if e.name == "symptom"}
    return symptoms == {"beeping"}


_CONTACT = {"phone", "address", "person_name"}
"""Who gives these along with a product, or says that something is wrong, wants it looked after."""

_OTHER_WISHES = ("request_return", "request_installation")


def _weigh_details(verdict: Verdict, text: str, reading: _Reading) -> Verdict:
    """The verdict in the light of the details: danger, faults told by symptom and product, bare details."""
    if reading.danger:
        return _prefer(verdict, "report_hazard", 0.9)
    names = {e.name for e in reading.entities}
    sure = {e.name for e in reading.entities if e.confidence >= 0.85}
    tells_fault = "symptom" in sure and bool(names & {"product", "model", "since", "error_code"})
    top = verdict.ranking[0][0]
    faulty = dict(verdict.ranking).get("report_fault", 0.0)
    torn = verdict.ranking[0][1] < (0.55 if faulty >= 0.2 else 0.35)
    if top == "report_hazard" and verdict.ranking[0][1] < 0.8 and faulty >= 0.15 and _beeps(reading):
        return _prefer(verdict, "report_fault", 0.6)
    if tells_fault and (top in (OUT_OF_SCOPE, "inform") or torn):
        return _prefer(verdict, "report_fault", 0.8)
    if "symptom" in sure and top in ("deny", "affirm") and _covered(text, reading.entities) >= 0.9:
        return _prefer(verdict, "report_fault", 0.75)
    if top == "inform" and ("error_code" in names or (names & {"product", "symptom"} and names & _CONTACT)):
        return _prefer(verdict, _wanted(text, names), 0.75)
    if names & {"symptom", "error_code"} and _covered(text, reading.entities) >= 0.9:
        return _prefer(verdict, "report_fault", 0.8)
    if names and top == OUT_OF_SCOPE and _covered(text, reading.entities) >= 0.75:
        return _prefer(verdict, "report_fault" if names & {"symptom", "error_code"} else "inform", 0.75)
    return verdict


def _wanted(text: str, names: set[str]) -> str:
    """What is wanted by whoever gives a product and who they are: a repair, unless another wish is named."""
    if names & {"symptom", "error_code"}:
        return "report_fault"
    cues, read = lexicon().cues, fold(clip(text))
    return next((intent for intent in _OTHER_WISHES if cues[intent].search(read)), "report_fault")


def _prefer(verdict: Verdict, intent: str, confidence: float) -> Verdict:
    """The verdict with one intent in front, at least so sure."""
    ranking = dict(verdict.ranking)
    if intent not in ranking:
        return verdict
    confidence = max(confidence, ranking[intent])
    rest = sum(p for name, p in ranking.items() if name != intent) or 1.0
    others = {n: round(p * (1 - confidence) / rest, 4) for n, p in ranking.items() if n != intent}
    ordered = sorted(others.items(), key=lambda pair: -pair[1])
    return Verdict(((intent, round(confidence, 4)), *ordered), max(verdict.in_scope, 0.95))


def _covered(text: str, entities: Sequence[Entity]) -> float:
    """The share of the text's letters and digits that belong to details."""
    read = fold(clip(text))
    letters = [i for i, char in enumerate(read) if char.isalnum()]
    inside: set[int] = set()
    for entity in entities:
        inside.update(range(entity.start, entity.end))
    return sum(i in inside for i in letters) / len(letters) if letters else 0.0
