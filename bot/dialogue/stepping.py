"""Running rasa-sdk's coroutines inside a synchronous turn."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Suspended(RuntimeError):
    """A handler waited for something inside a turn; waiting belongs into a job after it."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result, stepped to its end at once; raises Suspended if it really waits."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    coroutine.close()
    raise Suspended(f"{coroutine!r} waited inside a turn")
