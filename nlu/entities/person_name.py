"""The customer's name, when given as such."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from nlu.context import Context
from nlu.entities.regions import regions
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
_GIVEN = rf"(?![路街市区])[\u4e00-\u9fff](?:(?![{_STOP}路街])[\u4e00-\u9fff])?(?![路街])"
_KIN = (
    "老公|老婆|妻子|丈夫|爱人|爸爸?|妈妈?|父亲|母亲|儿子|女儿|哥哥?|姐姐?|弟弟?|妹妹?|爷爷|奶奶"
    "|同事|朋友|邻居|房东|租客"
)
_NAME_ENDS = r"(?=$|[^\u4e00-\u9fff]|上次|上回|昨天|之前|刚才|报修|手机|电话|的?手机|住|家|在)"
_ZH_CUED = re.compile(
    rf"(?:[我他她俺咱](?:名)?叫|我的名字(?:是|叫)?|名字(?:是|叫)?|姓名(?:是)?|联系人(?:是)?|叫我|(?<=,)(?:是|应该)?叫|本人|称呼(?:我)?"
    rf"|(?:户主|业主|房主|机主|收件人|收货人|收件|收货)(?:姓名|名字)?(?:是|叫|写)?|(?:我|俺|联系我?|找我?)(?:{_KIN})(?:叫|是|姓)?)[\s:：,]*"
    rf"((?:{_DOUBLE}|[{_SURNAMES}])(?:(?:{_TITLE})|{_GIVEN}(?:{_TITLE})?))"
)
_ZH_I_AM = re.compile(
    rf"(?:我|俺)(?:是|系)((?:{_DOUBLE}|[{_SURNAMES}])(?:(?:{_TITLE})|{_GIVEN})){_NAME_ENDS}"
)
_ZH_FOREIGN = re.compile(
    r"(?:叫|名字(?:是|叫)?|姓名|联系人|我是|本人)[\s:：]*([\u4e00-\u9fff]{2,7}·[\u4e00-\u9fff]{2,7})"
)
_ALSO = r"[\s,、]*(?:我|就)?(?:叫)?"
_ZH_SURNAME = re.compile(
    rf"(?:我|本人|免贵|^\s*)姓((?>{_DOUBLE}|[{_SURNAMES}]))(?!{_ALSO}\1{_GIVEN})",
)
_ZH_SURNAME_FIRST = re.compile(
    rf"(?:我|本人|免贵)姓(?P<surname>(?>{_DOUBLE}|[{_SURNAMES}])){_ALSO}((?P=surname){_GIVEN})"
)
_ZH_TITLED = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|(?<=[找是请问和给]))((?:{_DOUBLE}|[{_SURNAMES}])(?:先生|女士|小姐|太太))(?![\u4e00-\u9fff])"
    rf"|(?:找|请找|联系)((?:{_DOUBLE}|[{_SURNAMES}])(?:先生|女士|小姐|太太))"
)
_ZH_ALONE = re.compile(rf"^[\s]*((?:{_DOUBLE}|[{_SURNAMES}]){_GIVEN})[\s。.]*$")
_EN_CUED = re.compile(
    r"(?:(?i:my name is|my name's|my names|name is|name:|i am|i'm|this is|call me|it's|it is"
    r"|the name should be|contact(?: person)?:?|ask for)\s+)"
    r"((?:(?:Mr|Mrs|Ms|Miss|Dr)\.?\s+)?[A-Z][a-z'’\-]{1,15}(?:\s+[A-Z][a-z'’\-]{1,15}){0,2})"
)
_EN_TITLED = re.compile(r"\b((?:Mr|Mrs|Ms|Miss)\.?\s+[A-Z][a-z'’\-]{1,15}(?:\s+[A-Z][a-z'’\-]{1,15})?)")
_EN_WORD = r"[a-z][a-z'’\-]{1,15}"
_EN_SMALL_CUED = re.compile(
    rf"(?:my name is|my name's|my names|name is|name:|contact(?: person)?:?)\s({_EN_WORD}(?:\s{_EN_WORD})?)"
)
_EN_SMALL = re.compile(rf"(?:this is|i'm|i am|it's|call me|ask for)\s({_EN_WORD})(\s{_EN_WORD})?")
_FOLLOWS = re.compile(
    r"\s(?:speaking|here|calling|from|and|i|my|phone|tel|at|again|the|with|from|please|but|from|is|on|in|instead|thanks)\b.*"
)
_APART = r"[\s,，、;；:：。|/]"
_PHONE = r"\+?\d[\d\s\-]{6,}"
_CALLED = rf"{_APART}*(?:的?(?:电话|手机)(?:号码?)?(?:是|为)?|(?i:tel|phone|mobile|cell))\.?{_APART}*"
_BEFORE_PHONE = rf"(?={_APART}+{_PHONE}|{_CALLED}{_PHONE})"
_BEHIND_PHONE = rf"(?<=\d{{7}}){_APART}+"
_WHOLE = rf"(?=$|{_APART})"
_FAMILIAR = rf"(?:老|小|阿)[{_SURNAMES}]"
_ZH_NAME = rf"({_FAMILIAR}|(?:{_DOUBLE}|[{_SURNAMES}])(?:{_GIVEN}|{_TITLE}))"
_EN_NAME = r"([A-Z][a-z'’\-]{1,15}(?:\s+[A-Z][a-z'’\-]{1,15}){0,2})"
_ZH_WITH_PHONE = re.compile(
    rf"(?:^|{_APART}){_ZH_NAME}(?:{_BEFORE_PHONE}|(?=1[3-9]\d{{9}}(?!\d)))|{_BEHIND_PHONE}{_ZH_NAME}{_WHOLE}"
)
_EN_WITH_PHONE = re.compile(
    rf"(?:^|[,，;；\n])\s*{_EN_NAME}{_BEFORE_PHONE}|{_BEHIND_PHONE}{_EN_NAME}{_WHOLE}"
)
_ZH_SURNAME_WITH_PHONE = re.compile(
    rf"^\s*((?>{_DOUBLE}|[{_SURNAMES}])){_APART}+(?:{_PHONE}\s*$|1[3-9]\d{{9}}(?!\d))|{_BEHIND_PHONE}((?>{_DOUBLE}|[{_SURNAMES}]))\s*$"
)
_ZH_FAMILIAR = re.compile(
    rf"(?:叫我|喊我|称呼我|我是|我叫)[\s:：,]*"
    rf"({_FAMILIAR}|[{_SURNAMES}](?:姐|哥|叔|姨|工))"
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
_STOP_WORDS = frozenset(
    "not important is it the a an that this on in wrong what for your you my me to of correct".split()  # noqa: SIM905
)
_LATIN = re.compile(r"[a-z]{2}")
_NOT_ALONE = re.compile(
    r"取消|没有|不知|可以|好的|冰箱|空调|洗衣|电视|谢谢|安装|投诉|高兴|马上|关闭|关机|方便|单子|单号|金额|时间|向上|查单|查询|查进|强制|安全|包装|成功|解决|温度|常用|常见|会员|客户|用户|金牌|车库|管道|房间|阳台|严重|时候|边上|白色|黄色|石头|项目|万能|何时|易坏|水管|万一|包括|江苏"
)

_PLACES = ("园", "院", "厦", "楼", "苑", "店", "厂", "城", "湾", "村", "镇")
_UNSURE = (_ZH_ALONE, _ZH_CUED, _ZH_I_AM, _ZH_WITH_PHONE)


def find(text: str, context: Context) -> list[Entity]:
    """Names of people; value as written, e.g. `张伟`, `李女士`, `Tom Lee`."""
    folded = fold(text)
    found: list[Entity] = []
    for pattern, sure in (
        (_ZH_CUED, 0.95),
        (_ZH_I_AM, 0.95),
        (_ZH_FOREIGN, 0.95),
        (_ZH_SURNAME_FIRST, 0.95),
        (_ZH_FAMILIAR, 0.9),
        (_ZH_SURNAME, 0.8),
        (_ZH_TITLED, 0.9),
        (_ZH_WITH_PHONE, 0.85),
        (_ZH_SURNAME_WITH_PHONE, 0.8),
        (_ZH_ALONE, 0.7),
    ):
        for match in pattern.finditer(folded):
            name = match[match.lastindex or 1]
            if not (pattern in _UNSURE and _NOT_ALONE.search(name)) and not _known(name, pattern, context):
                found.append(_entity(text, *match.span(match.lastindex or 1), sure))
    for pattern, sure in ((_EN_CUED, 0.9), (_EN_TITLED, 0.85), (_EN_WITH_PHONE, 0.85)):
        for match in pattern.finditer(text):
            name = match[match.lastindex or 1]
            if name.split()[0] not in _NOT_NAMES and not _known(name, pattern, context):
                found.append(_entity(text, *match.span(match.lastindex or 1), sure))
    if _LATIN.search(folded):
        found += _small_letters(text, folded)
    return _distinct(found)


def _known(name: str, pattern: re.Pattern[str], context: Context) -> bool:
    """Whether what stands beside a number is the name of a maker, an appliance or a place."""
    if pattern not in (_ZH_WITH_PHONE, _EN_WITH_PHONE):
        return False
    catalogue, folded = context.catalogue, fold(name)
    return (
        folded.endswith(_PLACES)
        or any(catalogue.brands.find(folded))
        or any(catalogue.products.find(folded))
        or next(regions().rows(folded, frozenset()), None) is not None
    )


def _small_letters(text: str, folded: str) -> list[Entity]:
    """English names without capitals: behind words that only a name follows, or with a known first one."""
    found = []
    for match in _EN_SMALL_CUED.finditer(folded):
        words = _FOLLOWS.sub("", match[1])
        if words.split()[0] not in _NOT_NAMES and not _STOP_WORDS & set(words.split()):
            found.append(_entity(text, match.start(1), match.start(1) + len(words), 0.85))
    for match in _EN_SMALL.finditer(folded):
        if match[1] in _given_names():
            more = match[2] if match[2] and not _FOLLOWS.match(match[2] + " ") else ""
            found.append(_entity(text, match.start(1), match.end(1) + len(more), 0.8))
    return found


@cache
def _given_names() -> frozenset[str]:
    lines = (Path(__file__).parent.parent / "given_names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def _entity(text: str, start: int, end: int, confidence: float) -> Entity:
    name = text[start:end].strip()
    value = name.title() if name.isascii() and name.islower() else name
    return Entity("person_name", value, text[start:end], start, end, confidence, "name")


def _distinct(found: list[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda e: -e.confidence):
        if not any(k.start < entity.end and entity.start < k.end for k in kept):
            kept.append(entity)
    return kept
