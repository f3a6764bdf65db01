"""Who may take which conversation: shifts, skills, deputies, load, peak (G4, G7); on both databases."""

from __future__ import annotations

from handlers import ownership
from handlers.dispatch.giving import Dispatcher
from handlers.dispatch.settings import DispatchSettings, DutyShift
from handlers.ownership import Taking
from handlers.ownership.settings import PeakSettings, QueueSettings
from storage import Store, Tx
from storage.staff import Employee
from storage.users import User
from tests.conftest import Clock
from tests.console.test_ownership import change, customer, people

NIGHT = DispatchSettings(shifts={"night": DutyShift(hours=("20:00-23:00",))})
TAKING = Taking(Dispatcher(NIGHT), QueueSettings(at_once=2, peak=PeakSettings(waiting=5)))


def employee(code: str, *skills: str, shift: str | None = None, deputy: str | None = None) -> Employee:
    return Employee(code, code, "agent", None, [], list(skills), [], shift, 5, deputy)


def employed(store: Store, clock: Clock, *staff: Employee) -> dict[str, User]:
    """Ann, Bob and the supervisor Eve; who of the staff has the same name is the same person."""
    team = people(store)

    def work(tx: Tx) -> dict[str, User]:
        tx.staff.employ(staff, clock())
        for name, user in team.items():
            if (member := tx.staff.find(name)) is not None:
                tx.users.change(user.id, clock(), staff_id=member.id)
        return {one.name: one for one in tx.users.all()}

    return store.run(work)


def waits(store: Store, clock: Clock, name: str, skill: str | None = None) -> int:
    """A customer in the queue, for people of that skill."""
    talk = customer(store, name)
    change(store, talk, "ask", ownership.BOT, clock, skill=skill)
    return talk


def speaks(store: Store, clock: Clock, languages: dict[int, str]) -> None:
    """The language of each conversation."""

    def work(tx: Tx) -> None:
        for talk, language in languages.items():
            found = tx.conversations.get(talk, lock=True)
            found.language = language
            tx.conversations.save(found, clock())

    store.run(work)


def take(store: Store, clock: Clock, talk: int, user: User) -> str:
    return change(store, talk, "take", ownership.mover(user), clock, taking=TAKING)


def offered(store: Store, clock: Clock, user: User) -> set[int] | None:
    return store.run(lambda tx: TAKING.offered(tx, user, clock()))


def test_who_is_in_no_staff_file_takes_everything(store: Store, clock: Clock) -> None:
    """G4: without an entry there is no limit, nor for supervisors."""
    team = employed(store, clock, employee("eve", shift="night"))
    talks = [waits(store, clock, f"{number}", "expert") for number in range(4)]
    assert [take(store, clock, talk, team["ann"]) for talk in talks[:3]] == ["agent"] * 3
    assert take(store, clock, talks[3], team["eve"]) == "agent"
    assert offered(store, clock, team["bob"]) is None


def test_who_names_languages_is_offered_customers_of_them(store: Store, clock: Clock) -> None:
    """G4: a language is a skill; who names none speaks all, and where nobody speaks it everybody may."""
    team = employed(store, clock, employee("ann", "zh"), employee("bob"))
    chinese, english, unknown = (waits(store, clock, name) for name in ("wang", "tom", "x"))
    speaks(store, clock, {chinese: "zh", english: "en"})
    assert offered(store, clock, team["ann"]) == {chinese, unknown}
    assert offered(store, clock, team["bob"]) == {chinese, english, unknown}
    assert take(store, clock, english, team["ann"]) == "other_skill"
    assert take(store, clock, english, team["bob"]) == "agent"
    store.run(lambda tx: tx.staff.employ([employee("ann", "zh"), employee("bob", "zh")], clock()))
    nobodys = waits(store, clock, "eve")
    speaks(store, clock, {nobodys: "en"})
    assert take(store, clock, nobodys, team["ann"]) == "agent"


def test_load_shift_and_absence_limit_who_takes(store: Store, clock: Clock) -> None:
    """G4: the limit at once, the shift, being away: each refused with its word, also what is given."""
    team = employed(store, clock, employee("ann"), employee("bob", shift="night"))
    ann, bob, eve = team["ann"], team["bob"], team["eve"]
    talks = [waits(store, clock, f"{number}") for number in range(4)]
    assert offered(store, clock, ann) == set(talks)
    assert [take(store, clock, talk, ann) for talk in talks[:3]] == ["agent", "agent", "full"]
    assert (offered(store, clock, ann), offered(store, clock, bob)) == (set(), set())
    assert take(store, clock, talks[2], bob) == "off_shift"
    given = {"agent_id": bob.id, "taking": TAKING}
    assert change(store, talks[0], "assign", ownership.mover(ann), clock, **given) == "off_shift_there"
    assert change(store, talks[2], "assign", ownership.mover(eve), clock, **given) == "agent"
    clock.forward(hours=8, minutes=30)  # 20:30 in Shanghai
    assert take(store, clock, talks[3], bob) == "agent"
    back = {"agent_id": ann.id, "taking": TAKING}
    assert change(store, talks[3], "assign", ownership.mover(bob), clock, **back) == "full_there"
    member = store.run(lambda tx: tx.staff.find("ann"))
    assert member is not None
    store.run(lambda tx: tx.staff.away(member, clock.forward(days=1), clock()))
    clock.forward(hours=-1)
    assert take(store, clock, waits(store, clock, "late"), ann) == "away"


def test_skills_and_their_deputies(store: Store, clock: Clock) -> None:
    """G4: who has the skill, or stands in for whoever has it; a skill nobody has limits nobody."""
    team = employed(
        store, clock, employee("zoe", "television", shift="night", deputy="bob"),
        employee("ann"), employee("bob"),
    )  # fmt: skip
    television, remark = waits(store, clock, "tv", "Television"), waits(store, clock, "x", "speaks Welsh")
    assert offered(store, clock, team["ann"]) == {remark}
    assert take(store, clock, television, team["ann"]) == "other_skill"
    assert offered(store, clock, team["bob"]) == {television, remark}
    clock.forward(hours=8, minutes=30)  # Zoe is on duty now
    assert take(store, clock, television, team["bob"]) == "other_skill"
    clock.forward(hours=12)
    assert take(store, clock, television, team["bob"]) == "agent"


def test_at_a_peak_every_group_helps(store: Store, clock: Clock) -> None:
    """G7: with as many waiting as the settings say, conversations of other skills are offered too."""
    team = employed(store, clock, employee("zoe", "television"), employee("ann"))
    talks = [waits(store, clock, f"{number}", "television") for number in range(4)]
    assert offered(store, clock, team["ann"]) == set()
    assert not store.run(lambda tx: TAKING.helps(tx, team["ann"], clock()))
    talks.append(waits(store, clock, "the fifth", "television"))
    assert offered(store, clock, team["ann"]) == set(talks)
    assert store.run(lambda tx: TAKING.helps(tx, team["ann"], clock()))
    assert take(store, clock, talks[0], team["ann"]) == "agent"
    assert take(store, clock, talks[1], team["ann"]) == "other_skill"
