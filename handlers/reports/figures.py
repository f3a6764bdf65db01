"""The figures of a span of time, from rows and events of that span only: docs/reports.md defines each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from handlers.complaints.settings import SUGGESTION
from handlers.life import life
from handlers.promises.watched import AGAIN

if TYPE_CHECKING:
    from storage import Tx

Figures = dict[str, Any]
REPAIRED = ("fault", "installation")
ALONE = "solve_alone"


def figures(tx: Tx, since: datetime, until: datetime, repeat_days: int) -> Figures:
    """Everything counted of that span; a rate is a percentage, None where nothing could be counted."""
    opened = tx.reports.opened(since, until)
    moves = tx.reports.moves(since, until)
    promised = _promises(tx, since, until)
    return {
        "orders": _orders(opened, moves),
        "timely_response_rate": promised.get("answer", {}).get("rate"),
        "promises": promised,
        **_repairs(tx, since, until),
        **_surveys(tx, since, until),
        **_return_visits(tx, since, until),
        "complaints": _complaints(tx, opened, since, repeat_days),
        "self_service_rate": _self_service(opened, moves),
        **_talk(tx, since, until),
    }


def _orders(opened: Sequence[Any], moves: Mapping[str, int]) -> Figures:
    table, names = life(), ("kind", "product", "region")
    known = {table.moves[name]: many for name, many in moves.items() if name in table.moves}
    finals = {name for name, move in table.moves.items() if move.target and table.states[move.target].final}
    ended = Counter({name: many for name, many in moves.items() if name in finals})
    return {
        "opened": len(opened),
        "closed": ended["close"] + ended[ALONE],
        "cancelled": ended.total() - ended["close"] - ended[ALONE],
        "reopened": sum(many for move, many in known.items() if move.again),
        "escalated": sum(many for move, many in known.items() if move.raises),
        **{f"by_{name}": _counted(getattr(row, name) or "" for row in opened) for name in names},
    }


def _counted(names: Iterable[str]) -> dict[str, int]:
    """The most frequent first; what is not known under an empty name."""
    return dict(sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])))


def _promises(tx: Tx, since: datetime, until: datetime) -> dict[str, Figures]:
    """Of every promise, not of those given in the place of broken ones."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in tx.reports.settled_promises(since, until):
        if not row.what.endswith(AGAIN):
            found[row.what][row.state] += row.many
    return {
        what: {"kept": n["kept"], "broken": n["broken"], "rate": _rate(n["kept"], n.total())}
        for what, n in sorted(found.items())
    }


def _repairs(tx: Tx, since: datetime, until: datetime) -> Figures:
    """How many repairs held at the first time, and how long solving took from the opening or reopening."""
    again = tuple(name for name, move in life().moves.items() if move.again)
    made = tx.reports.made(("resolve", ALONE, "close"), since, until)
    solved = [row for row in made if row.move != "close"]
    closed = [row for row in made if row.move == "close" and row.kind in REPAIRED]
    begun: dict[int, list[Any]] = defaultdict(list)
    ids = sorted({row.order_id for row in (*solved, *closed)})
    for row in tx.reports.beginnings(ids, ("open", ALONE, *again)):
        begun[row.order_id].append(row)
    first = sum(
        not any(one.move in again and one.at <= row.at for one in begun[row.order_id]) for row in closed
    )
    hours = [
        (row.at - max(one.at for one in begun[row.order_id] if one.at <= row.at)) / timedelta(hours=1)
        for row in solved
        if row.move != ALONE and any(one.at <= row.at for one in begun[row.order_id])
    ]
    return {
        "first_time_fix_rate": _rate(first, len(closed)),
        "mttr_hours": round(mean(hours), 2) if hours else None,
        "mttr_median_hours": round(median(hours), 2) if hours else None,
    }


def _surveys(tx: Tx, since: datetime, until: datetime) -> Figures:
    counted = {row.rating: row.many for row in tx.reports.surveys(since, until)}
    expired = counted.pop(None, 0)
    answered = sum(counted.values())
    ratings = {name: counted.get(name, 0) for name in ("satisfied", "neutral", "dissatisfied")}
    return {
        "surveys": {"answered": answered, "expired": expired, **ratings},
        "csat": _rate(ratings["satisfied"], answered),
        "survey_response_rate": _rate(answered, answered + expired),
    }


def _return_visits(tx: Tx, since: datetime, until: datetime) -> Figures:
    counted = tx.return_visits.counted(since, until)
    return {
        "return_visits": counted,
        "return_visit_rate": _rate(counted["made"], counted["due"]),
        "return_visit_fine_rate": _rate(counted["fine"], counted["answered"]),
    }


def _complaints(tx: Tx, opened: Sequence[Any], since: datetime, repeat_days: int) -> Figures:
    """Per 100 orders of the other kinds; a repeat is one of a customer who complained shortly before."""
    found = [row for row in opened if row.kind == "complaint" and row.category != SUGGESTION]
    others = sum(row.kind != "complaint" for row in opened)
    span = timedelta(days=repeat_days)
    known: dict[int, list[datetime]] = defaultdict(list)
    for row in tx.reports.complained_before(sorted({row.customer_id for row in found}), since - span):
        known[row.customer_id].append(row.created_at)
    repeats = sum(
        any(row.created_at - span <= at < row.created_at for at in known[row.customer_id]) for row in found
    )
    return {
        "count": len(found),
        "per_100_orders": _rate(len(found), others),
        "repeats": repeats,
        "repeat_rate": _rate(repeats, len(found)),
    }


def _self_service(opened: Sequence[Any], moves: Mapping[str, int]) -> float | None:
    """Of what can be solved so."""
    kinds = life().moves[ALONE].kinds
    return _rate(moves.get(ALONE, 0), sum(row.kind in kinds for row in opened))


def _talk(tx: Tx, since: datetime, until: datetime) -> Figures:
    talks, handed = tx.reports.conversations(since, until), tx.reports.handovers(since, until)
    asked, helped, not_helped = tx.reports.knowledge(since, until)
    return {
        "conversations": talks,
        "handovers": handed,
        "hand_off_rate": _rate(min(handed, talks), talks),
        "knowledge": {"gaps": asked, "helped": helped, "not_helped": not_helped,
                      "helpful_rate": _rate(helped, helped + not_helped)},
    }  # fmt: skip


def _rate(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None


def flat(found: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Every single figure under its path: promises.answer.rate."""
    rows: dict[str, Any] = {}
    for name, value in found.items():
        path = f"{above}{name or '-'}"
        rows |= flat(value, f"{path}.") if isinstance(value, Mapping) else {path: value}
    return rows


def trend(now: Figures, before: Figures) -> dict[str, float]:
    """By how much each figure of both spans changed."""
    old = flat(before)
    pairs = ((name, value, old.get(name)) for name, value in flat(now).items())
    return {
        name: round(value - was, 2) for name, value, was in pairs if value is not None and was is not None
    }
