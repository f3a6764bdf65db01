"""`make bench`: comparison, stored past, cold start, clock, agents' pages; how each target fared."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

import structlog
import uvloop

from tests.bench import clock, databases, inbox, past, report, screen, searches, steps, wire
from tests.bench.cold import cold_start
from tests.bench.contenders import Contender, Platform, Stable


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """What to run; each option's default can be set by the environment as BENCH_<NAME>."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    for name, kind, default, meaning in (
        ("rounds", int, 5, "interleaved rounds; the table shows their medians"),
        ("seconds", float, 4.0, "length of a round"),
        ("lanes", int, 16, "customers who write at once"),
        ("idle-turns", int, 80, "turns of a desk that has nothing else to do"),
        (
            "conversations",
            int,
            100_000,
            "stored conversations of the large database (1000000 takes 3 minutes)",
        ),
    ):
        chosen = os.environ.get(f"BENCH_{name.replace('-', '_').upper()}", default)
        parser.add_argument(f"--{name}", type=kind, default=kind(chosen), help=f"{meaning} [%(default)s]")
    clock.add_options(parser)
    parser.add_argument("--only", choices=("compare", "past", "cold", "clock", "inbox"), help="run one part")
    return parser.parse_args(arguments)


async def compare(stable: Stable, folder: Path, given: argparse.Namespace, ends: ExitStack) -> None:
    """Everything side by side."""
    postgres = ends.enter_context(databases.postgres(folder / "postgres"))
    contenders = [
        await stable.bare(),
        await stable.echo("httpx", "(2) PTB echo bot, its own HTTPX"),
        await stable.echo("aiohttp", "(2b) PTB echo bot, aiohttp BaseRequest"),
        await stable.telegram_desk(
            "(3) desk, Telegram, SQLite", databases.sqlite_file(folder / "telegram.db")
        ),
        await stable.telegram_desk("(3) desk, Telegram, PostgreSQL", postgres),
        await stable.wechat_desk("(3) desk, WeChat AES, SQLite", databases.sqlite_file(folder / "wechat.db")),
    ]
    for contender in contenders:
        contender.idle = await contender.one_by_one(given.idle_turns, Random(7))
    await rounds(contenders, given)
    rate = median(each.per_second for each in contenders[1].rounds) / 2
    await steadily(contenders[1:], given, rate)
    print(report.comparison(contenders))
    print(report.steady(contenders[1:], rate))
    print(await steps.table_text(contenders[3], given.idle_turns))
    for contender in contenders:
        contender.server.stop()


async def rounds(contenders: list[Contender], given: argparse.Namespace) -> None:
    """Interleaved rounds, after one to warm up."""
    for contender in contenders:
        await contender.load(given.lanes, min(2.0, given.seconds), Random(0))
    for number in range(1, given.rounds + 1):
        for contender in contenders:
            contender.rounds.append(await contender.load(given.lanes, given.seconds, Random(number)))
            report.progress(contender)


async def steadily(contenders: list[Contender], given: argparse.Namespace, rate: float) -> None:
    """Interleaved rounds of so many turns a second, from customers who write when they please."""
    lanes = 2 * given.lanes
    for number in range(1, given.rounds + 1):
        for contender in contenders:
            rng = Random(number)
            think = partial(rng.expovariate, rate / lanes)
            contender.steady.append(await contender.load(lanes, given.seconds, rng, think))


async def with_a_past(stable: Stable, folder: Path, given: argparse.Namespace) -> None:
    """The desk with a small and with a large past; half of those who write are known."""
    contenders = []
    for conversations in (10_000, given.conversations):
        path = folder / f"past-{conversations}.db"
        url = databases.sqlite_file(path)
        await asyncio.to_thread(past.fill, path, conversations)
        chats = past.visitors(conversations)
        contenders.append(await stable.telegram_desk(f"{conversations:,} stored conversations", url, chats))
    await rounds(contenders, given)
    print(report.pasts(contenders))
    for contender in contenders:
        contender.server.stop()


async def main(given: argparse.Namespace) -> None:
    """Run the parts that are asked for."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    platform = Platform()
    listening, port = await wire.listen(platform.answer)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="baoxiu-bench-")))
        stable = Stable(platform, port, folder)
        ends.callback(stable.close)
        print(report.machine(given))
        if given.only not in ("clock", "inbox"):
            await asyncio.to_thread(stable.train)
        if given.only in (None, "compare"):
            await compare(stable, folder, given, ends)
        if given.only in (None, "past"):
            await with_a_past(stable, folder, given)
        if given.only in (None, "cold"):
            print(report.cold(await asyncio.to_thread(cold_start, folder, stable.data)))
        if given.only in (None, "clock"):
            print(await clock.measure(folder, given))
        if given.only in (None, "inbox"):
            print(await inbox.measure(folder))
            print(await screen.measure(folder))
            print(await searches.measure(folder))
    listening.close()


if __name__ == "__main__":
    if sys.platform == "win32":
        sys.exit("The benchmark needs a system with /proc.")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(options()))
