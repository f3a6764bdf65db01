"""The platform's side: repeats what is not acknowledged, accepts deliveries, kills and starts the desk."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter, defaultdict
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from tests.durability.worker import work

CUSTOMERS = 6
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.durability.worker"])


class Platform:
    """Knows what it sent, what was acknowledged and what it delivered, across any number of deaths."""

    def __init__(self, url: str, folder: Path, rng: Random, acknowledge_early: bool = False) -> None:
        self._url = url
        self._folder = folder
        self._rng = rng
        self._early = acknowledge_early
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.acknowledged: set[str] = set()
        self.delivered: Counter[str] = Counter()
        self.order: dict[str, list[int]] = defaultdict(list)
        self._connection: Connection | None = None
        self._child: multiprocessing.process.BaseProcess | None = None

    def start(self) -> None:
        """A new desk; everything unacknowledged is sent again, in order."""
        ours, theirs = FORKS.Pipe()
        arguments = (theirs, self._url, str(self._folder), self._early)
        self._child = FORKS.Process(target=work, args=arguments, daemon=True)
        self._child.start()
        theirs.close()
        self._connection = ours
        for peer, ids in self.sent.items():
            for external_id in ids:
                if external_id not in self.acknowledged:
                    self._send(peer, external_id)

    def run(self, seconds: float, pace: float = 0.004) -> None:
        """Let customers write and the desk work for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.write()
            self._listen(pace)

    def write(self) -> None:
        """One customer writes; now and then the platform repeats an old message."""
        peer = f"customer-{self._rng.randrange(CUSTOMERS)}"
        external_id = f"{peer}-{len(self.sent[peer]) + 1}"
        self.sent[peer].append(external_id)
        self._send(peer, external_id)
        if self._rng.random() < 0.05:
            self._send(peer, self._rng.choice(self.sent[peer]))

    def settle(self, done: object, seconds: float = 60) -> None:
        """Go on without new messages until everything is acknowledged and `done()` is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._listen(0.02)
            if len(self.acknowledged) == sum(map(len, self.sent.values())) and done():  # type: ignore[operator]
                return
        raise AssertionError("the desk did not settle")

    def kill(self) -> None:
        """kill -9; what the desk had already written into the pipe did reach the platform."""
        assert self._child is not None
        assert self._child.pid is not None
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.join()
        self._listen(0.2, until_end=True)

    def stop(self) -> None:
        """Ask it to stop in order."""
        assert self._child is not None
        if self._connection is not None:
            self._connection.send(("stop",))
        self._child.join(30)
        assert self._child.exitcode == 0

    def _send(self, peer: str, external_id: str) -> None:
        assert self._connection is not None
        try:
            self._connection.send(("message", peer, external_id, external_id))
        except OSError:
            return

    def _listen(self, seconds: float, until_end: bool = False) -> None:
        assert self._connection is not None
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            try:
                if not self._connection.poll(max(left, 0)):
                    return
                self._handle(self._connection.recv())
            except (EOFError, OSError):
                return
            if left <= 0 and not until_end:
                return

    def _handle(self, event: tuple) -> None:
        assert self._connection is not None
        kind, *words = event
        if kind == "acknowledged":
            self.acknowledged.add(words[0])
            return
        key, peer, seq = words
        self.delivered[key] += 1
        self.order[peer].append(seq)
        try:
            self._connection.send(("accepted", key))
        except OSError:
            return
