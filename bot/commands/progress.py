"""A progress bar for work that takes a while, shown only where somebody can see it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_PATIENCE = 1.0
_STEPS = 1000


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """A function to tell the share of the work just done (0..1); the bar shows after a second of work."""
    began, done = time.monotonic(), 0.0
    bar = click.progressbar(length=_STEPS, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())

    def told(share: float) -> None:
        nonlocal done
        done = (done + share) % 1.000001
        if time.monotonic() - began > _PATIENCE:
            bar.update(max(0, round(done * _STEPS) - bar.pos))

    yield told
    if bar.pos:
        bar.update(_STEPS - bar.pos)
        bar.render_finish()
