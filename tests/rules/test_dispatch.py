"""Dispatch: who gets an order and why, by rules, with deputies (E3, E4, G4)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.dispatch.checking import problems
from handlers.dispatch.choosing import choose
from handlers.dispatch.decision import Decision
from handlers.dispatch.moment import Moment
from handlers.dispatch.people import OrderFacts, Person, Tried
from handlers.dispatch.settings import DispatchSettings, DutyShift
from handlers.dispatch.wording import WORDS, explain
from handlers.promises.settings import CalendarSettings

NOON = Moment(datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Asia/Shanghai")))  # a Monday
NIGHT = Moment(NOON.local + timedelta(hours=11))
SETTINGS = DispatchSettings.model_validate(
    {
        "shifts": {
            "day": {"days": ["mon", "tue", "wed", "thu", "fri"], "hours": ["08:30-17:30"]},
            "night": {"hours": ["22:00-06:00"], "holidays": True},
        }
    }
)
WANG = Person(
    "E01", "engineer", "王工", regions=frozenset({"capital"}), skills=frozenset({"refrigerator", "tv"}),
    shift="day", load=2, deputy="E02", idle_since=datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip
LI = replace(WANG, code="E02", name="李工", load=1, deputy="E01")
ZHAO = replace(WANG, code="E03", name="赵工", load=5, deputy="E01", skills=WANG.skills | {"senior"})
SUPERVISOR = Person("S01", "supervisor", "周主管", deputy="M01", load=9)
MANAGER = Person("M01", "manager", "吴经理", deputy="S01")
PEOPLE = (
    WANG, LI, ZHAO, SUPERVISOR, MANAGER,
    Person("I01", "installer", deputy="I02"),
    Person("I02", "installer", deputy="I01", load=1),
    Person("T01", "support", deputy="S01"),
    Person("C01", "specialist", deputy="S01"),
    Person("R01", "reviewer", deputy="S01"),
)  # fmt: skip
FAULT = OrderFacts("SR-202603020001", "fault", region="capital", skills=frozenset({"refrigerator"}))


def changed(*people: Person) -> tuple[Person, ...]:
    """The people with some of them as given."""
    new = {person.code: person for person in people}
    return tuple(new.pop(person.code, person) for person in PEOPLE) + tuple(new.values())


def to(order: OrderFacts, *people: Person, now: Moment = NOON, tried: tuple[Tried, ...] = ()) -> Decision:
    return choose(order, changed(*people), now, SETTINGS, tried)


@pytest.mark.parametrize(
    ("order", "assignee", "row"),
    [
        (FAULT, "E02", 1),
        (OrderFacts("n", "installation", region="capital"), "I01", 2),
        (OrderFacts("n", "consultation"), "T01", 3),
        (OrderFacts("n", "complaint", severe=True), "S01", 4),
        (OrderFacts("n", "complaint"), "C01", 5),
        (OrderFacts("n", "return"), "R01", 6),
    ],
)
def test_by_type_of_service(order: OrderFacts, assignee: str, row: int) -> None:
    """E3: engineers, installers, technical support, supervisor or specialist, review desk."""
    found = to(order)
    assert (found.assignee, found.rule, found.step, found.queue) == (assignee, row, "rule", None)


def test_the_region_and_the_skill_are_required_of_engineers() -> None:
    """E3: elsewhere, or with a certificate nobody has, it is the supervisor's."""
    assert to(replace(FAULT, region="elsewhere")).assignee == "S01"
    gas = replace(FAULT, skills=frozenset({"refrigerator", "gas_certificate"}))
    found = to(gas)
    assert (found.assignee, found.step, found.reason.name) == ("S01", "supervisor", "nobody_fits")
    assert to(gas, replace(ZHAO, skills=frozenset(gas.skills))).assignee == "E03"


def test_key_customers_get_their_own_or_senior_people() -> None:
    """E3: the customer's level; a named person who is away is stood in for by the deputy."""
    assert to(replace(FAULT, level="key")).assignee == "E03"
    assert to(replace(FAULT, level="key", named="E01")).assignee == "E01"
    assert to(replace(FAULT, level="long_standing", named="E03")).assignee == "E03"
    assert to(replace(FAULT, level="normal", named="E03")).assignee == "E02"
    assert to(replace(FAULT, level="key", named="E02"), replace(LI, away=True)).assignee == "E01"


def test_then_shift_and_load() -> None:
    """E3: people on duty before others, then who has least to do for their limit."""
    assert to(FAULT, replace(LI, shift="night")).assignee == "E01"
    assert to(FAULT, replace(LI, load=10)).assignee == "E01"
    assert to(FAULT, replace(LI, load=3), replace(WANG, load=4, load_limit=20)).assignee == "E01"


def test_ties_go_to_the_longest_idle_then_by_code() -> None:
    """E3: the same order of things always gives the same answer."""
    even = replace(LI, load=WANG.load)
    assert to(FAULT, even).assignee == "E01"
    idle = WANG.idle_since - timedelta(seconds=1) if WANG.idle_since else None
    assert to(FAULT, replace(even, idle_since=idle)).assignee == "E02"
    assert to(FAULT, replace(even, idle_since=None)).assignee == "E02"


def test_an_urgent_order_goes_to_people_on_duty_only() -> None:
    """E3, A4: at night to those of the night, else to a supervisor."""
    urgent = replace(FAULT, priority="urgent")
    assert to(urgent, now=NIGHT).assignee == "S01"
    assert to(urgent, replace(ZHAO, shift="night"), now=NIGHT).assignee == "E03"
    assert to(FAULT, now=NIGHT).assignee == "E02"


@pytest.mark.parametrize(
    ("hours", "day", "shift", "on"),
    [
        (0, "usual", "day", True),
        (0, "holiday", "day", False),
        (0, "holiday", "night", False),
        (5, "usual", "day", True),
        (5.5, "usual", "day", False),
        (10, "holiday", "night", True),
        (17, "usual", "night", True),
        (18, "usual", "night", False),
        (24 * 5, "usual", "day", False),
        (24 * 5, "shifted", "day", True),
    ],
)
def test_duty(hours: float, day: Any, shift: str, on: bool) -> None:
    """G4: shifts over midnight, public holidays, weekend days that are worked instead."""
    assert SETTINGS.on_duty(shift, Moment(NOON.local + timedelta(hours=hours), day)) is on


@pytest.mark.parametrize(
    ("hours", "day", "before", "on"),
    [
        (24 * 4 + 14, "usual", "holiday", False),  # Saturday 2:00, Friday was a holiday: nobody began
        (24 * 4 + 14, "holiday", "usual", True),  # a holiday begins: they still work what Friday began
        (24 * 5 + 14, "usual", "usual", False),  # Sunday 2:00
        (24 * 5 + 14, "usual", "shifted", True),  # Saturday was worked instead of another day
    ],
)
def test_duty_after_midnight_is_the_evenings(hours: float, day: Any, before: Any, on: bool) -> None:
    """G4: what stays of a night shift belongs to the day it began, holiday or worked weekend."""
    nights = DutyShift(hours=("22:00-06:00",), days=("mon", "tue", "wed", "thu", "fri"))
    assert nights.on_duty(Moment(NOON.local + timedelta(hours=hours), day, before)) is on


def test_the_kind_of_a_day() -> None:
    """G4: public holidays, shifted workdays and our own days off, as the calendar has them."""
    days = CalendarSettings.model_validate({"closed": ["2026-03-03"]}).days()
    told = [days.kind(date(2026, *day)) for day in ((3, 2), (3, 3), (2, 17), (2, 14), (3, 7))]
    assert told == ["usual", "holiday", "holiday", "shifted", "usual"]


def test_an_away_person_is_stood_in_for() -> None:
    """E3: AB 角: the deputy does it even from another role, with the skills it needs."""
    nobody = (replace(WANG, away=True, deputy="I01"), replace(LI, active=False), replace(ZHAO, load=10))
    able = Person("I01", "installer", "陈工", skills=frozenset({"refrigerator"}), deputy="I02")
    found = to(FAULT, *nobody, able)
    assert (found.assignee, found.step) == ("I01", "rule")
    assert "王工 (E01) 不在，AB 角顶替" in explain(found, "n", "zh")
    assert to(FAULT, *nobody).assignee == "S01"


def test_declined_or_silent_goes_to_the_deputy_then_to_the_supervisor() -> None:
    """E4: and to nobody who had it already."""
    declined, silent = Tried("E02", "declined"), Tried("E01", "silent")
    first = to(FAULT, tried=(declined,))
    assert (first.assignee, first.step, first.reason.name) == ("E01", "deputy", "after_declined")
    second = to(FAULT, tried=(declined, silent))
    assert (second.assignee, second.step, second.reason.name) == ("S01", "supervisor", "after_silent")
    third = to(FAULT, tried=(declined, silent, Tried("S01", "silent")))
    assert third.assignee == "M01"
    last = to(FAULT, tried=(declined, silent, Tried("S01", "silent"), Tried("M01", "silent")))
    assert (last.assignee, last.step, last.queue) == (None, "queue", "supervisor")


@pytest.mark.parametrize("why", [{"away": True}, {"load": 10}, {"active": False}, {"skills": frozenset()}])
def test_a_deputy_who_cannot_is_passed_over(why: dict[str, Any]) -> None:
    """E4: then it is the supervisor's at once, and the reason is told."""
    found = to(FAULT, replace(WANG, **why), tried=(Tried("E02", "silent"),))
    assert (found.assignee, found.step) == ("S01", "supervisor")
    assert {"E01", "E02"} <= {one.code for one in found.candidates}


def test_a_busy_supervisor_still_gets_what_nobody_takes() -> None:
    """E3: nothing is lost because people are busy."""
    reviewer, busy = replace(PEOPLE[-1], away=True, deputy=None), replace(SUPERVISOR, load=99)
    assert to(OrderFacts("n", "return"), reviewer, busy).assignee == "S01"


def test_nobody_at_all_is_the_supervisors_queue() -> None:
    """E3: stated, with the reason."""
    found = choose(FAULT, (), NOON, SETTINGS)
    assert (found.assignee, found.queue, found.step) == (None, "supervisor", "queue")
    assert "没有人符合，也没有主管在岗" in explain(found, FAULT.number, "zh")


def test_why_was_this_mine() -> None:
    """E3: every candidate with what kept or dropped them and what they stand behind by."""
    found = to(FAULT, replace(ZHAO, regions=frozenset({"elsewhere"}), load=10))
    assert explain(found, FAULT.number, "zh").split("\n") == [
        "工单 SR-202603020001 派给 李工 (E02)",
        "按派单规则第 1 条：2 人符合，排第一",
        "1. 李工 (E02)（维修工程师）：所需技能 1/1；在班；手上 1 单（上限 10）",
        "2. 王工 (E01)（维修工程师）：所需技能 1/1；在班；手上 2 单（上限 10）；空闲程度不如 李工 (E02)",
        "– 赵工 (E03)（维修工程师）：不负责市区；已满（10/10）",
        "其他岗位不参与：C01、I01、I02、M01、R01、S01、T01",
    ]
    assert explain(found, FAULT.number, "en").split("\n")[3] == (
        "2. 王工 (E01) (engineer): 1 of 1 skills needed; on duty; 2 open orders (limit 10); "
        "behind 李工 (E02) by load"
    )


def test_a_decision_can_be_kept() -> None:
    """E3: as JSON beside the move, to be asked about later."""
    found = to(replace(FAULT, level="key"), replace(LI, away=True))
    assert Decision.of(json.loads(json.dumps(found.as_json()))) == found


def test_people_who_cannot_serve_the_rules_are_told() -> None:
    """E3, G4: unknown roles and shifts, missing deputies, kinds and regions nobody serves."""
    people = (
        replace(WANG, role="wizard", shift="noon", deputy="E99"),
        replace(LI, deputy="E02"),
        replace(ZHAO, deputy=None, kinds=frozenset({"gardening"}), regions=frozenset({"moon"})),
    )
    found = {phrase.name for phrase in problems(people, SETTINGS)}
    assert found == {
        "unknown_role", "unknown_shift", "deputy_gone", "own_deputy", "no_deputy", "unknown_kind",
        "unknown_region", "nobody_for_kind", "nobody_for_region", "no_supervisor",
    }  # fmt: skip
    assert {phrase.name for phrase in problems(PEOPLE, SETTINGS)} == {"nobody_for_region"}, "engineers"
    assert all(WORDS.say(phrase, "zh") and WORDS.say(phrase, "en") for phrase in problems(people, SETTINGS))


codes = st.sampled_from(["A1", "A2", "A3", "A4", "A5", "A6"])
persons = st.builds(
    Person,
    codes,
    st.sampled_from(["engineer", "installer", "supervisor", "support", "specialist", "reviewer"]),
    kinds=st.sampled_from([frozenset(), frozenset({"fault"}), frozenset({"complaint", "return"})]),
    regions=st.sampled_from([frozenset(), frozenset({"capital"})]),
    skills=st.frozensets(st.sampled_from(["tv", "senior", "gas"])),
    shift=st.sampled_from([None, "day", "night"]),
    load=st.integers(0, 4),
    load_limit=st.integers(0, 4),
    deputy=st.none() | codes,
    active=st.booleans(),
    away=st.booleans(),
)
staffs = st.lists(persons, unique_by=lambda one: one.code)
orders = st.builds(
    OrderFacts,
    st.just("SR-1"),
    st.sampled_from(["fault", "consultation", "complaint", "installation", "return"]),
    st.sampled_from(["urgent", "normal"]),
    st.sampled_from(["capital", "elsewhere"]),
    st.sampled_from(["normal", "key", "long_standing"]),
    st.booleans(),
    st.frozensets(st.sampled_from(["tv", "gas"])),
    st.none() | codes,
)
tries = st.lists(
    st.builds(Tried, codes, st.sampled_from(["declined", "silent"])),
    max_size=3,
    unique_by=lambda one: one.code,
)


@given(orders, staffs, tries.map(tuple), st.sampled_from([NOON, NIGHT]), st.randoms())
def test_whatever_the_people_the_decision_holds(
    order: OrderFacts, staff: list[Person], tried: tuple[Tried, ...], now: Moment, rng: Any
) -> None:
    """E3, E4: nobody who is gone, away or had it; everybody explained; any order of the list is the same."""
    found = choose(order, staff, now, SETTINGS, tried)
    shuffled = list(staff)
    rng.shuffle(shuffled)
    assert choose(order, shuffled, now, SETTINGS, tried) == found
    told = [*(one.code for one in found.candidates), *found.others]
    assert sorted(told) == sorted(person.code for person in staff)
    if found.assignee is None:
        assert found.step == "queue"
        able = [p for p in staff if p.role == "supervisor" and p.active and not p.away]
        assert {p.code for p in able} <= {one.code for one in tried}
    else:
        chosen = next(person for person in staff if person.code == found.assignee)
        assert chosen.active
        assert not chosen.away
        assert chosen.code not in {one.code for one in tried}
        assert found.step == "supervisor" or chosen.load < chosen.load_limit
        if found.step in ("rule", "deputy") and order.kind in ("fault", "installation"):
            assert order.skills <= chosen.skills
    assert all(one.reasons for one in found.candidates)
    assert explain(found, order.number, "zh")
    assert explain(found, order.number, "en")


def test_every_phrase_has_both_languages() -> None:
    for group in (WORDS.texts, *WORDS.names.values()):
        for name, said in group.items():
            assert said["zh"], name
            assert said["en"], name
