"""``roster`` on the command line: the verdict on a file, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.settings import read_settings
from tests.workflow.records.rosters import Row, as_csv, as_dbf, excel_of, number, student
from tests.world import picture
from web.commands.roster import roster
from workflow.upkeep.installation import create


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new installation on SQLite."""
    folder = tmp_path / "home"
    monkeypatch.setenv("KANWU_HOME", str(folder))
    create(read_settings(), "测试管理员")
    return folder


def bring(home: Path, data: bytes, *words: str, name: str = "roster.csv") -> Result:
    """Run ``roster import`` on a file."""
    file = home / name
    file.write_bytes(data)
    return CliRunner().invoke(roster, ["import", str(file), *words])


def verdict(home: Path, data: bytes, *words: str) -> dict[str, object]:
    """The JSON that ``roster import`` prints."""
    said: dict[str, object] = json.loads(bring(home, data, "--json", *words).stdout)
    return said


ROWS: list[Row] = [student(1), student(2, XM="黄?")]


def test_json_has_exactly_the_promised_shape(home: Path) -> None:
    """Programs get counts and findings, each with row, column, code and words, and nothing else."""
    said = verdict(home, as_csv(ROWS))
    assert list(said) == ["rows", "new", "changed", "unchanged", "locked", "flagged", "refused"]
    assert [said[name] for name in ("rows", "new", "changed", "unchanged", "refused")] == [2, 2, 0, 0, []]
    assert isinstance(said["flagged"], list)
    assert [list(one) for one in said["flagged"]] == [["row", "column", "code", "says"]]
    assert (said["flagged"][0]["row"], said["flagged"][0]["column"]) == (3, "XM")


@pytest.mark.parametrize(
    "data", [as_csv(ROWS, "gb18030"), excel_of(ROWS), as_dbf(ROWS)], ids=["csv", "xlsx", "dbf"]
)
def test_second_run_changes_nothing(home: Path, data: bytes) -> None:
    """The same file again is read, and nothing changes."""
    assert verdict(home, data)["new"] == 2
    again = verdict(home, data)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)


def test_dry_run_writes_nothing(home: Path) -> None:
    """A dry run counts the rows as new, twice."""
    assert verdict(home, as_csv(ROWS), "--dry-run") == verdict(home, as_csv(ROWS), "--dry-run")
    assert verdict(home, as_csv(ROWS), "--dry-run")["new"] == 2


def test_refused_file_ends_with_status_one_and_nothing_written(home: Path) -> None:
    """A refused row is listed, the exit status is 1, and a dry run with it too."""
    bad = [student(1), student(2, XJZT="在学")]
    for words in ((), ("--dry-run",)):
        done = bring(home, as_csv(bad), *words)
        assert done.exit_code == 1
        assert "第 3 行" in done.stdout
        assert "未知的学籍状态“在学”" in done.stdout
        assert "未写入" in done.stderr
    assert verdict(home, as_csv([student(1)]))["new"] == 1


def test_unreadable_file_is_said_in_one_line(home: Path) -> None:
    """A file that is no roster ends with status 1 and one sentence, without a traceback."""
    for data in (b"", b"<html>", as_csv([{"A": "1"}])):
        done = bring(home, data, "--json")
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1


def test_columns_that_are_not_kept_are_said(home: Path) -> None:
    """Unknown and missing columns and deleted records are said beside the verdict."""
    rows = [{name: cell for name, cell in student(n).items() if name != "SFZH"} | {"BZ": "x"} for n in (1, 2)]
    done = bring(home, as_dbf(rows, deleted=[1]))
    assert "BZ（1 个非空单元格" in done.stderr
    assert "SFZH 证件号码" in done.stderr
    assert "跳过已标记删除的记录 / records marked as deleted, left out: 1" in done.stderr


def test_as_of_is_the_day_of_the_data(home: Path) -> None:
    """Values of a later day stay when a file of an earlier day is brought in afterwards."""
    verdict(home, as_csv([student(1)]), "--as-of", "2024-11-16")
    older = verdict(home, as_csv([student(1, FY="另一学院")]), "--as-of", "2024-10-16")
    assert (older["changed"], older["unchanged"]) == (0, 1)


def test_planted_id_number_appears_nowhere(home: Path) -> None:
    """An ID number is in no output and in no byte of the database's files, whatever is wrong with its row."""
    planted = [number(serial=serial) for serial in (31, 33, 35, 37)]
    said = ""
    for rows in (
        [student(1, SFZH=planted[0]), student(2, SFZH=planted[1], XB="女", CSRQ="20060505")],
        [student(1, SFZH=planted[2]), student(3, SFZH=planted[1])],
        [
            student(4, SFZH=planted[3]),
            student(5, SFZH=planted[3]),
            student(6, XJZT=planted[3], XZ=planted[3]),
        ],
    ):
        for words in (("--dry-run",), ("--json",), ()):
            done = bring(home, as_csv(rows), *words, name=f"{planted[0]}.csv")
            assert isinstance(done.exception, (SystemExit, type(None)))
            said += (done.stdout + done.stderr).replace(f"{planted[0]}.csv", "")
    (home / f"{planted[0]}.csv").unlink()
    files = [path for path in home.rglob("*") if path.is_file() and "kanwu.db" in path.name]
    kept = b"".join(path.read_bytes() for path in files)
    assert student(1)["KSH"].encode() in kept
    for full in planted:
        assert full not in said
        assert full.encode() not in kept


def test_photos_are_taken_from_a_folder(home: Path, tmp_path: Path) -> None:
    """Photos named by number are taken once; files of nobody are listed and end with status 1."""
    verdict(home, as_csv([student(1)]))
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / f"{student(1)['KSH']}.jpg").write_bytes(picture())
    assert "taken: 1" in CliRunner().invoke(roster, ["photos", str(folder)]).stdout
    (folder / "990000200605040014.jpg").write_bytes(picture())
    again = CliRunner().invoke(roster, ["photos", str(folder)])
    assert (again.exit_code, "unchanged: 1" in again.stdout) == (1, True)
    assert "990000200605040014" not in again.stdout
