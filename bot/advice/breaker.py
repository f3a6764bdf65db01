"""The circuit breaker: an endpoint that keeps failing is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable


class Breaker:
    """Opens after so many failures in a row; after the pause one request tries whether it works again.

    `seconds` is a clock that never goes back; each failed trial doubles the pause up to `longest`.
    """

    def __init__(self, failures: int, pause: float, longest: float, seconds: Callable[[], float]) -> None:
        self._limit = failures
        self._pause = pause
        self._longest = longest
        self._seconds = seconds
        self._failures = 0
        self._opened = 0
        self._until: float | None = None
        self._trying = False

    @property
    def closed(self) -> bool:
        """Whether everything may pass."""
        return self._until is None

    @property
    def passes(self) -> bool:
        """Whether a request would be let through now."""
        return self._until is None or (not self._trying and self._seconds() >= self._until)

    def enter(self) -> bool:
        """Let a request through, or not; what is let through must be followed by `worked` or `failed`."""
        if not self.passes:
            return False
        self._trying = self._until is not None
        return True

    def worked(self) -> None:
        """The request was answered."""
        self._failures = self._opened = 0
        self._until, self._trying = None, False

    def abandoned(self) -> None:
        """The request was given up before anything could be said of the endpoint."""
        self._trying = False

    def failed(self, pause: float | None = None) -> None:
        """The request failed; with `pause` the endpoint itself said for how many seconds to stay away."""
        if self._until is not None and not self._trying:
            return  # it had set out before the pause
        self._failures += 1
        if pause is None and not self._trying and self._failures < self._limit:
            return
        self._opened += 1
        doubled = self._pause * 2 ** min(self._opened - 1, 30)
        self._until = self._seconds() + min(max(doubled, pause or 0.0), self._longest)
        self._trying = False
