"""The customer's name, when given as such."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭"
    "廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路"
    "岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
)
_DOUBLE = "欧阳|上官|司马|诸葛|夏侯|皇甫|尉迟|公孙|令狐|慕容|司徒|端木|东方|南宫"
_TITLE = "先生|女士|小姐|太太|师傅|老师|阿姨|叔叔|总|经理"
_STOP = "的了是在有要想不没来去电住地手和，。"
_GIVEN = rf"[\u4e00-\u9fff](?:(?![{_STOP}])[\u4e00-\u9fff])?"
_ZH_CUED = re.compile(
    rf"(?:[我他她]叫|名字(?:是|叫)?|姓名(?:是)?|联系人(?:是)?|叫我|(?<=,)(?:是|应该)?叫|本人|户主(?:是)?|称呼(?:我)?|我(?:是|系)|我的名字(?:是|叫))[\s:：,]*"
    rf"((?:{_DOUBLE}|[{_SURNAMES}])(?:(?:{_TITLE})|{_GIVEN}(?:{_TITLE})?))"
)
_ALSO = r"[\s,、]*(?:我|就)?(?:叫)?"
_ZH_SURNAME = re.compile(
    rf"(?:我|本人|免贵)姓((?>{_DOUBLE}|[{_SURNAMES}]))(?!{_ALSO}\1{_GIVEN})",
)
_ZH_SURNAME_FIRST = re.compile(
    rf"(?:我|本人|免贵)姓(?P<surname>(?>{_DOUBLE}|[{_SURNAMES}])){_ALSO}((?P=surname){_GIVEN})"
)
_ZH_TITLED = re.compile(
    rf"(?<![\u4e00-\u9fff])((?:{_DOUBLE}|[{_SURNAMES}])(?:先生|女士|小姐|太太))(?![\u4e00-\u9fff])"
)
_ZH_ALONE = re.compile(rf"^[\s]*((?:{_DOUBLE}|[{_SURNAMES}]){_GIVEN})[\s。.]*$")
_EN_CUED = re.compile(
    r"(?:(?i:my name is|my name's|name is|name:|i am|i'm|this is|call me|it's|it is|the name should be"
    r"|contact(?: person)?:?|ask for)\s+)"
    r"((?:(?:Mr|Mrs|Ms|Miss|Dr)\.?\s+)?[A-Z][a-z'’\-]{1,15}(?:\s+[A-Z][a-z'’\-]{1,15}){0,2})"
)
_EN_TITLED = re.compile(r"\b((?:Mr|Mrs|Ms|Miss)\.?\s+[A-Z][a-z'’\-]{1,15}(?:\s+[A-Z][a-z'’\-]{1,15})?)")
_PHONE = r"(?=[\s,，、:：]+\+?\d[\d\s\-]{6,}[\s。.]*$)"
_ZH_WITH_PHONE = re.compile(rf"^\s*((?:{_DOUBLE}|[{_SURNAMES}])(?:{_GIVEN}|{_TITLE})){_PHONE}")
_EN_WITH_PHONE = re.compile(r"^\s*([A-Z][a-z'’\-]{1,15}(?:\s+[A-Z][a-z'’\-]{1,15}){0,2})" + _PHONE)
_ZH_FAMILIAR = re.compile(
    rf"(?:叫我|喊我|称呼我|我是|我叫)[\s:：,]*"
    rf"((?:老|小|阿)[{_SURNAMES}]|[{_SURNAMES}](?:姐|哥|叔|姨|工))"
)
_NOT_NAMES = frozenset(
    [
        "chinese",
        "english",
        "from",
        "in",
        "at",
        "not",
        "having",
        "sorry",
        "looking",
        "calling",
        "using",
        "happy",
        "sure",
        "afraid",
        "Chinese",
        "English",
    ]
)
_NOT_ALONE = re.compile(
    r"取消|没有|不知|可以|好的|冰箱|空调|洗衣|电视|谢谢|安装|投诉|高兴|马上|关闭|关机|方便|单子|单号|金额|时间|向上|查单|查询|查进|强制|安全|包装|成功|解决|温度|常用|常见|车库|管道|房间|阳台|严重|时候|边上|白色|黄色|石头|项目|万能|何时|易坏|水管"
)


def find(text: str, context: Context) -> list[Entity]:
    """Names of people; value as written, e.g. `张伟`, `李女士`, `Tom Lee`."""
    folded = fold(text)
    found: list[Entity] = []
    for pattern, sure in (
        (_ZH_CUED, 0.95),
        (_ZH_SURNAME_FIRST, 0.95),
        (_ZH_FAMILIAR, 0.9),
        (_ZH_SURNAME, 0.8),
        (_ZH_TITLED, 0.9),
        (_ZH_WITH_PHONE, 0.85),
        (_ZH_ALONE, 0.7),
    ):
        for match in pattern.finditer(folded):
            if not (pattern in (_ZH_ALONE, _ZH_CUED) and _NOT_ALONE.search(match[1])):
                found.append(_entity(text, *match.span(match.lastindex or 1), sure))
    for pattern, sure in ((_EN_CUED, 0.9), (_EN_TITLED, 0.85), (_EN_WITH_PHONE, 0.85)):
        for match in pattern.finditer(text):
            if match[1].split()[0] not in _NOT_NAMES:
                found.append(_entity(text, *match.span(1), sure))
    return _distinct(found)


def _entity(text: str, start: int, end: int, confidence: float) -> Entity:
    return Entity("person_name", text[start:end].strip(), text[start:end], start, end, confidence, "name")


def _distinct(found: list[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda e: -e.confidence):
        if not any(k.start < entity.end and entity.start < k.end for k in kept):
            kept.append(entity)
    return kept
