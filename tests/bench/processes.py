"""The compared servers as processes: started, awaited, measured and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 120


class DidNotStart(RuntimeError):
    """A server ended or stayed silent; its log says why."""


class Server:
    """One server on a free port of 127.0.0.1; `path` is asked until it answers."""

    def __init__(
        self, module: str, environment: Mapping[str, str], folder: Path, path: str = "/health"
    ) -> None:
        self.port = free_port()
        self.log = folder / f"{module.rpartition('.')[2]}-{self.port}.log"
        self.began = time.perf_counter()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *module.split()],
                cwd=PROJECT,
                env={**_clean(os.environ), **environment, **self._ports()},
                stdout=log,
                stderr=log,
            )
        self._wait(path)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def resident_mb(self) -> float:
        """Memory the process holds now, in megabytes (1,048,576 bytes)."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise LookupError("no VmRSS")

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def get(self, path: str) -> str:
        """The body of one of its pages."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def stop(self) -> None:
        """End it and wait."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ports(self) -> dict[str, str]:
        return {"BENCH_PORT": str(self.port), "BOT__HTTP__PORT": str(self.port)}

    def _wait(self, path: str) -> None:
        while time.perf_counter() - self.began < START_SECONDS:
            if self._process.poll() is not None:
                raise DidNotStart(f"see {self.log}:\n{self.log.read_text()[-2000:]}")
            try:
                self.get(path)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.01)
        self.stop()
        raise DidNotStart(f"no answer within {START_SECONDS} s; see {self.log}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Without settings of the desk that happen to be set around us."""
    return {key: value for key, value in environment.items() if not key.upper().startswith("BOT__")}
