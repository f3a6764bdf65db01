"""Amounts of money: whole hundredths (分, cents) inside, read from and shown as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal
from unicodedata import normalize

from pydantic import BeforeValidator

Currency = Literal["CNY", "HKD", "TWD", "USD", "EUR"]
Way = Literal["half_up", "half_even", "up", "down"]
LARGEST = 1_000_000_000
"""Ten million in hundredths: nothing on a service order costs that much."""
MARKS = {"CNY": "¥", "HKD": "HK$", "TWD": "NT$", "USD": "US$", "EUR": "€"}
"""How each currency is shown."""
_NAMES: dict[str, tuple[str, ...]] = {
    "CNY": ("¥", "rmb", "cny", "人民币", "元", "圆", "块钱", "块", "yuan"),
    "HKD": ("hk$", "hkd", "$", "港币", "港元", "元", "蚊"),
    "TWD": ("nt$", "twd", "ntd", "$", "新台币", "台币", "元", "块"),
    "USD": ("us$", "usd", "$", "美元", "dollars", "dollar"),
    "EUR": ("€", "eur", "欧元", "euros", "euro"),
}
_GROUPED = re.compile(r"\d{1,3}(?:([, ])\d{3})(?:\1\d{3})*(?:\.\d+)?")
_PLAIN = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_LOOSE = re.compile(r"[\d., ]*\d[\d., ]*")
_DIMES = re.compile(r"(\d+)块(\d)(?:毛|角)?")
_SIGNS = re.compile(r"^[-−–]|^\(.*\)$|负|minus")


class AmountProblem(ValueError):
    """An amount cannot be read; `reason` names the phrase that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(text: str, currency: Currency = "CNY") -> int:
    """Hundredths: "1,200.50元", "¥1，200", "１２００", "1.2万", "3块5"; else AmountProblem."""
    plain = normalize("NFKC", text).strip().lower()
    if not plain:
        raise AmountProblem("amount_empty")
    if _SIGNS.search(plain):
        raise AmountProblem("amount_negative")
    if dimes := _DIMES.fullmatch(plain):
        return _hundredths(Decimal(f"{dimes[1]}.{dimes[2]}"))
    number, times = _unmarked(plain, currency), 1
    if number.endswith("万"):
        number, times = number[:-1].strip(), 10_000
    return _hundredths(_number(number) * times)


def _unmarked(text: str, currency: Currency) -> str:
    """The text without the currency's marks before and behind; another currency is refused."""
    text = _without_mark(text, str.startswith, str.removeprefix, currency)
    text = text.removesuffix("整").strip()
    text = _without_mark(text, str.endswith, str.removesuffix, currency)
    foreign = {name for names in _NAMES.values() for name in names} - set(_NAMES[currency])
    if any(name in text for name in foreign):
        raise AmountProblem("amount_currency")
    return text


def _without_mark(
    text: str, has: Callable[[str, str], bool], remove: Callable[[str, str], str], currency: Currency
) -> str:
    """The text without the longest mark at one end, which must be the currency's: 美元 is not 元."""
    marks = [name for names in _NAMES.values() for name in names if has(text, name)]
    if not marks:
        return text
    longest = max(marks, key=len)
    if longest not in _NAMES[currency]:
        raise AmountProblem("amount_currency")
    return _without_mark(remove(text, longest).strip(), has, remove, currency)


def _number(text: str) -> Decimal:
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    if _GROUPED.fullmatch(text):
        return Decimal(re.sub("[, ]", "", text))
    if _LOOSE.fullmatch(text):
        raise AmountProblem("amount_grouping")
    raise AmountProblem("amount_several" if len(re.findall(r"\d+", text)) > 1 else "amount_no_number")


def _hundredths(amount: Decimal) -> int:
    found = amount * 100
    if found != found.to_integral_value():
        raise AmountProblem("amount_decimals")
    if found > LARGEST:
        raise AmountProblem("amount_too_large")
    return int(found)


def shown(amount: int, currency: Currency = "CNY") -> str:
    """Hundredths as people read them: ¥1,200.50, -¥3.00."""
    whole, cents = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{MARKS[currency]}{whole:,}.{cents:02d}"


def rounded(value: Fraction, step: int = 1, way: Way = "half_up") -> int:
    """A multiple of `step` for a value that is not negative; the only place where money is rounded."""
    count, rest = divmod(value / step, 1)
    half = Fraction(1, 2)
    up = (
        (way == "up" and rest > 0)
        or (way == "half_up" and rest >= half)
        or (way == "half_even" and (rest > half or (rest == half and count % 2 == 1)))
    )
    return (int(count) + up) * step


def _setting(value: Any) -> int:
    """An amount in a settings file: 50, 50.5 or "1,200"; hundredths."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("must be an amount such as 50 or 120.50")
    try:
        return parse(str(value))
    except AmountProblem:
        raise ValueError(f"'{value}' is not an amount such as 50 or 120.50") from None


Amount = Annotated[int, BeforeValidator(_setting)]
"""A field of the settings: written in the currency's unit, kept in hundredths."""
