"""The numbers as tables."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.bench.contenders import Contender
from tests.bench.load import Round, Turn, percentile

SHORT = 12  # characters; a wider column holds words


def machine(given: argparse.Namespace) -> str:
    """Where and when, and how it was measured."""
    memory = next(
        int(line.split()[1]) // 1024**2
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemTotal")
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {_processor()} · {len(os.sched_getaffinity(0))} cores"
        f" · {memory} GiB · Python {platform.python_version()} · load {os.getloadavg()[0]:.1f}\n"
        f"{given.lanes} customers at once, {given.rounds} interleaved rounds of {given.seconds:g} s, "
        f"medians; "
        f"every server in a process of its own, the customers and the Bot API's stub in another."
    )


def progress(contender: Contender) -> None:
    """One line on standard error for each round."""
    last = contender.rounds[-1]
    print(
        f"  {contender.name}: {last.per_second:.0f}/s, {last.cpu * 1000:.2f} ms CPU a turn", file=sys.stderr
    )


def comparison(contenders: Sequence[Contender]) -> str:
    """The contenders side by side, and the targets."""
    bare, echo = contenders[0], contenders[1]
    rows = [
        (
            one.name,
            f"{_rate(one):.0f}",
            f"{_rate(one) / _rate(bare):.2f}",
            f"{_rate(one) / _rate(echo):.2f}",
            f"{_cpu(one):.2f}",
            _ms(one, 0.5, answered),
            _ms(one, 0.99, answered),
            _ms(one, 0.5, replied),
            _ms(one, 0.99, replied),
            f"{percentile([turn.replied for turn in one.idle], 0.5) * 1000:.1f}",
            f"{one.server.resident_mb():.0f}",
        )
        for one in contenders
    ]
    head = (
        "",
        "turns/s",
        "of (1)",
        "of (2)",
        "CPU ms",
        "answer p50",
        "p99",
        "reply p50",
        "p99",
        "idle p50",
        "MB",
    )
    return table(head, rows) + "\n" + "\n".join(_targets(contenders))


def _targets(contenders: Sequence[Contender]) -> list[str]:
    echo = contenders[1]
    lines = ["Targets:"]
    for one in contenders[3:]:
        share = _rate(one) / _rate(echo)
        slowest = median(each.percentile(0.99, replied) for each in one.rounds) * 1000
        idle = percentile([turn.replied for turn in one.idle], 0.5) * 1000
        lines.append(
            f"  {one.name}: "
            f"turns/s ≥ echo bot {met(share >= 1)} ({share:.2f}), "
            f"p99 ≤ 100 ms {met(slowest <= 100)} ({slowest:.0f}), "
            f"idle p50 ≤ 15 ms {met(idle <= 15)} ({idle:.1f}), "
            f"≤ 350 MB {met(one.server.resident_mb() <= 350)} ({one.server.resident_mb():.0f})"
        )
    return lines


def steady(contenders: Sequence[Contender], rate: float) -> str:
    """How long replies take when there is work but no queue."""
    rows = []
    for one in contenders:
        half, slowest = (
            median(each.percentile(share, replied) for each in one.steady) * 1000 for share in (0.5, 0.99)
        )
        per_second = median(each.per_second for each in one.steady)
        rows.append((one.name, f"{per_second:.0f}", f"{half:.1f}", f"{slowest:.1f}", met(slowest <= 100)))
    head = ("", "turns/s", "reply p50", "p99", "≤ 100 ms")
    return f"\nAt a steady {rate:.0f} turns a second, half of what the echo bot takes at most:" + table(
        head, rows
    )


def pasts(contenders: Sequence[Contender]) -> str:
    """What a large past costs."""
    rows = [
        (one.name, f"{_rate(one):.0f}", f"{_cpu(one):.2f}", _ms(one, 0.5, replied), _ms(one, 0.99, replied))
        for one in contenders
    ]
    ratio = _rate(contenders[0]) / _rate(contenders[1])
    cost = _cpu(contenders[1]) / _cpu(contenders[0])
    return (
        table(("", "turns/s", "CPU ms", "reply p50", "p99"), rows)
        + f"\nTarget: the same cost a turn within 20 %: {met(max(ratio, cost) <= 1.2)}"
        + f" (time ×{ratio:.2f}, processor ×{cost:.2f})"
    )


def cold(seconds: Sequence[float]) -> str:
    """The cold start."""
    each = ", ".join(f"{one:.2f}" for one in seconds)
    return (
        f"Cold start to the first reply: {median(seconds):.2f} s (of {each}); "
        f"target 3 s {met(median(seconds) <= 3)}"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be; numbers to the right, words to the left."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = ["  ".join(map(_cell, row, widths)).rstrip() for row in (head, *rows)]
    return "\n" + "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _cell(words: str, width: int) -> str:
    """Short cells and headings stand over their numbers."""
    number = words.replace(".", "").replace(",", "").isdigit()
    return words.rjust(width) if number or len(words) < width <= SHORT else words.ljust(width)


def answered(turn: Turn) -> float:
    """Until the webhook's answer."""
    return turn.answered


def replied(turn: Turn) -> float:
    """Until the reply at the stub."""
    return turn.replied


def _rate(one: Contender) -> float:
    return median(each.per_second for each in one.rounds)


def _cpu(one: Contender) -> float:
    return median(each.cpu for each in one.rounds) * 1000


def _ms(one: Contender, share: float, of: Callable[[Turn], float]) -> str:
    return f"{median(_percentiles(one.rounds, share, of)) * 1000:.1f}"


def _percentiles(rounds: Sequence[Round], share: float, of: Callable[[Turn], float]) -> list[float]:
    return [each.percentile(share, of) for each in rounds]


def met(yes: bool) -> str:
    return "met" if yes else "MISSED"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
