"""The console's sections, in the order of its menu."""

from __future__ import annotations

from dataclasses import dataclass

from storage.users import ROLES


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the menu; `role` is the least that opens it, `icon` one of the sprite."""

    name: str
    path: str
    icon: str
    role: str = "agent"
    pages: tuple[str, ...] = ()
    """Other addresses that belong to it, by their beginning."""

    def holds(self, path: str, base: str) -> bool:
        """Whether the page at that address is one of this section."""
        inside = path.removeprefix(base) or "/"
        return inside == self.path or inside.startswith(self.pages)


SECTIONS = (Section("inbox", "/", "message", pages=("/talks/",)),)


def open_to(role: str) -> list[Section]:
    """The sections for users of that role."""
    return [one for one in SECTIONS if ROLES.index(role) >= ROLES.index(one.role)]
