"""Addresses in English, found by their shape in folded text."""

from __future__ import annotations

import re

from nlu.entities.regions import Region, regions

_UNIT = r"(?:room|rm|flat|unit|apt|apartment|block|building|bldg|floor|tower)"
_INSIDE = rf"(?:{_UNIT}\.?\s\w{{1,6}}|(?:lane|alley|no)\.?\s\d\w{{0,4}})"
"""What stands before or behind the street and its number: Room 502, Lane 88, No. 5."""
_CUED = re.compile(
    r"(?:(?:my )?address(?: is|:)?|(?:i )?live (?:at|in|on)|located (?:at|in)|(?:come|deliver|ship) to"
    r"|change my address to)\s{0,3}:?\s{0,3}"
    r"(?P<address>[a-z0-9#][\w.'#\-]{0,20}(?:,?\s{1,2}[\w.'#\-]{1,20}){1,14})"
)
_STREET = re.compile(
    rf"(?<!\w)(?P<address>(?:\d{{1,4}}[a-z]?,\s)?(?:{_INSIDE},?\s){{0,3}}(?:no\.?\s?|lane\s)?"
    r"\d{1,5}[a-z]?,?\s(?:[a-z][\w.'\-]{0,20}\s){1,4}"
    r"(?:road|rd|street|st|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|court|ct|square|plaza|close|crescent"
    rf"|highway|gardens?)\b\.?(?:,?\s{_INSIDE}){{0,3}}(?:,\s?[a-z][a-z' \-]{{1,25}}){{0,4}})"
)
_NUMBER_LAST = re.compile(
    r"(?<![\w.])(?P<address>(?:[a-z][a-z'\-]{1,20},\s){1,3}(?:[a-z][\w'\-]{0,20}\s){1,3}"
    r"(?:road|rd|street|avenue|ave|lane)\b\.?,?\s?(?:no\.?\s?)?\d{1,5}\b"
    rf"(?:,?\s{_UNIT}\.?\s\w{{1,6}}){{0,2}})"
)
_ROAD_FIRST = re.compile(
    r"(?<![\w.'])(?P<address>(?:(?!(?:at|in|on|is|are|am|to|the|my|i|it|its|come|here|address|live|from|it's|that's|here's|asap|please|pls|and|near)\s)"
    r"[a-z][\w'\-]{0,20}\s){1,4}(?:road|rd|street|avenue|ave|lane)\b\.?,?\s?(?:no\.?\s?)?\d{1,5}[a-z]?"
    rf"(?:,?\s{_UNIT}\.?\s\w{{1,6}}){{0,2}}(?:,\s?[a-z][a-z' \-]{{1,25}}){{1,4}})"
)
"""The number behind the road, as in Chinese: only where it ends in a known place."""
_ROOM = re.compile(rf"(?<!\w)(?P<address>{_UNIT}\.?\s\w{{1,6}}(?:,\s?[a-z0-9][\w.' \-]{{1,30}}){{1,5}})")
"""Without a street: only where it ends in a known place."""
_CITY_BEHIND = (re.compile(r"\s[a-z'\-]{2,20}\s[a-z'\-]{2,20}(?!\w)"), re.compile(r"\s[a-z'\-]{2,20}(?!\w)"))
_END = re.compile(
    r"(?:,|\.|;)?\s(?:and|my|phone|tel|call|please|pls|but|the (?:fridge|ac|washer)|i|it|name|since"
    r"|because)\b.*"
    r"|(?<!no)[.;!?\n].*",
    re.DOTALL,
)


def find(folded: str) -> list[tuple[int, int, Region, int]]:
    """(start, end, region, end of what is not region) of each address, without overlaps."""
    if re.search(r"[a-z]{3}", folded) is None:
        return []
    found: list[tuple[int, int, Region, int]] = []
    for pattern in (_CUED, _STREET, _NUMBER_LAST, _ROAD_FIRST, _ROOM):
        for match in pattern.finditer(folded):
            start, end = match.span("address")
            stop = _END.search(folded[start:end])
            end = start + stop.start() if stop and stop.start() > 3 else end
            region, begin = regions().english(folded[start:end])
            if pattern is _STREET and not region.city:
                end, region, begin = _with_city(folded, start, end)
            words = folded[start:end]
            tells = end - start >= 6 and re.search(r"\d|,", words)
            if not tells or (pattern in (_ROAD_FIRST, _ROOM) and not region.city):
                continue
            if not any(s < end and start < e for s, e, *_ in found):
                found.append((start, end, region, start + begin))
    return found


def _with_city(folded: str, start: int, end: int) -> tuple[int, Region, int]:
    """End, region and its beginning with the city that follows the street with no comma before it."""
    for following in _CITY_BEHIND:
        if behind := following.match(folded, end):
            region, begin = regions().english(f"{folded[start:end]},{behind[0]}")
            if region.city:
                return behind.end(), region, begin
    return end, *regions().english(folded[start:end])
