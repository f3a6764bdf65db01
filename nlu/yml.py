"""YAML through libyaml where PyYAML has it: ten times quicker, and as safe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """The content of a UTF-8 file; raises yaml.YAMLError."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe loader
