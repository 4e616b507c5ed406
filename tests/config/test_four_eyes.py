"""Four eyes: whether the people on a list can take every step that the rules ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.policy import Fault, School, Staff, unheld, unmeetable
from tests.config.asking import amended, rule
from tests.config.schools.asked import school


def staff(*said: str) -> list[Staff]:
    """People as ``name office duty duty``."""
    return [Staff(name, office, frozenset(duties)) for name, office, *duties in map(str.split, said)]


REGISTRAR = "赵 registrar reviewer"


def test_three_levels_need_three_people() -> None:
    """Reviewer, head and vice-president of one chain: who signs twice signs with two eyes."""
    sntcm = school("sntcm-2025")

    assert unmeetable(sntcm, staff(REGISTRAR, "钱 department_head", "孙 vice_president")) == ()
    (fault,) = unmeetable(sntcm, staff(REGISTRAR, "钱 department_head", "钱 vice_president"))
    assert fault.says == (
        "steps.vice-president：除经办其他环节的人以外，没有人能办这一步 / four eyes, and nobody left"
    )


def test_the_fault_names_file_and_line() -> None:
    """It is found where the rule stands."""
    sntcm = school("sntcm-2025")
    (fault,) = unmeetable(sntcm, staff(REGISTRAR, "赵 department_head", "孙 vice_president"))
    lines = sntcm.texts["policy.toml"].split("\n")

    assert fault.file == "sntcm-2025/policy.toml"
    assert lines[fault.line - 1 : fault.line + 1] == ["[[rule]]", 'id = "steps.head"']


def test_an_office_without_anybody_is_named() -> None:
    """Not four eyes but none; and a duty that nobody has is an empty office too."""
    sntcm = school("sntcm-2025")
    faults = unmeetable(sntcm, staff("赵 registrar counsellor", "钱 department_head"))

    assert [fault.says for fault in faults] == [
        f"{step}：名单里没有人能办这一步 / nobody on the list can take this step"
        for step in ("steps.reviewer", "steps.vice-president")
    ]


def test_a_second_person_makes_room_for_the_first() -> None:
    """The choice is made for the whole chain: the head can check, too, if somebody else is there to check."""
    sntcm = school("sntcm-2025")
    people = ("钱 registrar reviewer", "钱 department_head", "孙 vice_president")

    assert unmeetable(sntcm, staff(*people))
    assert unmeetable(sntcm, staff(*people, REGISTRAR)) == ()


def test_without_four_eyes_one_person_is_enough(nchu: School) -> None:
    """The first school asks for one check and the platform."""
    assert unmeetable(nchu, staff("赵 registrar")) == ()


def approval(id: str, office: str, when: str = "{}", more: str = "") -> str:
    """An additional step that the school decides."""
    return rule(id, when, f'{{ add_step = "approval", office = "{office}"{more} }}')


def test_a_second_step_may_be_the_same_persons_unless_one_of_them_asks_for_others(
    nchu: School, tmp_path: Path
) -> None:
    """Two plain steps are one person's; a step for four eyes is apart from those before it and after it."""
    plain = approval("test.first", "college") + approval("test.second", "province")
    first = approval("test.first", "college", more=", four_eyes = true") + approval("test.second", "province")
    one = staff("赵 registrar", "钱 college", "钱 province")

    assert unmeetable(amended(tmp_path, nchu, policy=plain), one) == ()
    (fault,) = unmeetable(amended(tmp_path, nchu, policy=first), one)
    assert fault.says.startswith("test.second：") and "nobody left" in fault.says


@pytest.mark.parametrize(
    "when",
    [
        '{ category = ["专升本"] }',
        '{ category_other_than = ["本科"] }',
        '{ origin_province = ["河北"] }',
        '{ origin_province_other_than = ["江西", "河北"] }',
        '{ variant = ["abroad"] }',
        '{ cause = ["photo"] }',
        '{ standing = "other" }',
        '{ before = "graduation" }',
    ],
)
def test_a_step_for_few_students_needs_somebody_too(nchu: School, tmp_path: Path, when: str) -> None:
    """Whatever level, origin, circumstance, cause, standing or time: it can come up."""
    abroad = '\n[[variant]]\ncode = "abroad"\nzh = "在国外"\nen = "abroad"\n'
    school = amended(tmp_path, nchu, policy=abroad + approval("test.few", "college", when))
    (fault,) = unmeetable(school, staff("赵 registrar"))

    assert fault.says.startswith("test.few：")
    assert unmeetable(school, staff("赵 registrar", "钱 college")) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{ category = ["本科"] }', '{ category = ["专升本"] }'),
        ('{ category = ["本科"] }', '{ category_other_than = ["本科"] }'),
        ('{ origin_province = ["河北"] }', '{ origin_province_other_than = ["河北"] }'),
        ('{ cause = ["photo"] }', '{ cause = ["legal_change"] }'),
    ],
)
def test_steps_of_different_students_may_have_the_same_person(
    nchu: School, tmp_path: Path, one: str, other: str
) -> None:
    """No claim passes both, so nobody looks twice."""
    four_eyes = ", four_eyes = true"
    steps = approval("test.one", "college", one, four_eyes) + approval(
        "test.other", "province", other, four_eyes
    )
    school = amended(tmp_path, nchu, policy=steps)

    assert unmeetable(school, staff("赵 registrar", "钱 college", "钱 province")) == ()


def test_steps_that_never_meet_in_one_claim_may_have_the_same_person(nchu: School, tmp_path: Path) -> None:
    """A second look at names and one at photos: one more person is enough for both."""
    later = [
        rule(f"test.{field}", f'{{ field = ["{field}"] }}',
             f'{{ add_step = "approval", office = "{office}", four_eyes = true }}')
        for field, office in (("XM", "college"), ("PHOTO", "province"))
    ]  # fmt: skip
    school = amended(tmp_path, nchu, policy="".join(later))

    assert unmeetable(school, staff("赵 registrar", "钱 college", "钱 province")) == ()
    assert len(unmeetable(school, staff("赵 registrar", "赵 college", "赵 province"))) == 2


@pytest.mark.parametrize("who", ["赵 university", "钱 university"])
def test_other_bodies_are_not_on_the_list(who: str) -> None:
    """County, city and ministry decide with people of their own."""
    assert unmeetable(school("hebei-origin"), staff(who)) == ()


def test_an_inquiry_on_the_spot_is_the_schools_own_step(nchu: School, tmp_path: Path) -> None:
    """Like a check and an approval: somebody of the office has to go, and a second pair of eyes is another person."""
    visit = rule(
        "test.visit", '{ field = ["XH"] }', '{ add_step = "visit", office = "college", four_eyes = true }'
    )
    place = amended(tmp_path, nchu, policy=visit)

    assert unmeetable(place, staff("赵 registrar", "钱 college")) == ()
    (nobody,) = unmeetable(place, staff("赵 registrar"))
    (nobody_else,) = unmeetable(place, staff("赵 registrar", "赵 college"))
    assert nobody.says == "test.visit：名单里没有人能办这一步 / nobody on the list can take this step"
    assert nobody_else.says.endswith("four eyes, and nobody left")


def test_a_duty_of_which_rules_speak_and_nobody_has_is_told(nchu: School, tmp_path: Path) -> None:
    """Who may file for a student is of no use without anybody of that duty; the warning stands at the rule's ``when``."""
    proxy = rule(
        "test.proxy", '{ filed_by_other_than = ["student", "counsellor", "officer"] }', '{ refuse = "LEFT" }'
    )
    place = amended(tmp_path, nchu, policy=proxy)
    lines = place.texts["policy.toml"].split("\n")
    line = lines.index('when = { filed_by_other_than = ["student", "counsellor", "officer"] }') + 1

    def warning(duty: str) -> Fault:
        file = f"{place.slug}/policy.toml"
        return Fault(file, line, f"test.proxy：名单里没有人是{duty}")

    nobody, no_counsellor = unheld(place, staff(REGISTRAR)), unheld(place, staff("钱 college"))
    assert nobody == (
        warning("辅导员 / nobody on the list is a counsellor"),
        warning("学院经办人 / nobody on the list is a college officer"),
    )
    assert no_counsellor == nobody[:1]
    assert unheld(place, staff("钱 college counsellor")) == ()
    assert unheld(nchu, []) == ()
