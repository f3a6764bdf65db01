"""What a reply is looked at for before it leaves: 服务禁语, and names that nobody filled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from bot.console.replying.canned import unfilled
from nlu import yml

SHIPPED = Path(__file__).with_name("forbidden.yml")
SEVERITIES = ("stop", "warn")


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing found: a term of the list (`listed`), or a name in braces."""

    term: str
    severity: Literal["stop", "warn"]
    listed: bool = True

    @property
    def stops(self) -> bool:
        """Whether the reply is not sent, whatever the agent says."""
        return self.severity == "stop"


class Checking:
    """Looks for the words of one list; raises ValueError for a file that is none."""

    def __init__(self, source: Path = SHIPPED) -> None:
        listed = yml.read(source)
        if not isinstance(listed, dict) or not set(listed) <= set(SEVERITIES):
            raise ValueError(f"{source}: expected lists under {' and '.join(SEVERITIES)}")
        self._terms: list[tuple[re.Pattern[str], Flag]] = []
        for severity in SEVERITIES:
            for term in listed.get(severity) or []:
                if not isinstance(term, str) or not term.strip():
                    raise ValueError(f"{source}: {severity}: {term!r} is no word")
                self._terms.append((_pattern(term), Flag(term.strip()[:64], severity)))  # type: ignore[arg-type]

    def flags(self, text: str) -> list[Flag]:
        """What is found, the worst first."""
        plain = _plain(text)
        found = [flag for pattern, flag in self._terms if pattern.search(plain)]
        return found + [Flag(f"{{{name}}}", "warn", listed=False) for name in unfilled(text)]


@cache
def checking(source: Path | None = None) -> Checking:
    """The check by that file, or by the one that comes with the program; read once."""
    return Checking(source or SHIPPED)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def _pattern(term: str) -> re.Pattern[str]:
    plain = _plain(term.strip())
    if plain.isascii():
        words = r"\s+".join(re.escape(word) for word in plain.split())
        return re.compile(rf"(?<!\w){words}(?!\w)", re.ASCII)
    return re.compile(r"\s*".join(re.escape(sign) for sign in plain if not sign.isspace()))
