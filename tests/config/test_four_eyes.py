"""Four eyes: whether the people on a list can take every step that the rules ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.policy import School, Staff, unmeetable
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
    assert "steps.vice-president" in fault.says and "nobody left" in fault.says


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

    assert [fault.says.split("：")[0] for fault in faults] == ["steps.reviewer", "steps.vice-president"]
    assert all("nobody on the list" in fault.says for fault in faults)


def test_a_second_person_makes_room_for_the_first() -> None:
    """The choice is made for the whole chain: the head can check, too, if somebody else is there to check."""
    sntcm = school("sntcm-2025")
    people = ("钱 registrar reviewer", "钱 department_head", "孙 vice_president")

    assert unmeetable(sntcm, staff(*people))
    assert unmeetable(sntcm, staff(*people, REGISTRAR)) == ()


def test_without_four_eyes_one_person_is_enough(nchu: School) -> None:
    """The first school asks for one check and the platform."""
    assert unmeetable(nchu, staff("赵 registrar")) == ()


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
