"""Operations: everything that happens to a simulated world, resolved, so that any of them can be left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

from tests.simulation.agents import DEEDS, TALKS

T = TypeVar("T")
PLATFORMS = ("plain", "keyed", "passive")
PEERS = ("ann", "bob", "cai")
TEXTS = (
    "hi", "hi", "more 2", "more 3", "report", "report", "next", "next", "confirm", "confirm", "cancel",
    "agent", "bot", "bot", "quiet", "think", "think", "poison",
)  # fmt: skip
SEND_FAULTS = (
    "busy", "busy", "flood", "account_flood", "refused", "lost", "timed_out", "crashed_client", "slow",
)  # fmt: skip
CAREERS = (
    ("take", "wait", "back"), ("take", "wait", "back", "wait", "back", "resolve"), ("take", "wait"),
    ("take", "resolve"), ("take", "resolve", "close"), ("take", "resolve", "again", "take", "wait", "back"),
)  # fmt: skip
"""What the staff brings an order to, one after another (see `staff.GOALS`)."""
POINTS = ("begin", "statement", "commit", "committed", "committed")


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that happens `at` so many seconds from the start; fields it does not need stay empty."""

    kind: str
    at: float = 0.0
    process: int = 0
    platform: str = ""
    peer: str = ""
    text: str = ""
    number: int = 0  # the message's own number, a fault's skip, or what to pick
    seconds: float = 0.0
    crash: bool = False


def generate(seed: int, length: int = 120) -> list[Operation]:
    """A world's operations; each seed has its own mixture, so that rare ones meet often in some."""
    rng = Random(seed)
    weights = {kind: rng.choice((0.0, 0.5, 1.0, 3.0)) for kind in (*_MAKERS, "wait") if kind != "say"}
    weights["say"] = sum(weights.values()) * rng.choice((0.3, 1.0, 3.0)) + 1.0
    pause = rng.choice((0.05, 0.3, 1.0))
    deadly = rng.random() < 0.6
    if not deadly:
        weights["crash"] = 0.0
    kinds = rng.choices(list(weights), list(weights.values()), k=length)
    platforms = sorted(rng.sample(PLATFORMS, rng.choice((1, 1, 2, 3))))
    processes = rng.choice((1, 2))
    made = []
    at = 0.0
    for number, kind in enumerate(kinds):
        dice = Dice(f"{seed}/{number}", platforms, processes, deadly)
        at = round(at + dice.rng.expovariate(1 / pause), 3)
        if kind == "wait":
            at += dice.choice((3.0, 12.0, 35.0))
        else:
            made.extend(_MAKERS[kind](dice, number, at))
    return sorted(made, key=lambda one: one.at)


def aimed(kind: str, seed: int, times: int = 6) -> list[Operation]:
    """A world in which one kind of thing happens again and again, on one platform."""
    dice = (Dice(f"{seed}/{number}", ["passive"], 1, deadly=False) for number in range(times))
    made = [_MAKERS[kind](one, number * 10, 1 + number * 3.0) for number, one in enumerate(dice)]
    return sorted((one for group in made for one in group), key=lambda one: one.at)


def to_json(operations: Iterable[Operation]) -> list[dict[str, object]]:
    """The operations without their empty fields."""
    empty = asdict(Operation(""))
    return [{k: v for k, v in asdict(one).items() if v != empty[k]} for one in operations]


def load(path: Path) -> tuple[int, list[Operation]]:
    """A recorded case: its seed and its operations."""
    case = json.loads(path.read_text(encoding="utf-8"))
    return case["seed"], [Operation(**one) for one in case["operations"]]


def save(path: Path, seed: int, operations: Iterable[Operation], found: str) -> None:
    """Record a case with what it once broke."""
    case = {"found": found, "seed": seed, "operations": to_json(operations)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


class Dice:
    """One operation's randomness, within what its world has."""

    def __init__(self, seed: str, platforms: list[str], processes: int, deadly: bool) -> None:
        self.rng = Random(seed)
        self.platforms = platforms
        self.processes = processes
        self.deadly = deadly

    def choice(self, among: Sequence[T]) -> T:
        """One of them."""
        return self.rng.choice(among)

    def below(self, end: int) -> int:
        """A number from 0 to before `end`."""
        return self.rng.randrange(end)

    def process(self) -> int:
        """One of the world's processes."""
        return self.rng.randrange(self.processes)

    def platform(self) -> str:
        """One of the world's platforms."""
        return self.rng.choice(self.platforms)

    def place(self) -> dict[str, str]:
        """A customer on a platform."""
        return {"platform": self.platform(), "peer": self.rng.choice(PEERS)}


def _say(dice: Dice, number: int, at: float) -> list[Operation]:
    skew = dice.choice((0.0, 0.0, 0.0, -86400.0, 3600.0))
    text = dice.choice(TEXTS)
    return [Operation("say", at, dice.process(), text=text, number=number, seconds=skew, **dice.place())]


def _repeat(dice: Dice, number: int, at: float) -> list[Operation]:
    seconds = dice.choice((0, 0.01, 5))
    return [Operation("repeat", at, dice.process(), number=dice.below(1000), seconds=seconds)]


def _swap(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("swap", at, dice.process(), number=number, **dice.place())]


def _send_fault(dice: Dice, number: int, at: float) -> list[Operation]:
    seconds = dice.choice((0.2, 1.0, 5.0, 12.0, 40.0))
    kind, skip = dice.choice(SEND_FAULTS), dice.below(4)
    return [Operation("send_fault", at, platform=dice.platform(), text=kind, number=skip, seconds=seconds)]


def _store_fault(dice: Dice, number: int, at: float) -> list[Operation]:
    """A fault, and often somebody who runs into it at once."""
    point, process, crash = dice.choice(POINTS), dice.process(), dice.deadly and dice.below(2) == 0
    skip = dice.below(30) if point == "statement" else dice.choice((0, 1, 1, 2))
    fault = Operation("store_fault", at, process, text=point, number=skip, crash=crash)
    said = Operation("say", at + 0.001, process, text=dice.choice(TEXTS), number=number, **dice.place())
    return [fault, said][: dice.choice((1, 2, 2))]


def _crash(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("crash", at, dice.process(), seconds=dice.choice((0.0, 1.0, 50.0)))]


def _stop(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("stop", at, dice.process(), seconds=dice.choice((0.0, 2.0)))]


def _outage(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("outage", at, seconds=dice.choice((0.5, 4.0, 20.0)))]


def _disk(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("disk_full", at, dice.process(), seconds=dice.choice((0.5, 4.0)))]


def _clock(dice: Dice, number: int, at: float) -> list[Operation]:
    """The clock is set, sometimes while a message is on its way."""
    jump = Operation("clock", at, seconds=dice.choice((-90.0, -5.0, 0.5, 20.0, 60.0)))
    if dice.below(2):
        return [jump]
    place, process = dice.place(), dice.process()
    kind, seconds = dice.choice(("busy", "slow", "lost")), dice.choice((1.0, 5.0, 12.0))
    fault = Operation("send_fault", at - 0.3, platform=place["platform"], text=kind, seconds=seconds)
    said = Operation("say", at - 0.2, process, text="more 3", number=number, **place)
    return [fault, said, jump]


def _block(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("block", at, dice.process(), number=number, **dice.place())]


def _close(dice: Dice, number: int, at: float) -> list[Operation]:
    """A window closes, sometimes just before the customer opens it again."""
    place, process = dice.place(), dice.process()
    closes = Operation("close_window", at, **place)
    if dice.below(2):
        return [closes]
    before = Operation("say", at - 0.01, process, text="more 3", number=number, **place)
    back = Operation(
        "say", at + dice.choice((0.1, 0.3, 0.6)), process, text="hi", number=number + 5000, **place
    )
    return [before, closes, back]


def _retry(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("retry", at, number=dice.below(1000))]


def _sweep(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("sweep", at, dice.process())]


def _serve(dice: Dice, number: int, at: float) -> list[Operation]:
    """Somebody of the staff looks at an order and moves it a moment later; sometimes two do."""
    pick, pause = dice.below(1000), dice.choice((0.0, 0.02, 3.0))
    one = Operation("serve", at, dice.process(), number=pick, seconds=pause)
    other = Operation("serve", at, dice.process(), number=pick + dice.choice((0, 1000)), seconds=pause)
    return [one, other][: dice.choice((1, 1, 2))]


def _work(dice: Dice, number: int, at: float) -> list[Operation]:
    """An order is reported, taken up, waits for its customer or a part, goes on, and comes to its end."""
    place, pick = dice.place(), dice.below(4)
    made = [
        Operation("say", at, dice.process(), text="report", number=number, **place),
        Operation("say", at + 0.3, dice.process(), text="confirm", number=number + 5000, **place),
    ]
    for goal in dice.choice(CAREERS):
        at += dice.choice((1.0, 3.0, 8.0, 18.0))
        made.append(Operation("serve", round(at, 3), dice.process(), text=goal, number=pick, seconds=0.02))
    return made


def _book(dice: Dice, number: int, at: float) -> list[Operation]:
    """A visit is agreed upon; sometimes two people want the same time at once."""
    pick, ahead = dice.below(1000), dice.choice((5.0, 30.0, 45.0))
    one = Operation("book", at, dice.process(), number=pick, seconds=ahead)
    other = Operation("book", at, dice.process(), number=pick + 1, seconds=ahead)
    return [one, other][: dice.choice((1, 2))]


def _stall(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("stall", at, dice.process(), seconds=dice.choice((10.0, 40.0, 90.0)))]


def _holiday(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("holiday", at)]


def _opt_out(dice: Dice, number: int, at: float) -> list[Operation]:
    return [Operation("opt_out", at, **dice.place())]


def _doubt(dice: Dice, number: int, at: float) -> list[Operation]:
    """Somebody writes several times at once while commits fail, or their answers are lost."""
    place, process = dice.place(), dice.process()
    made = [Operation("say", at, process, text="hi", number=number, **place)]
    for step in range(dice.choice((1, 2, 2))):
        moment = at + 0.1 + 0.1 * step
        fault = dice.choice(("commit", "commit", "committed"))
        made.append(Operation("store_fault", moment, process, text=fault, number=dice.below(7)))
        made.append(
            Operation("say", moment + 0.001, process, text="bot", number=20_000 + number * 10 + step, **place)
        )
    made.append(Operation("swap", at + 0.23, process, number=20_009 + number * 10, **place))
    return made


def _change(dice: Dice, number: int, at: float) -> list[Operation]:
    """Customers are joined or parted, people come and go."""
    what = dice.choice(("join", "join", "part", "employ", "employ", "leave", "come_back"))
    return [Operation("change", at, dice.process(), text=what, number=dice.below(1000))]


def _desk(dice: Dice, number: int, at: float) -> list[Operation]:
    """An agent decides upon what they see, and does it a moment later; sometimes two do, or one twice.

    Or they lose their rights in between.
    """
    deed, pick, pause = dice.choice(DEEDS), dice.below(1000), dice.choice((0.0, 0.02, 0.02, 3.0))
    one = Operation("desk", at, dice.process(), text=deed, number=pick, seconds=pause)
    if pause > 1 and deed == "take_over":
        return [
            one,
            Operation("desk", at + 1, dice.process(), text=dice.choice(("lower", "dismiss")), number=pick),
        ]
    other = Operation("desk", at, dice.process(), text=deed, number=pick + dice.choice((0, 1)), seconds=pause)
    return [one, other][: dice.choice((1, 1, 2))]


def _attend(dice: Dice, number: int, at: float) -> list[Operation]:
    """A customer asks for a person and gets one, who does one thing after another; the customer writes on."""
    place, pick = dice.place(), dice.below(100)
    made = [Operation("say", at, dice.process(), text="agent", number=number, **place)]
    for step, deed in enumerate(dice.choice(TALKS)):
        at += dice.choice((0.2, 1.0, 2.0, 6.0))
        made.append(Operation("desk", round(at, 3), dice.process(), text=deed, number=pick, seconds=0.01))
        if dice.below(3) == 0:
            more = number * 10 + 100_000 + step
            said = Operation("say", round(at + 0.15, 3), dice.process(), text="hi", number=more, **place)
            made.append(said)
    return made


_MAKERS = {
    "say": _say, "repeat": _repeat, "swap": _swap, "send_fault": _send_fault, "store_fault": _store_fault,
    "crash": _crash, "stop": _stop, "outage": _outage, "disk_full": _disk, "clock": _clock, "block": _block,
    "close_window": _close, "retry": _retry, "sweep": _sweep, "serve": _serve, "work": _work,
    "book": _book, "stall": _stall, "holiday": _holiday, "opt_out": _opt_out,
    "change": _change, "doubt": _doubt, "desk": _desk, "attend": _attend,
}  # fmt: skip
