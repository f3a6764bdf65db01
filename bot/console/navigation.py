"""The console's sections, in the order of its menu."""

from __future__ import annotations

from dataclasses import dataclass

from bot.console import rights


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the menu; `icon` is one of the sprite."""

    name: str
    path: str
    icon: str
    pages: tuple[str, ...] = ()
    """Other addresses that belong to it, by their beginning."""

    def holds(self, path: str, base: str) -> bool:
        """Whether the page at that address is one of this section."""
        inside = path.removeprefix(base) or "/"
        return inside == self.path or inside.startswith(self.pages)


SECTIONS = (
    Section("inbox", "/", "message", pages=("/talks/",)),
    Section("floor", "/floor", "users"),
    Section("response_times", "/response-times", "clock"),
    Section("experts", "/experts", "hand-grab"),
    Section("samples", "/samples", "check", pages=("/samples/", "/hits")),
    Section("complaints", "/complaints", "notes", pages=("/complaints/",)),
    Section("orders", "/orders", "clipboard-list", pages=("/orders/",)),
    Section("customers", "/customers", "address-book", pages=("/customers/",)),
    Section("knowledge", "/knowledge", "books", pages=("/knowledge/", "/gaps")),
    Section("replies", "/replies", "blockquote", pages=("/replies/",)),
    Section("catalogue", "/catalogue", "box"),
    Section("users", "/users", "users", pages=("/users/", "/roles")),
    Section("audit", "/audit", "history"),
)


def open_to(role: str) -> list[Section]:
    """The sections whose first page users of that role may open."""
    return [one for one in SECTIONS if rights.opens(role, one.path)]
