"""The region of an address (capital, surroundings, elsewhere) by lists of provinces, cities, districts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.promises.policy import Region
from nlu.entities.regions import Region as Place
from nlu.entities.regions import regions
from nlu.text import fold

Rules = Mapping[Place, Region]


def region_of(address: str | None, rules: Rules) -> Region:
    """The region of the narrowest listed place that the address lies in; elsewhere when none does."""
    place = place_of(address) if address else Place()
    for known in (place, Place(place.province, place.city), Place(place.province)):
        if known in rules:
            return rules[known]
    return "elsewhere"


def read_rules(lists: Mapping[Region, Sequence[str]]) -> Rules:
    """The rules of the lists; raises ValueError for what is no place, may be several, or stands twice."""
    rules: dict[Place, Region] = {}
    for region, names in lists.items():
        for name in names:
            place = read_place(name)
            if place in rules:
                raise ValueError(f"'{name}' stands twice: in {rules[place]} and in {region}")
            rules[place] = region
    return rules


def place_of(address: str) -> Place:
    """The province, city and district of an address, as far as its words tell."""
    folded = fold(address)
    row = next(regions().rows(folded, frozenset((0,))), None)
    return row.region if row else regions().english(folded)[0]


def read_place(name: str) -> Place:
    """A place's name, whole and written so that it can mean only one: 上海市, 江苏省苏州市, 南京市鼓楼区."""
    folded = fold(name.strip())
    row = next(regions().rows(folded, frozenset((0,))), None)
    if row is None or (row.start, row.end) != (0, len(folded)):
        raise ValueError(f"'{name}' is no province, city or district; write 上海市, 苏州市, 南京市鼓楼区")
    if row.region.province == "":
        raise ValueError(f"'{name}' is in several cities ({', '.join(row.cities)}); write the city before it")
    return row.region
