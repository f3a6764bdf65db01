"""How the compared servers are served: uvicorn with uvloop and httptools, as the desk has them."""

from __future__ import annotations

import os
from typing import Any

import uvicorn


def serve(app: Any) -> None:
    """Run until SIGTERM on the port named by `BENCH_PORT`."""
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), log_level="warning", access_log=False
    )
