"""The archive of a campaign opens, is whole and can be checked without us."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select, update

from tests.workflow.campaigns.colleges.test_attestation import sign
from tests.workflow.outgoing.batches.waiting import frozen, seen, send, waits, world_with_a_province
from tests.world import NAME, SEEN, World
from web.registrar.outgoing.page_words import PageWords
from workflow.campaigns.closing import close_campaign
from workflow.campaigns.progress.bulletin import latest_moment, publish
from workflow.campaigns.tables import BulletinRow
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Campaign, Case, Claim
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry, commitment
from workflow.history.ledger import erase_openings
from workflow.history.tables import EntryRow, RuleRow
from workflow.outgoing.archive.campaign import (
    ArchivedCampaign,
    ArchiveMaking,
    why_no_archive,
    write_archive,
)
from workflow.outgoing.jobs.seen import jobs_about
from workflow.outgoing.jobs.tables import ExportJob
from workflow.people.cipher import Cipher
from workflow.people.standing_in import declare
from workflow.store import Store
from workflow.upkeep.installation import Installation

pytestmark = pytest.mark.one_database


@pytest.fixture
def campaign(world: World) -> str:
    """A closed campaign: one name corrected, one claim refused, one student excluded, one silent."""
    corrected, refused, left, _ = (world.record(xm=name) for name in ("张三丰", "李四光明", "王五", "赵六"))
    campaign = world.open_campaign()
    world.file(corrected, NAME)
    world.file(refused, ClaimFiled("XM", "admission_error", "=1+1甲"))
    for record, outcome in ((corrected, "corrected"), (refused, "refused")):
        case = world.case_of(record)
        world.do(case, "take_up", world.staff["reviewer"])
        if outcome == "corrected":
            said = {"claim": world.case(case).claims[0].id, "how": "original", "seen_on": SEEN}
            world.do(case, "verify", world.staff["reviewer"], **said, words="原件在档案馆")
        world.settle_all(case, outcome)
    world.do(world.case_of(corrected), "correct", world.staff["reviewer"], words="平台上已经显示")
    refusal = {"refusal": "evidence_does_not_prove", "words": "材料不足以证明"}
    world.do(world.case_of(refused), "reject", world.staff["reviewer"], **refusal)
    world.do(world.case_of(left), "exclude", world.staff["registrar"], code="on_leave", words="休学一年")
    world.at(datetime(2024, 11, 8, 10, tzinfo=SHANGHAI))
    sign(world, campaign, world.staff["officer"])
    with world.place.store.writing() as session:
        moment = latest_moment(world.clock.moment)
        publish(world.place.engine, session, campaign, world.staff["registrar"], moment.date(), moment)
    close_campaign(world.place.engine, world.place.store, campaign, SYSTEM)
    return campaign


def archive(world: World, app: Flask, campaign: str) -> tuple[ArchivedCampaign, bytes]:
    """Make the archive. Returns its counts and its bytes."""
    out = io.BytesIO()
    with app.test_request_context(), world.place.store.reading() as session:
        making = ArchiveMaking(world.place.cipher, PageWords(), world.clock.moment, "导出标记")
        made = write_archive(session, making, campaign, out, lambda n: None, cards=True)
    return made, out.getvalue()


def altered(data: bytes, path: str) -> bytes:
    """The same zip with one byte more in one of its files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b"." if name == path else b""))
    return out.getvalue()


def checked(data: bytes, folder: Path) -> str:
    """What sha256sum says of the unpacked zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        packed.extractall(folder)
    told = subprocess.run(
        ["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False
    )
    return told.stdout


def test_an_archive_is_whole_and_shows_any_change(
    world: World, app: Flask, campaign: str, tmp_path: Path
) -> None:
    """Entries are the ledger's bytes, values match their commitments, erased ones are in no file, sums hold."""
    with world.place.store.writing() as session:
        erased = world.case_of(f"{2:032x}").id
        gone = erase_openings(session, erased)
    made, data = archive(world, app, campaign)
    packed = zipfile.ZipFile(io.BytesIO(data))
    names = packed.namelist()
    listed = [line.split("  ")[1] for line in packed.read("SHA256SUMS").decode().splitlines()]
    assert sorted([*listed, "SHA256SUMS"]) == sorted(names) and all(name.isascii() for name in names)
    assert checked(data, tmp_path / "whole") == ""
    assert "lists/claims.csv: FAILED" in checked(altered(data, "lists/claims.csv"), tmp_path / "altered")

    bodies = packed.read("history/entries.jsonl").splitlines()
    told = {(one.subject, one.number): one for one in map(Entry.from_body, bodies)}
    with world.place.store.reading() as session:
        theirs = select(EntryRow.body).where(EntryRow.subject.in_({subject for subject, _ in told}))
        assert sorted(bodies) == sorted(session.scalars(theirs)) and len(bodies) == made.entries
        kept = {row.digest: row.text for row in session.scalars(select(RuleRow))}
    lifecycles = {Entry.from_body(body).lifecycle for body in bodies}
    assert len(lifecycles) == 3 and {f"rules/{digest}.json" for digest in lifecycles} <= set(names)
    for name in (one for one in names if one.startswith("rules/") and one.count("/") == 1):
        assert packed.read(name) == kept[name[6:-5]]
    for one in map(json.loads, packed.read("history/openings.jsonl").splitlines()):
        promised = told[one["subject"], one["number"]].values[one["name"]]
        if one.get("erased"):
            assert one["subject"] == erased and "value" not in one
            gone -= 1
        else:
            assert commitment(bytes.fromhex(one["salt"]), one["name"], one["value"]) == promised
    assert gone == 0 and not any("1+1甲" in packed.read(name).decode() for name in names)


def test_the_lists_of_an_archive_say_what_became_of_everybody(
    world: World, app: Flask, campaign: str
) -> None:
    """Every student of the cohort with their outcome, every claim with its values, exclusions, signed lists."""
    made, data = archive(world, app, campaign)
    packed = zipfile.ZipFile(io.BytesIO(data))
    assert "<td>归档时还没有办结的申请</td><td>0</td>" in packed.read("index.html").decode()

    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(packed.read(f"lists/{name}.csv").decode("utf-8-sig"))))

    assert made == ArchivedCampaign(4, 2, 4, 4, made.entries, 0)
    assert [(one["姓名"], one["结果"], one["不计入原因"]) for one in rows("students")] == [
        ("测试甲", "已更正", ""), ("李四光明", "不予更正", ""), ("王五", "未核对", "休学"), ("赵六", "未核对", ""),
    ]  # fmt: skip
    assert all(len(one["考生号"]) == 15 and one["考生号"].endswith("\t") for one in rows("students"))
    claims = [(one["项目"], one["原来的值"], one["申请改为"], one["结果"]) for one in rows("claims")]
    assert claims == [("姓名", "张三丰", "测试甲", "已更正"), ("姓名", "李四光明", "'=1+1甲", "不予更正")]
    (left,) = rows("exclusions")
    assert (left["姓名"], left["原因"], left["说明"]) == ("王五", "休学", "休学一年")
    assert [(one["班级"], one["人数"]) for one in rows("cards")] == [("240101", "4")]
    cards = packed.read("cards/0001.html").decode()
    assert cards.count("<article") == 4 and "更正 " in cards and "data:" not in cards
    (one,) = rows("verifications")
    assert (one["姓名"], one["项目"], one["核验方式"], one["核验日期"]) == (
        "测试甲", "姓名", "查看原件", "2024-10-25",
    )  # fmt: skip
    assert "原件在档案馆" in packed.read("history/openings.jsonl").decode()
    (signed,) = rows("signatures")
    assert (signed["学院"], signed["签认"]) == ("测试学院", "已签认")
    with world.place.store.reading() as session:
        (published,) = session.scalars(select(BulletinRow))
        (bulletin,) = (name for name in packed.namelist() if name.startswith("bulletins/") and "json" in name)
        assert hashlib.sha256(packed.read(bulletin)).hexdigest() == published.digest
        papers = {one.digest for one in session.scalars(select(Evidence))}
    assert {one["SHA-256"] for one in rows("papers")} == papers
    assert "办结活动" in packed.read("history/timeline-0001.html").decode()
    with app.test_request_context():
        found = [PageWords().value(name) for name in ("found", "person", "file", "XM.variant", "XM.old")]
    assert found == ["核验情况", "答复人", "文件", "姓名 · 情形", "姓名 · 旧值"]


def test_the_batches_with_which_its_claims_went_are_in_an_archive(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
    pages: Callable[[Installation], Flask],
) -> None:
    """The history of a batch leaves as bytes and to read, with its letter's number, and no words about who is not in it."""
    world = world_with_a_province(store, cipher, clock, entropy, tmp_path)
    ours, others = waits(world, 2)
    batch = frozen(world, (ours, others))
    for claim, words in ((ours, "公章不清"), (others, "别的活动的学生")):
        world.do(batch, "ask_out", world.staff["registrar"], claims=(claim,), words=words)
        world.do(batch, "decline_out", world.staff["second_reviewer"], claims=(claim,))
    world.do(batch, "agree", world.staff["second_reviewer"])
    send(world, batch)
    with store.writing() as session:
        case = select(Claim.case_id).where(Claim.id == others).scalar_subquery()
        session.execute(update(Case).where(Case.id == case).values(campaign_id=None))
    with store.reading() as session:
        campaign = session.scalars(select(Campaign.id)).one()
        kept = session.scalars(select(EntryRow.body).where(EntryRow.subject == batch.id)).all()
    _, data = archive(world, pages(world.place), campaign)
    packed = zipfile.ZipFile(io.BytesIO(data))
    assert kept and set(kept) <= set(packed.read("history/entries.jsonl").splitlines())
    told = packed.read("history/timeline-0001.html").decode()
    assert f"报送批次 {seen(world, batch).number}" in told and "登记已报送" in told
    whole = told + packed.read("history/openings.jsonl").decode()
    assert whole.count("公章不清") == 2 and "别的活动的学生" not in whole


def test_an_open_campaign_is_not_archived(world: World, campaign: str) -> None:
    """A campaign that still runs is refused, and so is a relative of a student; who is one later had it before."""
    by = world.staff["registrar"]
    with world.place.store.writing() as session:
        assert why_no_archive(session, campaign, frozenset({by.person})) == []
        declare(session, by, f"{4:032x}", world.clock.moment, world.place.entropy)
        session.execute(update(Campaign).values(state="open"))
        barred = why_no_archive(session, campaign, frozenset({by.person}))
        made = {"made_by": by.person, "role": "registrar", "sealed": b"", "made_at": world.clock.moment}
        done = {"approved_at": world.clock.moment, "digest": "d" * 64, "campaign_id": campaign}
        for id, what in (("a" * 32, "archive"), ("b" * 32, "phone")):
            session.add(ExportJob(id=id, what=what, purpose="archive", **made, **done))
        session.flush()
        found = session.scalars(jobs_about(f"{4:032x}")).all()
    assert [one.code for one in barred] == ["archive_still_open", "archive_one_of_theirs"]
    assert found == ["a" * 32]


def test_an_archive_opens_with_a_browser_alone(
    world: World, app: Flask, campaign: str, context: BrowserContext, tmp_path: Path
) -> None:
    """From the unpacked index each list, letter, entry and sum is reached, no page runs a script, a letter prints."""
    _, data = archive(world, app, campaign)
    folder = tmp_path / "archive"
    assert checked(data, folder) == ""
    page, seen, waiting = context.new_page(), set[str](), [(folder / "index.html").as_uri()]
    linked = {folder / "index.html"}
    while waiting:
        address = waiting.pop()
        seen.add(address)
        page.goto(address)
        expect(page.locator(".mark")).to_have_text("导出标记")
        assert page.locator("script, [style], [onclick]").count() == 0
        for link in page.locator("a").evaluate_all("all => all.map(one => one.href)"):
            linked.add(Path(link.removeprefix("file://")))
            if link.endswith(".html") and link not in seen | set(waiting):
                waiting.append(link)
    # the school's own files stand beside the rules' texts, whose page says where
    files = {one for one in folder.rglob("*") if one.is_file() and one.suffix not in (".css", ".toml")}
    assert linked == files and {one.name for one in files} >= {"SHA256SUMS", "entries.jsonl", "claims.csv"}
    page.goto((folder / "letters/2024-000003.html").as_uri())
    expect(page.get_by_role("heading", name="学籍信息更正决定书")).to_be_visible()
    assert page.pdf().count(b"/Type /Page\n") == 1
