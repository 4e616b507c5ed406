"""``policy ask`` and ``policy check``: the rules on the command line, without an installation."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.policy import PolicyQuestion, School, ask
from config.settings import ROOT
from web.commands.policy import policy

NCHU = ROOT / "config" / "schools" / "nchu"
OPEN: dict[str, Any] = {
    "at": "2024-10-25T10:00:00+08:00",
    "action": "raise",
    "student": {
        "category": "专升本",
        "entry_date": "2024-09-15",
        "expected_graduation": "2026-07-01",
        "years": 2,
        "enrolment_status": "注册学籍",
        "registered_on": "2024-10-15",
        "degree_registered_on": None,
        "origin_province": "江西",
        "college": "信息工程学院",
    },
    "claims": [],
    "filed_by": "student",
}
CLOSED: dict[str, Any] = {**OPEN, "at": "2026-05-01T00:00:00+08:00"}


def run(*words: str, handed_in: str | bytes = b"") -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(policy, list(words), input=handed_in)


def test_an_object_is_answered_with_an_object(nchu: School) -> None:
    """The command says what the policy says, Chinese in the clear."""
    said = run("ask", "-", handed_in=json.dumps(CLOSED))

    assert said.exit_code == 0
    assert json.loads(said.stdout) == ask(nchu, PolicyQuestion.from_json(CLOSED)).as_json()
    assert "最后一次自查" in said.stdout


def test_a_list_is_answered_with_a_list_in_the_same_order() -> None:
    """One answer for each question, where the question stood."""
    said = run("ask", "-", handed_in=json.dumps([CLOSED, OPEN], indent=2))

    assert [one["outcome"] for one in json.loads(said.stdout)] == ["not_accepted", "accept"]


def test_an_empty_list_is_answered_with_an_empty_list() -> None:
    """No question, no answer, no fault."""
    said = run("ask", "-", handed_in="[]")

    assert (said.exit_code, json.loads(said.stdout)) == (0, [])


def test_lines_are_answered_with_lines(tmp_path: Path) -> None:
    """JSON lines from a file, blank lines between them and a byte order mark before them."""
    file = tmp_path / "questions.jsonl"
    file.write_text(f"\ufeff{json.dumps(OPEN)}\n\n{json.dumps(CLOSED)}\r\n", encoding="utf-8")
    said = run("ask", str(file))

    assert [json.loads(line)["outcome"] for line in said.stdout.splitlines()] == ["accept", "not_accepted"]


def without(key: str) -> dict[str, Any]:
    """A question without one part."""
    return {name: value for name, value in OPEN.items() if name != key}


@pytest.mark.parametrize(
    ("handed_in", "where"),
    [
        (json.dumps(without("at")), "at: "),
        (json.dumps(without("at"), indent=1), "at: "),
        (json.dumps({**OPEN, "at": "2024-10-25T10:00:00"}), "at: "),
        (json.dumps({**OPEN, "claims": [{"field": "SHOE", "cause": "photo"}]}), "claims[0].field: "),
        ('{"at": 1, "at": 2}', "at: "),
        (json.dumps(OPEN, indent=1)[:-1], "is not JSON"),
        (f"[{json.dumps(OPEN)}\n{json.dumps(OPEN)}]", "is not JSON"),
        ('{"at": NaN}', "NaN"),
        ('{"at": ' + "9" * 5000 + "}", "too long"),
        ("[" * 100_000, "nested too deeply"),
        ("[1,", "is not JSON"),
        ("", "no question"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_one_question_that_is_none_has_no_answer(handed_in: str | bytes, where: str) -> None:
    """The fault is named with its place, exit status 2, and nothing is printed as an answer."""
    said = run("ask", "-", handed_in=handed_in)

    assert said.exit_code == 2
    assert said.stdout == ""
    assert where in said.stderr


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (json.dumps(without("filed_by")), "filed_by: 缺少这一项 / is missing"),
        ('{"at": 1, "at": 2}', "at: 出现了两次 / is named twice"),
        ('{"claims": [{"at": NaN}]}', "NaN 不是 JSON 的数 / is no JSON number"),
        ("3", "question: 应为对象 / must be an object"),
        ("{", "不是合格的 JSON / is not JSON"),
        ('{"at": ' + "9" * 5000 + "}", "数太长 / a number is too long"),
    ],
)
def test_of_several_questions_a_bad_one_has_its_error_in_its_place(bad: str, error: str) -> None:
    """All others are answered; the error has its line, in a list its number; exit status 2 in the end."""
    lines = run("ask", "-", handed_in="\n\n".join([bad, json.dumps(CLOSED), bad, json.dumps(OPEN)]))
    found = [json.loads(line) for line in lines.stdout.splitlines()]

    assert (lines.exit_code, [one.get("outcome") for one in found]) == (
        2,
        [None, "not_accepted", None, "accept"],
    )
    assert [(one["line"], one["error"][: len(error)]) for one in found if "error" in one] == [
        (1, error),
        (5, error),
    ]
    assert "2 个问题没有答复" in lines.stderr
    if bad == "{" or "999" in bad:
        return
    listed = run("ask", "-", handed_in=f"[{json.dumps(OPEN)}, {bad}]")
    assert (listed.exit_code, json.loads(listed.stdout)[1]) == (2, {"error": found[0]["error"], "line": 2})


def test_a_strange_text_comes_back_as_json() -> None:
    """Half a surrogate pair in a status is refused in words that still are JSON."""
    odd = {**OPEN, "student": {**OPEN["student"], "enrolment_status": "\ud800"}}
    said = run("ask", "-", handed_in=json.dumps(odd))

    assert json.loads(said.stdout)["reasons"][0]["facts"]["enrolment_status"] == "\ud800"


def test_any_folder_on_disk_will_do_and_no_installation_is_needed(tmp_path: Path) -> None:
    """A fresh process with a home that does not exist answers by the rules it is pointed at."""
    shutil.copytree(NCHU, tmp_path / "elsewhere")
    school = tmp_path / "elsewhere" / "school.toml"
    school.write_text(
        school.read_text(encoding="utf-8").replace('slug = "nchu"', 'slug = "elsewhere"'), "utf-8"
    )
    said = subprocess.run(
        [sys.executable, "-m", "web.commands", "policy", "ask", "-", "--school", str(school.parent)],
        input=json.dumps(OPEN).encode(), capture_output=True, cwd=ROOT, check=True,
        env={**os.environ, "KANWU_HOME": str(tmp_path / "nowhere")},
    )  # fmt: skip

    assert json.loads(said.stdout)["policy"]["school"] == "elsewhere"
    assert not (tmp_path / "nowhere").exists()


def test_bad_rules_answer_nothing(tmp_path: Path) -> None:
    """Where the rules have a fault, no question is answered by them."""
    said = run("ask", "-", "--school", str(tmp_path), handed_in=json.dumps(OPEN))

    assert (said.exit_code, said.stdout) == (2, "")
    assert "policy.toml:1: " in said.stderr


def test_a_clean_folder_is_said_to_be_clean(nchu: School) -> None:
    """With the version that every answer names."""
    said = run("check", str(NCHU), "--on", "2025-03-02")

    assert said.exit_code == 0
    assert said.stdout.startswith(f"{nchu.title}：没有错误 / clean  {nchu.version}")


def test_a_folder_with_faults_has_each_listed(tmp_path: Path) -> None:
    """File, line and words, one fault a line, exit status 1."""
    copy = tmp_path / "copy"
    shutil.copytree(NCHU, copy)
    (copy / "calendar.toml").write_text("[[registration]]\nentry_year = '2024'\nwhim = 1\n", "utf-8")
    said = run("check", str(copy))

    assert said.exit_code == 1
    places = [line.split(": ")[0] for line in said.stdout.splitlines()]
    assert places == [
        "copy/calendar.toml:1", "copy/calendar.toml:1", "copy/calendar.toml:2", "copy/calendar.toml:3",
    ]  # fmt: skip


# -- several folders, and the people --------------------------------------------------------------------


def test_several_folders_are_checked_at_once() -> None:
    """All schools of the repository are clean, one line each."""
    folders = sorted(str(folder) for folder in NCHU.parent.iterdir())
    said = run("check", *folders, "--on", "2025-03-02")

    assert said.exit_code == 0
    assert len(said.stdout.splitlines()) == len(folders) == 13


def test_a_fault_in_one_folder_does_not_hide_the_others(tmp_path: Path) -> None:
    """The clean one is said to be clean, the other's faults are listed, and the command fails."""
    copy = shutil.copytree(NCHU, tmp_path / "copy")
    (copy / "calendar.toml").unlink()
    said = run("check", str(copy), str(NCHU))

    assert said.exit_code == 1
    assert "copy/calendar.toml:1: " in said.stdout
    assert "clean" in said.stdout


def test_a_year_without_holidays_is_a_warning(tmp_path: Path) -> None:
    """It is shown, and nothing fails."""
    copy = shutil.copytree(NCHU, tmp_path / "copy")
    text = (copy / "campaigns.toml").read_text(encoding="utf-8")
    (copy / "campaigns.toml").write_text(
        text.replace("closes = 2024-11-07T23:59:59", "closes = 2199-11-07"), "utf-8"
    )
    said = run("check", str(copy))

    assert said.exit_code == 0
    assert "copy/campaigns.toml:9: " in said.stdout and "warning" in said.stdout


def test_an_example_that_is_answered_otherwise_is_a_fault(tmp_path: Path) -> None:
    """The check fails with the line of the expectation, though the rules themselves are clean."""
    copy = shutil.copytree(NCHU, tmp_path / "copy")
    text = (copy / "examples.toml").read_text(encoding="utf-8")
    (copy / "examples.toml").write_text(text.replace('codes = ["LEFT"]', 'codes = ["GONE"]', 1), "utf-8")
    line = text[: text.index('codes = ["LEFT"]')].count("\n") + 1
    said = run("check", str(copy))

    assert said.exit_code == 1
    assert f"copy/examples.toml:{line}: " in said.stdout and "应为 [GONE]，得到 [LEFT]" in said.stdout


@pytest.mark.parametrize(
    ("day", "years"), [("2025-12-31", ()), ("2026-01-01", ("2027",)), ("2027-01-01", ("2027", "2028"))]
)
def test_this_year_and_the_next_need_holidays_where_working_days_are_counted(
    day: str, years: tuple[str, ...]
) -> None:
    """Each year that the calendar lacks is a warning that names what is counted; a folder that counts none has none."""
    said = run("check", str(NCHU), "--on", day)
    silent = run("check", str(NCHU.parent / "open-university"), "--on", day)

    assert said.exit_code == 0
    assert [line.split(" 年的节假日，")[0].split()[-1] for line in said.stdout.splitlines()[:-1]] == list(
        years
    )
    assert all("补正期限、办理承诺按星期一至星期五计算" in line for line in said.stdout.splitlines()[:-1])
    assert len(silent.stdout.splitlines()) == 1


PEOPLE = (
    "person,office,duties\n赵,registrar,reviewer counsellor\n钱,department_head,\n{last},vice_president,\n"
)


@pytest.mark.parametrize(("last", "code"), [("孙", 0), ("钱", 1)])
def test_a_list_of_people_shows_who_is_missing(tmp_path: Path, last: str, code: int) -> None:
    """Three levels of signature, and one person for two of them."""
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE.format(last=last), encoding="utf-8")
    said = run("check", str(NCHU.parent / "sntcm-2025"), "--staff", str(file))

    assert said.exit_code == code
    assert ("nobody left" in said.stdout) == bool(code)


@pytest.mark.parametrize(
    "text", [b"name,office\n", "person,office,duties\n赵\n".encode(), "赵".encode("gb18030")]
)
def test_a_list_of_people_that_is_none_is_refused(tmp_path: Path, text: bytes) -> None:
    """Other columns, a row cut short, another encoding: nothing is checked with half a list."""
    file = tmp_path / "people.csv"
    file.write_bytes(text + b"x,y\n")
    said = run("check", str(NCHU), "--staff", str(file))

    assert said.exit_code == 2
    assert "person,office,duties" in said.stderr
