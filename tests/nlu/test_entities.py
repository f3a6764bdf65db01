"""Details in a message, normalised, with their places (B4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.context import Context
from nlu.entities import find_all
from tests.nlu.conftest import MONDAY

FOUND = [
    # phone numbers
    ("phone", "电话13800138000", "+8613800138000"),
    ("phone", "138-0013-8000", "+8613800138000"),
    ("phone", "手机 138 0013 8000 找我", "+8613800138000"),
    ("phone", "幺三八零零幺三八零零零", "+8613800138000"),
    ("phone", "１３８００１３８０００", "+8613800138000"),
    ("phone", "座机021-62345678", "+862162345678"),
    ("phone", "我的電話係 9123 4567", "+85291234567"),
    ("phone", "+886 912 345 678", "+886912345678"),
    ("phone", "call me at +1 415 555 2671", "+14155552671"),
    # order numbers
    ("order_number", "SR-202403150001", "SR-202403150001"),
    ("order_number", "单号sr202403150001到哪了", "SR-202403150001"),
    ("order_number", "sr 20240315-0001?", "SR-202403150001"),
    # what it is
    ("product", "雪櫃唔凍", "refrigerator"),
    ("product", "冷氣機漏水", "air_conditioner"),
    ("product", "my washer leaks", "washing_machine"),
    ("product", "抽油煙機不吸", "range_hood"),
    ("brand", "海爾冰箱", "haier"),
    ("brand", "美的空调", "midea"),
    ("brand", "it's a Siemens", "siemens"),
    ("model", "bcd216不冷", "BCD-216"),
    ("model", "bcd-216 冰箱", "BCD-216"),
    ("model", "KFR-35GW", "KFR-35GW"),
    ("model", "XQG-100B14洗衣机", "XQG100-B14"),
    ("model", "型号是AB1234X", "AB1234X"),
    ("model", "BDC216 不冷", "BCD-216"),
    ("model", "it's an LG WM3500", "WM3500"),
    ("phone", "不是13800138000，是13900139000", "+8613900139000"),
    ("phone", "13800138000打错了，应该是13900139000", "+8613900139000"),
    ("product", "不是洗衣机，是洗碗机", "dishwasher"),
    ("product", "not the washer, the dryer and the fridge", None),
    ("model", "BCD-216WDPT", "BCD-216WDPT"),
    ("model", "bcd 216 stpt", "BCD-216STPT"),
    ("model", "KFR-35GW/BP3", "KFR-35GW/BP3"),
    ("model", "xqg100-b15", "XQG100-B15"),
    ("serial_number", "序列号 B7A0120304567", "B7A0120304567"),
    ("serial_number", "S/N: b7a0120304567", "B7A0120304567"),
    ("error_code", "显示E1", "E1"),
    ("error_code", "显示E杠一", "E1"),
    ("error_code", "报警F03", "F03"),
    ("error_code", "it says E 4", "E4"),
    ("error_code", "空调 E1", "E1"),
    ("error_code", "my fridge F05", "F05"),
    ("error_code", "空调：E3", "E3"),
    # when
    ("since", "昨天开始的", "2026-03-01"),
    ("since", "从上周五开始不制冷", "2026-02-27"),
    ("since", "坏了三天了", "2026-02-27"),
    ("since", "since last week", "2026-02-23/2026-03-01"),
    ("since", "leaking for two days", "2026-02-28"),
    ("purchase_date", "才买俩月就不脱水了", "2026-01"),
    ("purchase_date", "上个月买的", "2026-02"),
    ("purchase_date", "2024年5月1日购买", "2024-05-01"),
    ("purchase_date", "去年三月买的", "2025-03"),
    ("purchase_date", "bought in March last year", "2025-03"),
    ("purchase_date", "I bought it two years ago", "2024"),
    ("purchase_date", "2022年买的", "2022"),
    ("purchase_date", "bought it 2 yrs ago from your store", "2024"),
    ("purchase_date", "用了3年", "2023"),
    ("purchase_date", "2021.5买的", "2021-05"),
    ("purchase_date", "前年双十一买的", "2024-11-11"),
    ("purchase_date", "I've had it for 3 years", "2023"),
    ("since", "今天早上就不制冷了", "2026-03-02"),
    ("date", "三天前", "2026-02-27"),
    ("date", "下周三", "2026-03-11"),
    ("date", "15号上午", "2026-03-15"),
    ("date", "2026-03-20", "2026-03-20"),
    ("date", "next Friday", "2026-03-13"),
    ("date", "day after tomorrow", "2026-03-04"),
    ("time", "下周三下午", {"start": "2026-03-11T14:00+08:00", "end": "2026-03-11T18:00+08:00"}),
    ("time", "明天两点到五点", {"start": "2026-03-03T14:00+08:00", "end": "2026-03-03T17:00+08:00"}),
    ("time", "明天上午十点半", {"start": "2026-03-03T10:30+08:00", "end": "2026-03-03T12:30+08:00"}),
    ("time", "tomorrow 2-5pm", {"start": "2026-03-03T14:00+08:00", "end": "2026-03-03T17:00+08:00"}),
    ("time", "周六晚上七点以后", {"start": "2026-03-07T19:00+08:00", "end": "2026-03-07T21:00+08:00"}),
    # who and how many
    ("person_name", "我叫张伟", "张伟"),
    ("person_name", "联系人：李女士", "李女士"),
    ("person_name", "我姓章，章三", "章三"),
    ("person_name", "名字写错了，叫王小尔", "王小尔"),
    ("person_name", "他叫王刚 电话13911112222", "王刚"),
    ("person_name", "我姓王，叫王小明", "王小明"),
    ("person_name", "我姓王", "王"),
    ("person_name", "王 13800138010", "王"),
    ("model", "上海市静安区南京西路1266号 海尔BCD-216", "BCD-216"),
    ("person_name", "老李13800138010", "老李"),
    ("person_name", "王 13800138042 北京市朝阳区建国路88号", "王"),
    ("person_name", "免贵姓欧阳", "欧阳"),
    ("person_name", "my name is Tom Lee", "Tom Lee"),
    ("person_name", "欧阳娜娜", None),
    ("quantity", "两台空调", 2),
    ("quantity", "3 units", 3),
    # what is wrong
    ("symptom", "冰箱不太凉", "no_cooling"),
    ("symptom", "空調唔凍", "no_cooling"),
    ("symptom", "洗衣機漏水", "water_leak"),
    ("symptom", "it is so noisy", "noise"),
    ("symptom", "won't turn on", "no_power"),
    ("tried", "重启过没用", "restarted"),
    ("tried", "I cleaned the filter", "cleaned"),
    ("urgency", "很急", "urgent"),
    ("urgency", "生产线都停了，设备报E5", "urgent"),
    ("urgency", "机器坏了我们店没法营业", "urgent"),
    ("urgency", "our production line is down", "urgent"),
    ("urgency", "不着急", "not_urgent"),
    ("language", "switch to English", "en"),
    ("language", "说中文", "zh"),
    ("language", "sorry english. my washer leaks", "en"),
    ("language", "I don't speak Chinese", "en"),
]

NOT_FOUND = [
    ("phone", "2026-03-02"),
    ("phone", "SR-202403150001"),
    ("phone", "序列号 12345678901234"),
    ("order_number", "202413990001"),
    ("error_code", "三楼E座1号"),
    ("error_code", "iPhone 15"),
    ("error_code", "my fridge stands in E5"),
    ("model", "SR-202403150001"),
    ("brand", "很美的"),
    ("brand", "flat 2b, 18 xingfu road, changning, shanghai"),
    ("person_name", "方太"),
    ("person_name", "可以"),
    ("person_name", "谢谢"),
    ("person_name", "不行，叫安装师傅来"),
    ("quantity", "第三台"),
    ("date", "科技园南路12号"),
    ("address", "我在家"),
    ("address", "the road 5, is closed"),
    ("urgency", "这款已经停产了吗"),
    ("urgency", "洗衣机停了"),
    ("language", "英语怎么学"),
]


@pytest.mark.parametrize(("name", "text", "value"), FOUND)
def test_detail_is_found(context: Context, name: str, text: str, value: Any) -> None:
    """B4: the value in its normal form, and the very characters it stands for."""
    found = [e for e in find_all(text, context) if e.name == name]
    if value is not None:
        assert [e.value for e in found] == [value]
    for entity in found:
        assert text[entity.start : entity.end] == entity.text


@pytest.mark.parametrize(("name", "text"), NOT_FOUND)
def test_what_only_looks_like_a_detail(context: Context, name: str, text: str) -> None:
    """B4: dates are no phone numbers, house numbers no dates, praise no brand."""
    assert [e for e in find_all(text, context) if e.name == name] == []


@pytest.mark.parametrize(
    ("text", "bought", "since"),
    [
        ("昨天开始的，去年买的", "2025", "2026-03-01"),
        ("去年买的昨天坏了", "2025", "2026-03-01"),
        ("2022年5月买的，三天前开始漏水", "2022-05", "2026-02-27"),
        ("昨天开始漏水 买了三年了", "2023", "2026-03-01"),
        ("bought last year, broken since yesterday", "2025", "2026-03-01"),
        ("since yesterday bought last year", "2025", "2026-03-01"),
        ("今天早上就不制冷了 2021.5.6买的", "2021-05-06", "2026-03-02"),
    ],
)
def test_two_days_in_one_message(context: Context, text: str, bought: str, since: str) -> None:
    """B4: the words beside each day decide what it means, and only of that day."""
    found = find_all(text, context)
    assert [e.value for e in found if e.name == "purchase_date"] == [bought]
    assert [e.value for e in found if e.name == "since"] == [since]


@pytest.mark.parametrize(
    ("text", "province", "city", "district", "detail"),
    [
        (
            "地址是上海市浦东新区世纪大道100号3栋502室",
            "上海市",
            "上海市",
            "浦东新区",
            "世纪大道100号3栋502室",
        ),
        (
            "北京朝阳区望京街道阜通东大街6号院3号楼，电话13800138000",
            "北京市",
            "北京市",
            "朝阳区",
            "望京街道阜通东大街6号院3号楼",
        ),
        ("深圳市南山區科技園南路12號", "广东省", "深圳市", "南山区", "科技園南路12號"),
        ("住在天河区体育西路", "广东省", "广州市", "天河区", "体育西路"),
        ("杭州西湖区文三路478号", "浙江省", "杭州市", "西湖区", "文三路478号"),
        ("幸福小区3栋2单元601", "", "", "", "幸福小区3栋2单元601"),
        (
            "I live at 100 Century Avenue, Pudong, Shanghai",
            "上海市",
            "上海市",
            "浦东新区",
            "100 Century Avenue",
        ),
        (
            "it's Nanjing Road 5, Room 302, Huangpu, Shanghai",
            "上海市",
            "上海市",
            "黄浦区",
            "Nanjing Road 5, Room 302",
        ),
        (
            "we are at Lane 1, 200 Zhangjiang Rd, Pudong, Shanghai",
            "上海市",
            "上海市",
            "浦东新区",
            "Lane 1, 200 Zhangjiang Rd",
        ),
        ("王先生 上海市静安区南京西路1266号 海尔BCD-216", "上海市", "上海市", "静安区", "南京西路1266号"),
        ("No. 5, Lane 300 Huashan Rd, Shanghai", "上海市", "上海市", "", "No. 5, Lane 300 Huashan Rd"),
        (
            "200 Huashan Rd, Lane 7, Room 3B, Shanghai",
            "上海市",
            "上海市",
            "",
            "200 Huashan Rd, Lane 7, Room 3B",
        ),
        ("Pudong Zhangjiang Road 123, Shanghai", "上海市", "上海市", "", "Pudong Zhangjiang Road 123"),
    ],
)
def test_address_is_split(
    context: Context, text: str, province: str, city: str, district: str, detail: str
) -> None:
    """B4: province, city, district and the rest; the province follows from the city."""
    (found,) = [e for e in find_all(text, context) if e.name == "address"]
    assert found.value == {**found.value, "province": province, "district": district, "detail": detail}
    assert not city or found.value["city"] == city
    assert found.value["full"] == found.text == text[found.start : found.end]


def test_countries_decide_what_a_bare_number_means() -> None:
    """B4: the countries of the service are tried in order."""
    at_home = Context(now=MONDAY, countries=("US",))
    assert [e.value for e in find_all("phone 415 555 2671", at_home)] == ["+14155552671"]


def test_every_wrong_value_needs_a_right_one(context: Context) -> None:
    """B4: a value is only dropped as denied where another one of its kind is given."""
    assert [e.value for e in find_all("不是13800138000", context) if e.name == "phone"] == ["+8613800138000"]


def test_days_follow_the_customers_zone() -> None:
    """B4: tomorrow is tomorrow where the customer is."""
    late = MONDAY.replace(hour=20)  # already Tuesday in Shanghai
    assert [e.value for e in find_all("明天", Context(now=late))] == ["2026-03-04"]
    assert [e.value for e in find_all("明天", Context(now=late, zone="UTC"))] == ["2026-03-03"]


PIECES = st.sampled_from(
    [
        "冰箱",
        "BCD-216",
        "13800138000",
        "昨天",
        "上海市",
        "浦东新区",
        "路12号",
        "E1",
        "三天前",
        "Tom Lee",
        "my name is ",
        "幺三八",
        "，",
        " ",
        "😀",
        "\ud83d",
        "\x00",
        "\u200f",
        "İ",
        "ß",
        "明天2-5点",
        "两台",
        "SR-202403150001",
        "２０２６年",
        "十",
        "住",
        "bought ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(st.characters(), max_size=80), st.lists(PIECES, max_size=12).map("".join)))
def test_places_are_exact_whatever_is_written(text: str) -> None:
    """B4: the characters at an entity's place are its text, for any text, and nothing is raised."""
    for entity in find_all(text, Context(now=MONDAY)):
        assert 0 <= entity.start < entity.end <= len(text)
        assert text[entity.start : entity.end] == entity.text
        assert 0 < entity.confidence <= 1
