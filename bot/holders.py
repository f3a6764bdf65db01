"""Who holds a lease: this process by a name of its own, and whether another one is gone."""

from __future__ import annotations

import os
import socket
from random import Random


def new_holder(rng: Random) -> str:
    """A name that no other process has: machine, process, a random part."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{rng.getrandbits(24):x}"


def gone(holder: str | None) -> bool:
    """Whether the holder was a process of this machine that is no more."""
    host, _, rest = (holder or "").partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:32] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
