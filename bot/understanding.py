"""Understanding for many at once: messages that wait together go through the encoder together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from bot.settings import Settings, SettingsProblem
from nlu import accurate
from nlu.context import Context
from nlu.interpreter import Interpreter
from nlu.progress import Progress, silent
from nlu.understanding import Understanding

Outcome = Understanding | Exception

BATCH = 32
_FIRST_CUSTOMERS = 5.0
"""Seconds after the start before anything is worked out in advance: who waits already comes first."""


def open_interpreter(settings: Settings, told: Progress = silent) -> Interpreter:
    """The interpreter of the settings, trained first if need be.

    SettingsProblem where the accurate mode is wanted and its package is missing.
    """
    wanted = settings.understanding.accurate
    if wanted is True and not accurate.installed():
        raise SettingsProblem(
            f"understanding.accurate: needs the package {accurate.PACKAGE}: make install-accurate"
        )
    use = accurate.installed() if wanted == "auto" else wanted
    return Interpreter.load(
        settings.data_path / "model", settings.understanding.examples, accurate=use, told=told
    )


class Understander:
    """The interpreter behind one thread, in micro-batches."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self._waiting: deque[tuple[str, Context, asyncio.Future[Understanding]]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="understanding")
        self._worker: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Get ready, in a while and beside the work, for the words customers use most."""
        self._warming = asyncio.create_task(self._warm())

    async def parse(self, text: str, context: Context) -> Understanding:
        """Understand one message; whatever waits meanwhile is understood in the same batch."""
        done: asyncio.Future[Understanding] = asyncio.get_running_loop().create_future()
        self._waiting.append((text, context, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await done

    def close(self) -> None:
        """End the thread once its batch is through."""
        if self._warming is not None:
            self._warming.cancel()
        self._thread.shutdown()

    async def _warm(self) -> None:
        await asyncio.sleep(_FIRST_CUSTOMERS)
        await asyncio.to_thread(self.interpreter.warm)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            asked = [(text, context) for text, context, _ in batch]
            outcomes: Sequence[Outcome]
            try:
                outcomes = await loop.run_in_executor(self._thread, self._understood, asked)
            except RuntimeError as problem:  # the thread has ended
                outcomes = [problem] * len(batch)
            for (_, _, done), outcome in zip(batch, outcomes, strict=True):
                if done.done():
                    continue
                if isinstance(outcome, Exception):
                    done.set_exception(outcome)
                else:
                    done.set_result(outcome)

    def _understood(self, asked: Sequence[tuple[str, Context]]) -> Sequence[Outcome]:
        """What each message means, or why it could not be told; none fails for the sake of another."""
        try:
            return self.interpreter.parse_many([text for text, _ in asked], [context for _, context in asked])
        except Exception as problem:  # noqa: BLE001 - whoever waits must hear of it
            if len(asked) == 1:
                return [problem]
            return [outcome for one in asked for outcome in self._understood([one])]
