"""XML as WeChat writes it: read with limits and without DTDs or entities, written as passive replies."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from wechatpy.replies import TextReply

Fields = dict[str, Any]

MAX_ELEMENTS = 400
MAX_DEPTH = 8

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Malformed(ValueError):
    """The body is not a message WeChat would send."""


def read(xml: bytes | str) -> Fields:
    """The children of the root by name: text, or again such a dict; of repeated names the last counts."""
    target = _Fields()
    # defusedxml raises on a DTD or an entity before anything is expanded.
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    try:
        parser.feed(xml)
        parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise Malformed(type(problem).__name__) from None
    if target.root is None:
        raise Malformed("no fields")
    return target.root


def text_reply(content: str, to_user: str, from_user: str, at: int) -> str:
    """The passive reply that says `content`; `at` is its time in Unix seconds."""
    whole = writable(content).replace("]]>", "]]]]><![CDATA[>")
    return str(TextReply(content=whole, target=to_user, source=from_user, time=at).render())


def writable(text: str) -> str:
    """The text without characters that XML cannot hold (controls, lone surrogates)."""
    return _UNWRITABLE.sub("", text)


class _Fields:
    """A parser target that builds nested dicts and gives up on what is too large or too deep."""

    def __init__(self) -> None:
        self.root: Fields | None = None
        self._open: list[tuple[str, Fields, list[str]]] = []
        self._elements = 0

    def start(self, tag: str, attributes: Any) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise Malformed("too many elements")
        self._open.append((tag, {}, []))

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def end(self, tag: str) -> None:
        name, children, words = self._open.pop()
        if self._open:
            self._open[-1][1][name] = children or "".join(words)
        else:
            self.root = children

    def close(self) -> Fields | None:
        return self.root
