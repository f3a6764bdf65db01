"""China's provinces, cities and districts: which names stand where in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent.parent / "regions.txt"
_SUFFIX = re.compile(
    r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|地区|新区|省|市|区|县|盟)$"
)
_SEPARATORS = " ,，、-"


@dataclass(frozen=True, slots=True)
class Region:
    """A place as far as it is known; empty where it is not."""

    province: str = ""
    city: str = ""
    district: str = ""


class Regions:
    """The names of places with and without their suffix, found at the start of an address."""

    def __init__(self, lines: list[str]) -> None:
        self._places: dict[str, list[Region]] = {}
        self._english: dict[str, Region] = {}
        province = city = ""
        for line in lines:
            if not line or line.startswith("#"):
                continue
            kind, _, rest = line.partition(" ")
            name, _, more = rest.partition(":")
            names = name.split()
            if kind == "省":
                province, city = names[0], ""
                region = Region(province)
            else:
                city = names[0]
                region = Region(province, city)
            self._add(names[0], region)
            for other in names[1:]:
                self._add(other, region)
            for district in more.split():
                self._add(district, Region(province, city, district))
        self._pattern = re.compile("|".join(sorted(map(re.escape, self._places), key=len, reverse=True)))

    def _add(self, name: str, region: Region) -> None:
        if name.isascii():
            self._english[name.replace("_", " ").lower()] = region
            return
        short = _SUFFIX.sub("", name)
        for form in {name, short} if len(short) >= 2 else {name}:
            known = self._places.setdefault(form, [])
            if region not in known:
                known.append(region)

    def first(self, folded: str, position: int) -> tuple[int, int, Region] | None:
        """The first run of places from `position` on: its start, its end, and what it says together."""
        match = self._pattern.search(folded, position)
        if match is None:
            return None
        start, end = match.span()
        options = self._places[match.group()]
        while True:
            at = end
            while at < len(folded) and folded[at] in _SEPARATORS:
                at += 1
            following = self._pattern.match(folded, at)
            if following is None:
                break
            narrower = [b for b in self._places[following.group()] if any(_within(b, a) for a in options)]
            if not narrower:
                break
            options, end = narrower, following.end()
        if end < len(folded) and folded[end] in "省市区县" and not self._pattern.match(folded, end):
            end += 1
        return start, end, _common(options)

    def english(self, words: str) -> Region:
        """The place named in an English address, as far as it is known."""
        for name, region in self._english.items():
            if re.search(rf"\b{name}\b", words):
                return region
        return Region()


def _within(inner: Region, outer: Region) -> bool:
    if outer.district:
        return False
    same = inner.province == outer.province and (not outer.city or inner.city == outer.city)
    return (same and inner != outer) or (
        inner.city == outer.city != "" and inner == outer and not outer.district
    )


def _common(options: list[Region]) -> Region:
    """What all the readings agree on; a name that is city and district reads as the city."""
    if len(options) == 1:
        return options[0]
    whole = [r for r in options if not r.district]
    if whole:
        return max(whole, key=lambda r: bool(r.city))
    districts = {r.district for r in options}
    return Region(district=districts.pop()) if len(districts) == 1 else Region()


@cache
def regions() -> Regions:
    """The regions that come with the desk."""
    return Regions(_DATA.read_text(encoding="utf-8").splitlines())
