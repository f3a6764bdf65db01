"""Addresses down to province, city, district and detail; Chinese ones by their regions and streets."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from nlu.context import Context
from nlu.entities import address_en
from nlu.entities.regions import Region, regions
from nlu.text import fold
from nlu.understanding import Entity

_UNITS = (
    "路|街道?|大道|道|巷|弄|胡同|里|村|镇|乡|屯|庄|园|苑|城|坊|湾|府|邸|大厦|广场|中心|公寓|花园|小区|公馆|山庄|社区|别墅|新区|号楼?|栋|幢"
    "|座|单元|层|楼|室|户|房|院|期|组|队|区|大学|学院|学校|中学|小学|医院|厂|公司|酒店|宾馆|商场|市场|超市|银行|大楼|门面|店|桥|站"
)
_DETAIL_END = re.compile(
    rf"(?:(?:{_UNITS})(?<=[楼层座区])[a-z](?![a-z])|{_UNITS}|[0-9a-z\-－#]{{0,5}}\d(?!\d))"
)
_BREAK = re.compile(
    r"[。；!?！？;\n]|[,，、](?![\u4e00-\u9fff\d]{1,12}(?:路|街|道|号|小区|花园|村|苑|栋|单元|室|楼))|电话|手机|联系|我叫|姓名|我是|我姓"
    r"|请|麻烦|谢谢|的?(?:冰箱|空调|洗衣机|热水器|电视|油烟机)|坏|不|没|漏|打|别|(?:上午|下午|早上|晚上)|明天|后天|今天|今晚"
    r"|(?<!\d)1[3-9]\d[\d \-]{8,10}|\+\d|\s[\u4e00-\u9fff]{0,4}[a-z]{2,6}[a-z0-9]{0,4}-?\d{2}"
)
_NUMBERED = r"[a-z]?(?:[0-9]{1,6}|[一二三四五六七八九十百]{1,4})[a-z]?(?:[\-－][0-9a-z]{1,5})*"
_STREET = re.compile(
    r"(?P<street>[\u4e00-\u9fff]{1,10}?(?:路|街|大道|巷|胡同|弄|道|小区|花园|公寓|大厦|家园|苑|新村|广场|村))\s?"
    rf"{_NUMBERED}(?:号院|号楼|号|弄|栋|幢|座|单元|室|楼|期)"
    rf"(?:\s?{_NUMBERED}(?:号楼|号|栋|幢|座|单元|层|楼|室|户|房|门))*(?:\s?\d{{3,4}}(?!\d)室?)?"
)
_CUED = r"(?:地址|住在|住址|位于|家在|住|送到|上门到|搬到|寄到|在)(?:是|为|改成|改为|改到|:|：)?[\s:：]{0,2}"
_CUE = re.compile(rf"{_CUED}$")
_CUES = re.compile(rf"{_CUED}|到|来|去")
_LEAD = re.compile(
    r"^.*?(?:地址(?:是|为|改成|改为|改到)?|住址是?|住在|位于|家在|送到|改成|改为|搬到|寄到|我家在|我家|我住|住)[:：\s]*"
)
_NUMBER_FIRST = re.compile(r"[ ,]*\d{1,4}(?:号|弄|栋|幢|街|路|楼|室|-)")
_MOST = 12
"""Rows of regions, and streets, that are looked at in one message."""
_LONGEST = 70


def find(text: str, context: Context) -> list[Entity]:
    """Addresses; value {"province", "city", "district", "detail", "full"}, empty where not known.

    Where several cities have the district and the words do not tell which, they stand in "cities".
    """
    folded = fold(text)
    found = _regional(text, folded)
    for match in islice(_STREET.finditer(folded), _MOST):
        lead = _LEAD.match(match["street"])
        start, end = match.start() + (lead.end() if lead else 0), match.end()
        if not _overlaps(start, end, found):
            sure = 0.85 if lead or _CUE.search(folded[max(0, start - 10) : start]) else 0.75
            found.append(_entity(text, start, end, Region(), sure, (start, end)))
    for start, end, region, detail_end in address_en.find(folded):
        if not _overlaps(start, end, found):
            found.append(_entity(text, start, end, region, 0.85, (start, detail_end)))
    return found


def _regional(text: str, folded: str) -> list[Entity]:
    """Addresses that begin with a region: the regions in a row, then street, number, room."""
    found: list[Entity] = []
    position = 0
    cued_at = frozenset((0, *(m.end() for m in _CUES.finditer(folded))))
    for row in islice(regions().rows(folded, cued_at), _MOST):
        if row.start < position:
            continue
        stop = _detail_end(folded, row.end)
        cued = bool(_CUE.search(folded[max(0, row.start - 8) : row.start]))
        bare = stop == row.end and not cued and not row.region.district
        if not bare or len(folded.strip()) <= row.end - row.start + 2:
            sure = 0.95 if stop > row.end and (row.region.city or row.region.district) else 0.8
            found.append(_entity(text, row.start, stop, row.region, sure, (row.end, stop), row.cities))
        position = max(stop, row.end)
    return [e for e in found if e.end > e.start]


def _detail_end(folded: str, start: int) -> int:
    """Where the street, number and room that follow the regions end."""
    rest = folded[start : start + _LONGEST]
    if (broken := _BREAK.search(rest)) is not None:
        rest = rest[: broken.start()]
    if rest.lstrip(" ,的")[:1].isdecimal() and not _NUMBER_FIRST.match(rest):
        return start  # figures that stand beside the region are something else
    ends = [match.end() for match in _DETAIL_END.finditer(rest)]
    return start + ends[-1] if ends else start


def _overlaps(start: int, end: int, taken: list[Entity]) -> bool:
    return any(e.start < end and start < e.end for e in taken)


def _entity(
    text: str,
    start: int,
    end: int,
    region: Region,
    sure: float,
    detail: tuple[int, int],
    cities: tuple[str, ...] = (),
) -> Entity:
    while end > start + 1 and text[end - 1] in " ,，、.。\n\t":
        end -= 1
    value: dict[str, Any] = {
        "province": region.province,
        "city": region.city,
        "district": region.district,
        "detail": text[detail[0] : min(detail[1], end)].strip(" ,，、的"),
        "full": text[start:end],
    }
    if cities:
        value["cities"] = list(cities)
    return Entity("address", value, text[start:end], start, end, sure, "address")
