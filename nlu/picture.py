"""A picture of what is taken for what: a confusion matrix as SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from nlu.evaluation import Evaluation

_CELL = 18
_MARGIN = 190
_MOST = 40


def confusion_picture(evaluation: Evaluation) -> str:
    """An SVG: a row a wanted intent, a column an answer; of many intents the 40 most confused."""
    wrong = Counter((wanted, got) for _, wanted, got in evaluation.confusions)
    names = _shown(evaluation, wrong)
    right = {s.intent: round(s.recall * s.support) for s in evaluation.scores}
    support = {s.intent: s.support for s in evaluation.scores}
    size = _MARGIN + _CELL * len(names) + 10
    body = [_label(name, i) for i, name in enumerate(names)]
    for i, wanted in enumerate(names):
        for j, got in enumerate(names):
            count = right.get(wanted, 0) if i == j else wrong[wanted, got]
            if count:
                body.append(_cell(i, j, count, count / max(support.get(wanted, 1), 1), f"{wanted} → {got}"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        f'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>'
        + "".join(body)
        + "</svg>\n"
    )


def _shown(evaluation: Evaluation, wrong: Counter[tuple[str, str]]) -> Sequence[str]:
    names = sorted({s.intent for s in evaluation.scores} | {got for _, got in wrong})
    if len(names) <= _MOST:
        return names
    blame: Counter[str] = Counter()
    for (wanted, got), count in wrong.items():
        blame[wanted] += count
        blame[got] += count
    return sorted(sorted(names, key=lambda name: -blame[name])[:_MOST])


def _label(name: str, at: int) -> str:
    middle = _MARGIN + _CELL * at + _CELL * 0.7
    text = escape(name)
    across = f'<text x="{_MARGIN - 6}" y="{middle:.0f}" text-anchor="end">{text}</text>'
    turned = f'transform="translate({middle:.0f},{_MARGIN - 6}) rotate(-60)"'
    return f"{across}<text {turned}>{text}</text>"


def _cell(row: int, column: int, count: int, share: float, title: str) -> str:
    x, y = _MARGIN + _CELL * column, _MARGIN + _CELL * row
    hue = "#1b7f4b" if row == column else "#c0392b"
    strength = 0.15 + 0.85 * min(share, 1.0)
    ink = "#fff" if strength > 0.6 else "#000"
    return (
        f'<g><title>{escape(title)}: {count}</title><rect x="{x}" y="{y}" width="{_CELL - 1}" '
        f'height="{_CELL - 1}" fill="{hue}" fill-opacity="{strength:.2f}"/>'
        f'<text x="{x + _CELL / 2}" y="{y + _CELL * 0.7:.0f}" text-anchor="middle" font-size="9" '
        f'fill="{ink}">{count}</text></g>'
    )
