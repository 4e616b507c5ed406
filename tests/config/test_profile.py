"""The profile of a school: what its file may say, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config.policy import PolicyFaults, School, kept_school, load_school
from config.profile import Profile
from config.settings import ROOT

WHOLE = 'office = "教务处"\noffice_en = "Academic Affairs"\nphone = "0791-1234 5678"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first school's folder."""
    return Path(shutil.copytree(ROOT / "config" / "schools" / "nchu", tmp_path / "copy"))


def with_profile(folder: Path, text: str) -> School:
    """The school with a profile file."""
    (folder / "profile.toml").write_text(text, encoding="utf-8")
    return load_school(folder)


def test_the_first_school_is_reached_as_its_notice_says(nchu: School) -> None:
    """Office, room and telephone are those of the notice, and its hours, which it does not name, are empty."""
    said = nchu.profile
    assert said is not None
    assert "学籍与学业管理科" in said.office and "B栋125" in said.room
    assert (said.phone, said.number, said.hours) == ("83863717", "83863717", "")
    assert (said.appeal_to, said.appeal_days) == ("学校学生申诉处理委员会", 10)


def test_a_school_without_the_file_loads(folder: Path) -> None:
    """Then it has no profile, and its rules are the same ones."""
    before = load_school(folder)
    (folder / "profile.toml").unlink()
    shutil.rmtree(folder / "guide")  # it leads to the office, whose telephone must be known
    after = load_school(folder)
    assert after.profile is None and before.profile is not None
    assert after.digest == before.digest and after.text == before.text


def test_a_profile_is_no_rule(folder: Path) -> None:
    """Another telephone is no other policy, and a kept policy has no profile at all."""
    before = load_school(folder)
    after = with_profile(folder, WHOLE)
    assert after.profile == Profile(office="教务处", office_en="Academic Affairs", phone="0791-1234 5678")
    assert after.profile is not None and after.profile.number == "079112345678"
    assert after.digest == before.digest and kept_school(after.text).profile is None


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (WHOLE + 'fax = "1"\n', [(4, "没有这一项")]),
        ('office = "教务处"\n', [(1, "office_en：没有填写"), (1, "phone：没有填写")]),
        (WHOLE + 'room = "101"\nhours_en = "9 to 5"\n', [(4, "room_en：没有填写"), (5, "hours：没有填写")]),
        (WHOLE.replace("0791-1234 5678", "请到窗口"), [(3, "电话只写数字")]),
        (WHOLE.replace("0791-1234 5678", "028"), [(3, "5 至 31 个字符")]),
        (WHOLE + 'accent = "teal"\n', [(4, "颜色")]),
        (WHOLE + 'accent = "#12506"\naddress = "xueji"\n', [(4, "颜色"), (5, "网址")]),
        (WHOLE + "working_days = 999\n", [(4, "0 到 250")]),
        (WHOLE + 'working_days = "10"\n', [(4, "应为整数")]),
        (WHOLE + "appeal_days = 10\n", [(4, "向谁申诉")]),
        (WHOLE + 'crest = "a.svg"\n', [(4, "校徽")]),
        (WHOLE + 'room = "1\\n2"\nroom_en = "1"\n', [(4, "应为一行")]),
        ("office = \n", [(1, "TOML")]),
    ],
)
def test_every_fault_of_a_profile_is_named_with_its_line(
    folder: Path, text: str, faults: list[tuple[int, str]]
) -> None:
    """A school whose profile is half written is not loaded, and all that is wrong is said at once."""
    with pytest.raises(PolicyFaults) as caught:
        with_profile(folder, text)
    found = [(one.line, one.says) for one in caught.value.faults if one.file == "copy/profile.toml"]
    for line, says in faults:
        assert any(at == line and says in said for at, said in found), found
