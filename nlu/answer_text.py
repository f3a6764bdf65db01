"""The answer of an article: Markdown in, plain words for a chat bubble and the pictures out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

_TARGET = re.compile(r"(?P<picture>!?)\[(?P<words>[^\[\]\n]*)\]\((?P<target>[^()\s]*)(?:\s+\"[^\"\n]*\")?\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_BULLET = re.compile(r"(?m)^(\s*)[-*] ")
_HEADING = re.compile(r"(?m)^#{1,6} +")
_BLANKS = re.compile(r"\n{3,}")
_SCHEMES = ("https", "tel", "mailto")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def spoken(markdown: str) -> str:
    """The words as a chat bubble shows them: no marks, bullets as dots, links written out, no pictures."""
    text = _TARGET.sub(_written_out, markdown.strip())
    text = _STRONG.sub(r"\2", text)
    text = _HEADING.sub("", text)
    return _BLANKS.sub("\n\n", _BULLET.sub(r"\1• ", text)).strip()


def pictures(markdown: str) -> tuple[str, ...]:
    """The addresses of its pictures, in order: https, or files beside the article."""
    found = (m["target"] for m in _TARGET.finditer(markdown) if m["picture"])
    return tuple(dict.fromkeys(found))


def files(markdown: str) -> tuple[str, ...]:
    """The files beside the article that it shows or names, in order."""
    found = (m["target"] for m in _TARGET.finditer(markdown) if not urlsplit_scheme(m["target"]))
    return tuple(dict.fromkeys(found))


def wrong(markdown: str, first_line: int, folder: Path | None) -> Iterator[tuple[int, str]]:
    """Every link that leads nowhere (line, message); files are looked for in `folder` where one is given."""
    for at, line in enumerate(markdown.split("\n"), first_line):
        for found in _TARGET.finditer(line):
            if message := _wrong(found["target"], bool(found["picture"]), folder):
                yield at, message


def urlsplit_scheme(target: str) -> str:
    """The scheme of an address in lower case, empty for a file beside the article."""
    try:
        return urlsplit(target).scheme.lower()
    except ValueError:
        return "broken"


def _wrong(target: str, picture: bool, folder: Path | None) -> str | None:
    scheme = urlsplit_scheme(target)
    if not target:
        return "expected an address between ( and )"
    if scheme:
        allowed = scheme == "https" if picture else scheme in _SCHEMES
        whole = scheme != "https" or bool(urlsplit(target).hostname)
        return (
            None if allowed and whole else f"expected https://… or a file beside the article, found {target}"
        )
    path = PurePosixPath(target)
    if path.is_absolute() or ".." in path.parts or "\\" in target or target.startswith("//"):
        return f"expected a file beside the article or below, found {target}"
    if picture and path.suffix.lower() not in PICTURES:
        return f"expected a picture ({', '.join(PICTURES)}), found {target}"
    if folder is not None and not (folder / path).is_file():
        return f"there is no file {target} beside the article"
    return None


def _written_out(found: re.Match[str]) -> str:
    words, target = found["words"].strip(), found["target"]
    if found["picture"]:
        return ""
    scheme = urlsplit_scheme(target)
    address = target.partition(":")[2] if scheme in ("tel", "mailto") else target
    if not scheme or address == words:
        return words
    return f"{words} {address}".strip()
