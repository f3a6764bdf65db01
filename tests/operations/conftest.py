"""The desk as the operator runs it: a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot.settings import PROJECT

READY = re.compile(r"http://127\.0\.0\.1:(\d+)/health")


class Process:
    """A running `python -m bot …`."""

    def __init__(self, arguments: list[str], environ: dict[str, str], log: Path) -> None:
        self.log = log
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BOT__")}
        self._file = log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=PROJECT, env={**clean, **environ, "PYTHONUNBUFFERED": "1"},
            stdout=self._file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def output(self) -> str:
        """Everything it has printed."""
        return self.log.read_text(encoding="utf-8")

    def port(self, seconds: float = 60) -> int:
        """The port it listens on, once it says that it is ready."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if found := READY.search(self.output):
                return int(found[1])
            time.sleep(0.05)
        raise AssertionError(f"the desk did not start:\n{self.output}")

    def client(self) -> httpx.Client:
        """A client of its HTTP side."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port()}", timeout=20)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(30)
        self._file.close()
        return code


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path, model_dir: Path) -> Iterator[Start]:
    """Starts `python -m bot` with a data folder of its own that has the trained model."""
    running: list[Process] = []
    data = tmp_path / "data"
    data.mkdir()
    (data / "model").symlink_to(model_dir)

    def begin(*arguments: str, **environ: str) -> Process:
        base = {"BOT__DATA_DIR": str(data), "BOT__HTTP__PORT": "0"}
        process = Process(list(arguments), {**base, **environ}, tmp_path / f"log-{len(running)}")
        running.append(process)
        return process

    yield begin
    for process in running:
        process.stop(signal.SIGKILL)
