"""China's provinces, cities and districts: which names stand where in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent.parent / "regions.txt"
_PEOPLES = (
    "蒙古族?|回族|藏族|维吾尔族?|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族?|傣族|黎族|傈僳族|佤族|畲族|拉祜族"
    "|水族|东乡族|纳西族|景颇族|柯尔克孜族?|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|塔吉克族?|怒族|裕固族|保安族"
    "|独龙族|鄂温克族|普米族|各族|多民族"
)
_SUFFIX = re.compile(
    rf"(?:(?:{_PEOPLES})*自治[州县旗]|特别行政区|(?:维吾尔|壮族|回族)?自治区|地区|新区|[林矿]区|[省市区县盟旗])$"
)
_DEEPEST = 4
"""Names that may follow each other: province, city, district, each perhaps said twice."""
_LONG_SUFFIXES = ("地区", "新区", "林区", "矿区", "政区")
_SEPARATORS = " ,，、-"
_STREET = re.compile(
    r"[东西南北中一二三四五六七八九十]{0,2}(?:路|街(?!道)|大?道(?!外|里)|巷|胡同|桥|里(?!水)|村|镇|乡|广场|大厦|小区|花园|公园(?!路|街)|苑|站|店|新村|公寓|大学)"
)
"""What follows a name that is only part of a street's or a building's: 北京路, 中山东路."""
_SETTLED = re.compile(r"[\u4e00-\u9fff]{1,8}?(?:街道|镇|乡|路|街|大道|村|小区|社区|花园|新区|苑|\d+[号栋幢])")

_PART = re.compile(r"[^,]+")
_NO_NAME = re.compile(r"[.'’]|\b(?:city|district|province|county|new area)\b")


@dataclass(frozen=True, slots=True)
class Region:
    """A place as far as it is known; empty where it is not."""

    province: str = ""
    city: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """What a name may stand for. A `short` one has no suffix (昆山), a `spot` stays in the detail."""

    region: Region
    short: bool = False
    spot: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Regions that stand in a row at [start, end); `readings` are the places they may mean."""

    start: int
    end: int
    readings: tuple[Region, ...]

    @property
    def cities(self) -> tuple[str, ...]:
        """The cities that have this district, where the words do not tell which; empty where they do."""
        if len(self.readings) < 2 or not self.region.district or self.region.city:
            return ()
        return tuple(dict.fromkeys(r.city for r in self.readings))

    @property
    def region(self) -> Region:
        """What all readings agree on; a name that is city and district reads as the city."""
        if len(self.readings) == 1:
            return self.readings[0]
        whole = [r for r in self.readings if not r.district]
        if whole:
            return min(whole, key=lambda r: bool(r.city))
        districts = {r.district for r in self.readings}
        return Region(district=districts.pop()) if len(districts) == 1 else Region()


class Regions:
    """The names of places with and without their suffix, found at the start of an address."""

    def __init__(self, lines: list[str]) -> None:
        self._names: dict[str, list[Name]] = {}
        self._english: dict[str, list[Name]] = {}
        province = city = ""
        for line in lines:
            if not line or line.startswith("#"):
                continue
            kind, _, rest = line.partition(" ")
            head, _, districts = rest.partition(":")
            names = head.split()
            if kind == "省":
                province, city = names[0], ""
                self._add(names, Region(province))
            elif kind == "市":
                city = names[0]
                self._add(names, Region(province, city))
                for district in map(str.split, districts.split()):
                    forms = district[0].split("/")
                    self._add(forms, Region(province, city, forms[0]))
            else:
                self._add_spot(names[0].split("/"), Region(province, city, "".join(names[1:])))
        self._lengths: dict[str, tuple[int, ...]] = {}
        for name in self._names:
            known = self._lengths.get(name[0], ())
            self._lengths[name[0]] = tuple(sorted({*known, len(name)}, reverse=True))
        self._starts = re.compile(f"[{''.join(self._lengths)}]")

    def _add(self, names: list[str], region: Region) -> None:
        for name in names:
            if name.isascii():
                self._english.setdefault(name.replace("_", " "), []).append(Name(region))
                continue
            self._names.setdefault(name, []).append(Name(region))
            bare = _bare(name)
            if bare != name and len(bare) >= 2:
                self._names.setdefault(bare, []).append(Name(region, short=True))

    def _add_spot(self, names: list[str], region: Region) -> None:
        for name in names:
            known = self._english if name.isascii() else self._names
            known.setdefault(name.replace("_", " "), []).append(Name(region, spot=True))

    def rows(self, folded: str, cued_at: frozenset[int]) -> Iterator[Row]:
        """Each run of places in the text; a county's short name counts at `cued_at` or before a street."""
        position = 0
        while (start := self._starts.search(folded, position)) is not None:
            row = self._row(folded, start.start(), start.start() in cued_at)
            position = start.start() + 1
            if row is not None:
                yield row
                position = max(position, row.end)

    def _row(self, folded: str, start: int, cued: bool) -> Row | None:
        best: Row | None = None
        for end, names in self._at(folded, start):
            usable = [
                n for n in names if not n.short or not n.region.district or _settled(folded, end, n, cued)
            ]
            usable = [n for n in usable if not n.spot or n.region.district or _settled(folded, end, n, cued)]
            if any(n.short and n.region.district for n in usable) and len({n.region for n in usable}) > 1:
                usable = [n for n in usable if not (n.short and n.region.district)]
            row = self._extend(folded, start, end, usable, _DEEPEST)
            if row is not None and (best is None or row.end > best.end):
                best = row
        return best

    def _extend(self, folded: str, start: int, end: int, names: list[Name], deep: int) -> Row | None:
        """The longest row that begins with these names; a spot ends it and stays in the detail."""
        if not names:
            return None
        regions = tuple(dict.fromkeys(n.region for n in names))
        if all(n.spot for n in names):
            return Row(start, start, regions)
        best = Row(start, end, regions)
        at = end if deep else len(folded)
        while at < len(folded) and folded[at] in _SEPARATORS:
            at += 1
        for stop, following in self._at(folded, at):
            inner = [n for n in following if any(_within(n, outer) for outer in regions)]
            row = self._extend(folded, start, stop, inner, deep - 1) if not _all_spots(inner) else None
            if row is None and inner:
                row = Row(start, end, tuple(dict.fromkeys(n.region for n in inner)))
            if row is not None and _better(row, best):
                best = row
        return best

    def _at(self, folded: str, start: int) -> Iterator[tuple[int, list[Name]]]:
        """The names that stand at `start`, longest first, with where they end."""
        if start >= len(folded):
            return
        for length in self._lengths.get(folded[start], ()):
            names = self._names.get(folded[start : start + length], [])
            if start + length > len(folded):
                continue
            if any(n.short for n in names) and _STREET.match(folded, start + length):
                names = [n for n in names if not n.short]
            if names:
                yield start + length, names

    def english(self, words: str) -> tuple[Region, int]:
        """The place at the end of an English address, and where its name begins (len(words) for none)."""
        region, begin = Region(), len(words)
        for part in reversed(list(_PART.finditer(words))):
            start, hit = part.start(), self._called(part.group(), region)
            if hit is None and region == Region() and part.group().strip() not in ("", "china", "prc"):
                start, hit = next(self._last_words(part, region), (start, None))
            if hit is not None:
                region = hit.region
            elif part.group().strip() not in ("", "china", "prc"):
                break
            if hit is not None and hit.spot:
                break
            begin = start
        return region, begin

    def _last_words(self, part: re.Match[str], outer: Region) -> Iterator[tuple[int, Name]]:
        """Places that the last one to three words of a part name ("12 Zhongshan Road Nanjing")."""
        for word in list(re.finditer(r"\S+", part.group()))[-3:]:
            if (hit := self._called(part.group()[word.start() :], outer)) is not None:
                yield part.start() + word.start(), hit

    def _called(self, words: str, outer: Region) -> Name | None:
        """The one place of that English name inside the outer region; a city goes before a district."""
        names = self._english.get(" ".join(_NO_NAME.sub("", words).split()), [])
        inner = [n for n in names if (outer == Region() and not n.spot) or _within(n, outer)]
        inner = [n for n in inner if not n.region.district] or inner
        inner = [n for n in inner if not n.region.city] or inner if outer == Region() else inner
        return inner[0] if len({n.region for n in inner}) == 1 else None


def _better(row: Row, best: Row) -> bool:
    """Whether a reading takes in more of the text, or leaves less open."""
    if row.end != best.end:
        return row.end > best.end
    return len(row.readings) < len(best.readings) or bool(row.region.district and not best.region.district)


def _bare(name: str) -> str:
    """The name without what kind of region it is."""
    if "自治" in name or name[-2:] in _LONG_SUFFIXES:
        return _SUFFIX.sub("", name)
    return name[:-1] if name[-1] in "省市区县盟旗" else name


def _all_spots(names: list[Name]) -> bool:
    return all(n.spot for n in names)


def _within(inner: Name, outer: Region) -> bool:
    """Whether a name can follow the outer region: narrower than it, or the same said again."""
    region = inner.region
    if outer.district:
        return inner.spot and region == outer
    same = region.province == outer.province and (not outer.city or region.city == outer.city)
    return same and (region != outer or bool(outer.city))


def _settled(folded: str, end: int, name: Name, cued: bool) -> bool:
    """Whether a county's or district's short name is followed by what lies in it."""
    after = _SETTLED.match(folded, end)
    if after is None:
        return False
    return name.region.district.endswith("市") or cued or any(c.isdigit() for c in folded[end : end + 30])


@cache
def regions() -> Regions:
    """The regions that come with the desk."""
    return Regions(_DATA.read_text(encoding="utf-8").splitlines())
