"""E5, E3: the region of an address."""

from __future__ import annotations

import pytest

from handlers.promises import standard
from handlers.promises.places import place_of, read_place, read_rules, region_of
from nlu.entities.regions import Region as Place


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ("上海市浦东新区张杨路500号", "capital"),
        ("浦东新区张杨路500号", "capital"),
        ("北京朝阳区建国路88号", "capital"),
        ("12 Zhongshan Road, Gulou District, Nanjing", "capital"),
        ("上海市崇明区八一路1号", "surroundings"),  # narrower than 上海市
        ("江苏省苏州市昆山市前进中路1号", "surroundings"),
        ("昆山市前进中路1号", "surroundings"),
        ("重庆市渝中区民权路28号", "capital"),
        ("重庆市城口县土城路1号", "elsewhere"),
        ("甘肃省天水市秦州区民主路1号", "elsewhere"),
        ("江苏省", "elsewhere"),
        ("鼓楼区中山路1号", "elsewhere"),  # of which city?
        ("张杨路500号", "elsewhere"),
        ("somewhere", "elsewhere"),
        ("", "elsewhere"),
        (None, "elsewhere"),
    ],
)
def test_the_region_of_an_address(address: str | None, region: str) -> None:
    assert standard().region(address) == region


def test_the_narrowest_place_decides() -> None:
    rules = read_rules({"capital": ["江苏省"], "surroundings": ["苏州市"], "elsewhere": ["昆山市"]})
    assert region_of("江苏省无锡市梁溪区人民路1号", rules) == "capital"
    assert region_of("苏州市姑苏区人民路1号", rules) == "surroundings"
    assert region_of("昆山市前进中路1号", rules) == "elsewhere"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("上海市", Place("上海市")),
        ("上海", Place("上海市")),
        ("苏州市", Place("江苏省", "苏州市")),
        ("南京市鼓楼区", Place("江苏省", "南京市", "鼓楼区")),
        ("内蒙古自治区呼和浩特市", Place("内蒙古自治区", "呼和浩特市")),
    ],
)
def test_places_of_the_settings_are_read(name: str, place: Place) -> None:
    assert read_place(name) == place == place_of(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("祟明区", "'祟明区' is no province, city or district"),
        ("上海市张杨路", "is no province, city or district"),
        ("", "is no province, city or district"),
        ("鼓楼区", "is in several cities .*南京市.*; write the city before it"),
    ],
)
def test_what_is_no_place_is_explained(name: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_place(name)


def test_a_place_stands_once() -> None:
    with pytest.raises(ValueError, match="'苏州' stands twice: in capital and in surroundings"):
        read_rules({"capital": ["苏州市"], "surroundings": ["苏州"]})
