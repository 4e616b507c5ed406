"""A student's card, and the file that goes with a student who changes to another school."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from tests.web.browsing import Browser
from tests.web.counting import counted
from tests.world import NAME, World, picture
from workflow.cases.claims import ClaimFiled
from workflow.cases.ending.enrolment import follow_standing
from workflow.cases.filing.receipts import spoken
from workflow.cases.tables import Case
from workflow.engine import Ref
from workflow.history.entry import Entry, commitment
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.outgoing.archive.card import card_of, cards_of
from workflow.outgoing.jobs.seen import jobs_about
from workflow.people.standing_in import declare
from workflow.people.tables import Access, Relation
from workflow.records.photos import Put, take_photos
from workflow.records.tables import Record, RecordChange

pytestmark = pytest.mark.one_database
Staff = Callable[[str], Browser]
CARDS = "/registrar/cards"
ID_NUMBER = "990000200605041552"
LEAVES = {"words": "移交给测试大学，依据转学批复〔2024〕7 号"}


@pytest.fixture
def record(world: World) -> str:
    """Somebody whose name was corrected, with a later case that is still open, and a classmate who filed too."""
    record, other = world.record(number=ID_NUMBER, xm="张三丰"), world.record(xm="李四光明")
    world.open_campaign()
    world.file(other, ClaimFiled("XM", "admission_error", "李四光"))
    world.file(record, NAME)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    world.do(case, "note", world.staff["reviewer"], words="只给同事看的备注")
    asked = {"how": "person", "seen_on": world.clock.moment.date(), "words": "王五（招生办）说与档案一致"}
    world.do(case, "verify", world.staff["reviewer"], claim=world.case(case).claims[0].id, **asked)
    world.settle_all(case, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="平台上已经显示")
    return record


def leaves(world: World, record: str) -> None:
    """The record says that its student changed to another school."""
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xjzt="转学(转出)"))
        follow_standing(world.place.engine, session, record, ("XJZT",))


def test_a_card_says_where_each_value_is_from(world: World, as_staff: Staff, record: str) -> None:
    """Each value with source and day, each correction with rule and letter; a number of now or before only for a reason."""
    registrar = as_staff("registrar")
    registrar.get(CARDS)
    assert registrar.send(CARDS, said="999").codes == ["no_such_student"]
    registrar.get(CARDS)
    assert registrar.send(CARDS, said="240100001").location == f"{CARDS}/{record}"
    page = registrar.follow()
    receipt = spoken(world.row(world.case_of(record)).receipt or "")
    corrected = f"更正 {receipt} · 录取时就填错了 · 航大教学籍〔2024〕2号 · 学校规则"
    for words in (f"姓名 测试甲 更正 {receipt} 2024年10月25日", "性别 男 test.csv 2024年10月16日", corrected):
        assert words in page.text, words
    assert ID_NUMBER not in page.html and "9****************2" in page.html
    assert (
        registrar.send("/number", why="").codes == ["look_without_reason"]
        and ID_NUMBER not in registrar.page.html
    )
    assert ID_NUMBER in registrar.send("/number", why="check_identity").html
    with world.place.store.writing() as session:
        kept = session.get_one(Record, record)
        sealed = world.place.cipher.seal(ID_NUMBER, table="record_change", column="old", row="c" * 32)
        of = {"id": "c" * 32, "record_id": record, "field": "SFZH", "number": 99, "old_sealed": sealed}
        source = {"import_id": kept.source_id, "old_import_id": kept.source_id, "at": world.clock.moment}
        session.add(RecordChange(**of, **source))
        kept.sfzh = kept.sfzh_index = None
    page = registrar.get(f"{CARDS}/{record}")
    assert ID_NUMBER not in page.html and "9****************2" in page.html
    assert ID_NUMBER in registrar.send("/number", why="check_identity").html
    with world.place.store.reading() as session:
        asked = select(Access.what, Access.allowed).where(Access.subject == record).order_by(Access.id)
        looks = [what for what, allowed in session.execute(asked) if allowed]
    assert looks.count("reveal:SFZH") == 2 and looks.index("card") < looks.index("reveal:SFZH")


def handed_over(world: World, registrar: Browser, second: Browser, job: str) -> dict[str, bytes]:
    """The files of a hand-over that a second person approved."""
    second.sit_down(world, world.staff["second_reviewer"].person)
    second.get(job)
    assert second.send("/approve").status == 303, second.page.codes
    registrar.get(job)
    answer = registrar.send("/file").response
    assert answer.headers["Content-Disposition"].endswith('.zip"')
    packed = zipfile.ZipFile(io.BytesIO(answer.data))
    return {name: packed.read(name) for name in packed.namelist()}


def test_the_file_that_goes_with_a_student_has_nothing_of_another(
    world: World, as_staff: Staff, record: str
) -> None:
    """After a second person agreed, the student is told, and gets told what ends here; nothing internal leaves."""
    registrar, second, student = as_staff("registrar"), as_staff("second_reviewer"), world.student(record)
    case = world.case_of(record)
    world.at(world.clock.moment + timedelta(days=1))
    world.file(record, ClaimFiled("XM", "admission_error", "测试乙"))
    leaves(world, record)
    registrar.sit_down(world, world.staff["registrar"].person)
    registrar.get(f"{CARDS}/{record}")
    assert registrar.send("/hand-over", **LEAVES).status == 303, registrar.page.codes
    read = handed_over(world, registrar, second, registrar.page.location)

    index = read["index.html"].decode()
    assert "姓名因学籍变动在本校终止" in index and "测试甲" in index and ID_NUMBER in index
    assert [name for name in read if name.startswith("papers/")] and read["papers/1.jpg"] == picture()
    assert "学籍信息更正决定书" in read["letters/2024-000002.html"].decode()
    everything = b"".join(read.values()).decode("utf-8", "replace")
    for strange in ("李四光", "240100002", f"{2:032x}", "只给同事看的备注", "测试审核人", "王五"):
        assert strange not in everything, strange
    entries = [Entry.from_body(body) for body in read["history/entries.jsonl"].splitlines()]
    with world.place.store.reading() as session:
        theirs = set(session.scalars(select(Case.id).where(Case.record_id == record)))
        kept = session.scalars(select(EntryRow.body).where(EntryRow.subject.in_(theirs))).all()
        told = session.scalars(select(Notice.record_id).where(Notice.event == "handed_over")).all()
        seen = session.scalars(select(Access.subject).where(Access.what == "handed_over")).all()
    assert sorted(one.body for one in entries) == sorted(kept) and list(told) == [record]
    assert list(seen) == [record] and case.id in theirs and student.person not in index
    values = {(one.subject, one.number): one.values for one in entries}
    for one in map(json.loads, read["history/openings.jsonl"].splitlines()):
        promised = values[one["subject"], one["number"]][one["name"]]
        assert (
            one.get("withheld")
            or commitment(bytes.fromhex(one["salt"]), one["name"], one["value"]) == promised
        )


def test_who_is_no_transfer_is_handed_over_for_a_reason_alone(
    world: World, as_staff: Staff, record: str
) -> None:
    """Another status, a decision or a way to one of which nobody was told, and a relation, ended or not: it does not leave."""
    registrar, hand_over = as_staff("registrar"), f"{CARDS}/{record}/hand-over"
    page = registrar.get(f"{CARDS}/{record}")
    assert "还可以撤销" in page.text
    assert "hand_over_held_back" in registrar.post(hand_over, csrf_token=registrar.token, **LEAVES).codes
    world.at(world.clock.moment + timedelta(days=1))
    registrar.sit_down(world, world.staff["registrar"].person)
    registrar.get(f"{CARDS}/{record}")
    assert registrar.send("/hand-over", **LEAVES).codes == ["hand_over_not_transferred"]
    with world.place.store.writing() as session:
        declare(session, world.staff["registrar"], record, world.clock.moment, world.place.entropy)
    registrar.get(f"{CARDS}/{record}")
    refused = registrar.post(hand_over, csrf_token=registrar.token, what="anyway", **LEAVES)
    assert refused.codes == ["hand_over_theirs"]
    with world.place.store.writing() as session:
        session.execute(update(Relation).values(ended_at=world.clock.moment))
    registrar.get(f"{CARDS}/{record}")
    shown = registrar.send("/number", why="check_identity")
    assert shown.codes == ["related"] and ID_NUMBER not in shown.html
    with world.place.store.writing() as session:
        session.execute(delete(Relation))
    case = Ref("case", world.file(record, ClaimFiled("XM", "admission_error", "测试乙")).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused", words="还没有告诉本人的理由")
    registrar.get(f"{CARDS}/{record}")
    assert registrar.send("/hand-over", what=["anyway"], **LEAVES).status == 303
    second, job = as_staff("second_reviewer"), registrar.page.location
    with world.place.store.writing() as session:
        declare(session, world.staff["second_reviewer"], record, world.clock.moment, world.place.entropy)
    second.sit_down(world, world.staff["second_reviewer"].person)
    page = second.get(job)
    assert "与其有利害关系的学生" in page.text
    assert second.post(f"{job}/approve", csrf_token=second.token).codes == ["hand_over_theirs"]
    with world.place.store.writing() as session:
        session.execute(delete(Relation))
    read = handed_over(world, registrar, second, job)
    assert "还没有告诉本人的理由" not in b"".join(read.values()).decode("utf-8", "replace")


def test_the_cards_of_a_class_are_one_document_with_a_page_and_a_photo_each(
    world: World, as_staff: Staff, record: str, tmp_path: Path
) -> None:
    """A second person agrees; numbers are whole, each page bears the mark, the download its rows, students read of it."""
    photo = tmp_path / "240100001.jpg"
    photo.write_bytes(picture())
    place, at = world.place, world.clock.moment
    with place.store.writing() as session:
        put: Put = lambda record, data: place.evidence.put(session, record, data)[0]  # noqa: E731
        take_photos(session, [photo], put, as_of=at.date(), now=at, entropy=place.entropy)
    strange = world.record(bh="240201", xm="周七")
    registrar, second = as_staff("registrar"), as_staff("second_reviewer")
    said = {"purpose": "archive", "words": "毕业班纸质档案"}
    assert "不并入本校的记录" in registrar.get(CARDS).text
    assert registrar.send(f"{CARDS}/class", class_name="没有的班", **said).codes == ["export_no_class"]
    job = registrar.send(f"{CARDS}/class", class_name="240101", **said).location
    second.get(job)
    assert "240101" in second.page.text and second.send("/approve").status == 303, second.page.codes
    registrar.get(job)
    answer = registrar.send("/file").response
    page = answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"].endswith('.html"')
    assert page.count("<article") == page.count("导出 ") == 2 and page.count("data:image/jpeg") == 1
    assert ID_NUMBER in page and "李四光明" in page and "周七" not in page and "http" not in page
    with place.store.reading() as session:
        taken = session.scalars(select(Access.what).where(Access.what.startswith("export:file"))).all()
        assert list(taken) == ["export:file 1-2"]
        in_it = [bool(session.scalars(jobs_about(one)).all()) for one in (record, strange)]
    assert in_it == [True, False]


def test_a_class_is_read_at_once(world: World) -> None:
    """The statements for the cards of a class are as many as for one, and each card is the one that stands alone."""
    records = [world.record() for _ in range(4)]
    store, cipher = world.place.store, world.place.cipher
    with counted(store) as one, store.reading() as session:
        alone = card_of(session, cipher, records[0])
    with counted(store) as all_of_them, store.reading() as session:
        cards = cards_of(session, cipher, records)
    assert len(cards) == 4 and cards[0] == alone and len(all_of_them) == len(one) > 0
