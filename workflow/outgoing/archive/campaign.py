"""The archive of a campaign: lists, letters, bulletins, history, and the rules that judged, in one zip.

It holds what the school can be asked for twenty years later, and opens with a zip program and a browser.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.campaign import CAMPAIGN, CANCELLED, CLOSED
from workflow.campaigns.progress.board import COLUMNS, BoardLine
from workflow.campaigns.progress.bulletin import Bulletin, bulletins
from workflow.campaigns.tables import Attestation, BulletinRow, Chase
from workflow.cases.batches import Batch, BatchLine
from workflow.cases.claims import opened
from workflow.cases.tables import UNDECIDED, Campaign, Case, Claim, Verification
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry
from workflow.history.ledger import open_words
from workflow.history.rulebook import RuleText, lifecycles, text_of
from workflow.history.tables import EntryRow, Opening
from workflow.letters.register import LetterGiven
from workflow.letters.tables import LetterRow
from workflow.outgoing.archive.bundle import Bundle
from workflow.outgoing.archive.cards import CardsMaking, written_cards
from workflow.outgoing.archive.histories import (
    ERASED,
    TIMELINE,
    Collected,
    ToldSubject,
    bodies,
    names_of,
    opened_lines,
    timelines,
)
from workflow.outgoing.archive.pages import (
    LETTER_STYLE,
    ArchiveSheet,
    begin_page,
    end_page,
    put_sheet,
    styled,
    table,
)
from workflow.outgoing.archive.readme import CHECKING, CONTENTS
from workflow.outgoing.archive.wording import Wording
from workflow.people.cipher import Cipher
from workflow.people.standing_in import ever_related
from workflow.permissions.tables import Permission
from workflow.records.tables import Record
from workflow.store import as_text
from workflow.verdict import Reason

FINISHED = (CLOSED, CANCELLED)
STILL_OPEN = Reason(
    "archive_still_open",
    "这次自查活动还没有结束，不能归档。",
    remedy="请等活动办结或取消以后再提出。",
)
ONE_OF_THEIRS = Reason(
    "archive_one_of_theirs",
    "这次自查活动里有与提出或批准的人有利害关系的学生。归档不能缺人，所以不能由他们提出或批准。",
    remedy="请没有利害关系的学籍管理员提出，由另一位没有利害关系的人批准。",
)
Tell = Callable[[int], None]
"""Told how many students are done."""


@dataclass(frozen=True, slots=True)
class ArchiveMaking:
    """What making an archive needs: cipher and words, the moment, and the mark of its job."""

    cipher: Cipher
    wording: Wording
    at: datetime
    mark: str


@dataclass(frozen=True, slots=True)
class ArchivedCampaign:
    """What is in an archive."""

    students: int
    claims: int
    letters: int
    papers: int
    entries: int
    erased: int


def why_no_archive(session: Session, campaign: str, people: frozenset[str]) -> list[Reason]:
    """Every reason why this campaign cannot be archived now by these people."""
    reasons: list[Reason] = []
    kept = session.get(Campaign, campaign)
    if kept is not None and kept.state not in FINISHED:
        reasons.append(STILL_OPEN)
    theirs = select(Case.id).where(Case.campaign_id == campaign, Case.record_id.in_(ever_related(people)))
    if session.scalar(theirs.limit(1)) is not None:
        reasons.append(ONE_OF_THEIRS)
    return reasons


def write_archive(
    session: Session, making: ArchiveMaking, campaign: str, out: IO[bytes], tell: Tell, *, cards: bool = False
) -> ArchivedCampaign:
    """Write the archive of a campaign as a zip, with the students' cards if they were asked for."""
    kept = session.get_one(Campaign, campaign)
    return _Writing(session, making, kept, Bundle(out, making.at), tell).write(cards)


class _Writing:
    """One archive while it is written."""

    def __init__(
        self, session: Session, making: ArchiveMaking, campaign: Campaign, bundle: Bundle, tell: Tell
    ) -> None:
        self.session, self.making, self.campaign = session, making, campaign
        self.bundle, self.tell = bundle, tell
        self.said = making.wording.said
        self.collected = Collected()
        self.lives = lifecycles(session)
        self.listed: list[tuple[str, ArchiveSheet]] = []
        self.cases = self._cases()
        self.named = {one.id: f"{one.xh or one.ksh} {one.xm}" for one in self.cases}

    def write(self, cards: bool) -> ArchivedCampaign:
        """All of it, in the order in which the table of contents names it."""
        styled(self.bundle)
        self.bundle.add(LETTER_STYLE, self.making.wording.letter_style)
        parts = self._history()
        letters = self._letters()
        papers = self._papers()
        claims = self._claims()
        for sheet in (self._students(), claims, self._exclusions(), self._signatures(), letters, papers):
            self._put(sheet)
        self._put(self._verifications())
        if cards:
            self._put(self._cards())
        published = list(self._bulletins())
        self._put(self._people())
        self._put(self._rules())
        counts = ArchivedCampaign(
            students=len(self.cases),
            claims=len(claims.rows),
            letters=len(letters.rows),
            papers=len(papers.rows),
            entries=self.collected.entries,
            erased=len(self.collected.erased),
        )
        self._index(published, parts, counts)
        self.bundle.add("README.txt", CHECKING)
        self.bundle.close()
        return counts

    def _put(self, sheet: ArchiveSheet) -> None:
        put_sheet(self.bundle, sheet, self.making.mark)
        self.listed.append((f"lists/{sheet.name}.html", sheet))

    # -- who and what -----------------------------------------------------------------------------------

    def _cases(self) -> list[Any]:
        one, case = Record, Case
        asked = (
            select(
                case.id, one.id.label("record"), one.fy, one.bh, one.xh, one.ksh, one.xm, case.state,
                case.manner, case.excluded, case.confirmed_on, case.receipt, case.filed_at, case.proxy_role,
                case.decided_at, case.ruling, case.policy,
            )
            .join(one, one.id == case.record_id)
            .where(case.campaign_id == self.campaign.id)
            .order_by(one.fy, one.bh, one.xh, one.id)
        )  # fmt: skip
        return list(self.session.execute(asked).all())

    def _students(self) -> ArchiveSheet:
        rows = []
        for number, one in enumerate(self.cases, 1):
            self._speak_by(one.policy)
            rows.append(
                (
                    str(number),
                    *_whose(one),
                    self.said("state", one.state),
                    self.said("manner", one.manner),
                    self.said("excluded", one.excluded),
                    _day(one.confirmed_on),
                    one.receipt or "",
                    _moment(one.filed_at),
                    self.said("filed_in_role", one.proxy_role),
                    _moment(one.decided_at),
                    self.said("refusal", one.ruling),
                )
            )
            self.tell(number)
        return ArchiveSheet(
            "students",
            ("学生名单", "All students"),
            (
                "序号", *WHOSE, "结果", "核对方式", "不计入原因", "核对日期", "申请编号", "提出时间",
                "代为提出者的身份", "办结时间", "理由",
            ),
            rows,
        )  # fmt: skip

    def _claims(self) -> ArchiveSheet:
        of_case = {one.id: one for one in self.cases}
        asked = (
            select(Claim)
            .join(Case, Case.id == Claim.case_id)
            .where(Case.campaign_id == self.campaign.id)
            .order_by(Claim.filed_at, Claim.id)
        )
        rows = []
        for claim in self.session.scalars(asked):
            case = of_case[claim.case_id]
            self._speak_by(case.policy)
            values = zip(("old", "new"), opened(self.making.cipher, claim), strict=True)
            old, new = (
                ERASED if (case.id, f"{claim.field}.{side}") in self.collected.erased else value
                for side, value in values
            )
            rows.append(
                (
                    case.receipt or "",
                    *_whose(case),
                    self.said("field", claim.field),
                    old,
                    new,
                    self.said("cause", claim.cause),
                    self.said("variant", claim.variant),
                    _day(claim.event_date),
                    _moment(claim.filed_at),
                    self.said("outcome", claim.outcome, "claims"),
                    self.said("refusal", claim.ruling),
                    _day(claim.seen_on),
                    _moment(claim.ended_at),
                )
            )
        return ArchiveSheet(
            "claims",
            ("更正事项", "Claims"),
            (
                "申请编号", *WHOSE, "项目", "原来的值", "申请改为", "错误原因", "情形", "变更日期",
                "提出时间", "结果", "理由", "平台显示更正后信息的日期", "办结时间",
            ),
            rows,
        )  # fmt: skip

    def _exclusions(self) -> ArchiveSheet:
        of_case = {one.id: one for one in self.cases if one.excluded}
        last: dict[str, tuple[Entry, str]] = {}
        asked = (
            select(EntryRow.body, Opening.sealed)
            .join(Case, Case.id == EntryRow.subject)
            .outerjoin(
                Opening,
                (Opening.subject == EntryRow.subject)
                & (Opening.number == EntryRow.number)
                & (Opening.name == "words"),
            )
            .where(Case.campaign_id == self.campaign.id, Case.excluded != "")
            .where(EntryRow.action == "exclude", EntryRow.number.is_not(None))
            .order_by(EntryRow.id)
        )
        for body, sealed in self.session.execute(asked):
            entry = Entry.from_body(body)
            words = open_words(self.making.cipher, entry.subject, entry.number, sealed)
            last[entry.subject] = entry, words
        who = names_of(self.session, sorted({entry.actor for entry, _ in last.values()}))
        rows = []
        for id, one in of_case.items():
            entry, words = last[id]
            by = " ".join(who.get(entry.actor, (self.said("role", entry.role), ""))).strip()
            rows.append(
                (
                    *_whose(one),
                    self.said("excluded", one.excluded),
                    words,
                    by,
                    entry.at[:19].replace("T", " "),
                )
            )
        return ArchiveSheet(
            "exclusions",
            ("不计入的学生", "Exclusions, with their reasons"),
            (*WHOSE, "原因", "说明", "由谁", "时间"),
            rows,
        )

    def _signatures(self) -> ArchiveSheet:
        asked = (
            select(Attestation)
            .where(Attestation.campaign_id == self.campaign.id)
            .order_by(Attestation.college, Attestation.since)
        )
        found = self.session.scalars(asked).all()
        who = names_of(self.session, sorted({one.signed_by for one in found if one.signed_by}))
        words = self._states_of("attestation")
        rows = [
            (
                one.college,
                words.get(one.state, one.state),
                " ".join(who.get(one.signed_by, ("", ""))).strip(),
                _moment(one.since),
                one.id,
            )
            for one in found
        ]
        return ArchiveSheet(
            "signatures",
            ("各学院签认", "The colleges' signatures"),
            ("学院", "签认", "签认人", "时间", "历史中的对象"),
            rows,
            "学院签认的名单在历史里：openings.jsonl 中该对象名为 list 的值，一行一人。",
        )

    def _papers(self) -> ArchiveSheet:
        asked = (
            select(Case.receipt, Record.fy, Record.bh, Record.xh, Record.ksh, Record.xm, Evidence)
            .join(Case, Case.id == Evidence.case_id)
            .join(Record, Record.id == Case.record_id)
            .where(Case.campaign_id == self.campaign.id)
            .order_by(Evidence.added_at, Evidence.id)
        )
        rows = []
        for one in self.session.execute(asked):
            paper = one.Evidence
            self.collected.rules |= {paper.notice} - {""}
            rows.append(
                (
                    one.receipt or "",
                    *_whose(one),
                    self.said("paper", paper.kind),
                    paper.media,
                    str(paper.size),
                    _moment(paper.added_at),
                    paper.digest,
                )
            )
        return ArchiveSheet(
            "papers",
            ("证明材料的摘要", "Digests of the papers"),
            ("申请编号", *WHOSE, "材料", "格式", "字节", "上传时间", "SHA-256"),
            rows,
            "材料本身不在归档内。摘要是学校所存密封文件的 SHA-256，历史条目里写的也是它。",
        )

    def _letters(self) -> ArchiveSheet:
        of_case = {one.id: one for one in self.cases}
        kept = LetterRow
        asked = (
            select(
                kept.case_id,
                kept.id,
                kept.kind,
                kept.word,
                kept.number,
                kept.given_at,
                kept.ended,
                kept.facts,
            )
            .join(Case, Case.id == kept.case_id)
            .where(Case.campaign_id == self.campaign.id)
            .order_by(kept.year, kept.number)
        )
        erased = {subject for subject, _ in self.collected.erased}
        rows = []
        for row in self.session.execute(asked).all():
            given, case = LetterGiven(*row[1:]), of_case[row.case_id]
            path = f"{given.given_at.year}-{given.number:06}.html"
            self._speak_by(case.policy)
            title = self.said("letter", given.kind)
            with self.bundle.member(f"letters/{path}") as file:
                begin_page(file, (f"{title} {given.spoken}", ""), "../", letter=True)
                if case.id in erased:
                    file.write(f"<p>{ERASED}</p>\n")
                else:
                    facts = given.facts(self.making.cipher)
                    file.write(self.making.wording.letter(facts, given.kind, given))
                end_page(file, self.making.mark)
            rows.append(
                (
                    (f"../letters/{path}", given.spoken or path),
                    title,
                    case.receipt or "",
                    *_whose(case),
                    _moment(given.given_at),
                    self.said("no_longer_because", given.ended),
                )
            )
        heads = "文号", "文书", "申请编号", *WHOSE, "时间", "不再有效的原因"
        return ArchiveSheet("letters", ("文书", "Letters"), heads, rows)

    def _verifications(self) -> ArchiveSheet:
        """What was verified of each case: how and when. Numbers and words are values of the history."""
        of_case = {one.id: one for one in self.cases}
        asked = (
            select(Verification, Claim.field, Evidence.kind)
            .join(Case, Case.id == Verification.case_id)
            .outerjoin(Claim, Claim.id == Verification.claim_id)
            .outerjoin(Evidence, Evidence.id == Verification.paper_id)
            .where(Case.campaign_id == self.campaign.id)
            .order_by(Verification.at, Verification.id)
        )
        found = self.session.execute(asked).all()
        who = names_of(self.session, sorted({one.Verification.seen_by for one in found}))
        rows = []
        for it, field, paper in found:
            case = of_case[it.case_id]
            self._speak_by(case.policy)
            rows.append(
                (
                    case.receipt or "",
                    *_whose(case),
                    self.said("field", field or ""),
                    self.said("paper", paper or ""),
                    self.said("verified_how", it.how),
                    _day(it.seen_on),
                    _day(it.returned_on),
                    " ".join(who.get(it.seen_by, ("", ""))).strip(),
                    _moment(it.at),
                    str(it.version),
                )
            )
        return ArchiveSheet(
            "verifications",
            ("核验记录", "What was verified"),
            (
                "申请编号", *WHOSE, "项目", "材料", "核验方式", "核验日期", "退还日期", "由谁", "登记时间",
                "历史序号",
            ),
            rows,
            "编号和说明在历史里：openings.jsonl 中该申请同一序号的值。",
        )  # fmt: skip

    def _cards(self) -> ArchiveSheet:
        """The card of each student, a file for each class. Of whom something was erased there is none."""
        erased = {subject for subject, _ in self.collected.erased}
        classes: dict[tuple[str, str], list[Any]] = {}
        for one in self.cases:
            classes.setdefault((one.fy or "", one.bh or ""), []).append(one)
        cards = CardsMaking(self.making.cipher, self.making.wording, self.making.at, self.making.mark)
        rows = []
        for number, ((college, name), those) in enumerate(sorted(classes.items()), 1):
            path = f"cards/{number:04}.html"
            kept = [one.record for one in those if one.id not in erased]
            with self.bundle.member(path) as file:
                begin_page(file, (f"学籍卡 {name}", "Cards"), "../", letter=True)
                for card in written_cards(self.session, cards, kept):
                    file.write(card)
                if len(kept) < len(those):
                    file.write(f"<p>{len(those) - len(kept)} {ERASED}</p>\n")
                end_page(file, self.making.mark)
            rows.append(((f"../{path}", name or "—"), college, str(len(kept))))
        return ArchiveSheet(
            "cards",
            ("学籍卡", "Students' cards"),
            ("班级", "学院", "人数"),
            rows,
            "照片不在归档内。有内容已依法删除的学生没有学籍卡。",
        )

    # -- what was published -----------------------------------------------------------------------------

    def _bulletins(self) -> Iterator[tuple[str, str]]:
        """Each bulletin as its published bytes, and to read. Yields its path and its name."""
        asked = select(BulletinRow.digest, BulletinRow.body).where(
            BulletinRow.campaign_id == self.campaign.id
        )
        published: dict[str, bytes] = {row.digest: row.body for row in self.session.execute(asked)}
        for one in reversed(bulletins(self.session, self.campaign.id)):
            name = f"{one.as_of:%Y-%m-%d-%H%M%S}"
            self.bundle.add(f"bulletins/{name}.json", published[one.digest])
            with self.bundle.member(f"bulletins/{name}.html") as file:
                begin_page(file, (f"通报 {one.day.isoformat()}", "Bulletin"), "../")
                file.write(f"<p>截至 {_moment(one.as_of)} · SHA-256 {one.digest} · ")
                file.write(f'<a href="{name}.json">{name}.json</a></p>\n')
                for piece in table(("学院", *map(self._column, COLUMNS), "不计入"), self._counts(one)):
                    file.write(piece)
                end_page(file, self.making.mark)
            yield f"bulletins/{name}.html", one.day.isoformat()

    def _column(self, name: str) -> str:
        return self.said("manner", name) if name in ("proxy", "deemed") else self.said("state", name)

    def _counts(self, one: Bulletin) -> Iterator[tuple[str, ...]]:
        def line(name: str, board: BoardLine) -> tuple[str, ...]:
            return (name, *(str(board.numbers[column]) for column in COLUMNS), str(board.left_out))

        yield from (line(board.name, board) for board in one.board.lines)
        yield line("合计", one.board.total)

    # -- the history ------------------------------------------------------------------------------------

    def _history(self) -> list[str]:
        """Entries as bytes, openings, and timelines. Returns the paths of the timelines."""
        subjects = self._subjects()
        with self.bundle.member("history/entries.jsonl") as file:
            for body in bodies(self.session, subjects, self.collected):
                file.write(body)
        with self.bundle.member("history/openings.jsonl") as file:
            for line in opened_lines(self.session, self.making.cipher, subjects, self.collected):
                file.write(line)
        people = {
            id: " ".join(said).strip()
            for id, said in names_of(self.session, sorted(self.collected.people)).items()
        }
        paths = []
        read = timelines(self.session, self.making.cipher, self.making.wording, self.lives, subjects, people)
        for number, lines in enumerate(read, 1):
            path = f"history/timeline-{number:04}.html"
            with self.bundle.member(path) as file:
                begin_page(file, (f"流转记录 {number}", "Timeline"), "../")
                for piece in table(TIMELINE, lines):
                    file.write(piece)
                end_page(file, self.making.mark)
            paths.append(path)
        return paths

    def _subjects(self) -> list[ToldSubject]:
        """The campaign, its signed lists, the batches that its claims went with, and each case.

        With a case is what college and registrar did about it. A batch's history is told as a whole, also
        where claims of other campaigns went with it: it names them by their ids, and their words stay.
        """
        beside: dict[str, list[ToldSubject]] = {}
        chases = select(Chase.id, Chase.case_id).join(Case, Case.id == Chase.case_id)
        for id, case in self.session.execute(chases.where(Case.campaign_id == self.campaign.id)):
            beside.setdefault(case, []).append(ToldSubject(id, f"{self.named[case]}（学院联系）"))
        of_record = {one.record: one.id for one in self.cases}
        granted = select(Permission.id, Permission.record_id).where(
            Permission.campaign_id == self.campaign.id
        )
        for id, record in self.session.execute(granted):
            if about := of_record.get(record):
                beside.setdefault(about, []).append(ToldSubject(id, f"{self.named[about]}（个别处理）"))
        signed = select(Attestation.id, Attestation.college).where(
            Attestation.campaign_id == self.campaign.id
        )
        lists = self.session.execute(signed.order_by(Attestation.college, Attestation.since))
        lines = select(BatchLine.batch_id).join(Case, Case.id == BatchLine.case_id)
        theirs = lines.where(Case.campaign_id == self.campaign.id)
        ours = frozenset(self.session.scalars(theirs.with_only_columns(BatchLine.claim_id)))
        sent = select(Batch.id, Batch.number).where(Batch.id.in_(theirs)).order_by(Batch.opened_at, Batch.id)
        batches = self.session.execute(sent)
        return [
            ToldSubject(self.campaign.id, "自查活动", self.campaign.policy),
            *(ToldSubject(id, f"{college}（名单）") for id, college in lists),
            *(ToldSubject(id, f"报送批次 {number}".strip(), claims=ours) for id, number in batches),
            *(
                subject
                for one in self.cases
                for subject in (ToldSubject(one.id, self.named[one.id], one.policy), *beside.get(one.id, ()))
            ),
        ]

    def _people(self) -> ArchiveSheet:
        staff = {id: roles - {"student"} for id, roles in self.collected.people.items()}
        ids = sorted(id for id, roles in staff.items() if roles)
        who = names_of(self.session, ids)
        rows = [
            (id, *who.get(id, ("", "")), "、".join(self.said("role", role) for role in sorted(staff[id])))
            for id in ids
        ]
        return ArchiveSheet(
            "people",
            ("办理人员", "Who acted"),
            ("历史中的标识", "姓名", "工号", "身份"),
            rows,
            "学生本人不在这里：他们的办理写在各自的流转记录里。",
        )

    # -- the rules --------------------------------------------------------------------------------------

    def _rules(self) -> ArchiveSheet:
        """Every text that an entry, a case or the campaign names: its bytes, and a policy's files to read."""
        digests = self.collected.rules | {one.policy for one in self.cases} | {self.campaign.policy}
        rows = []
        found = [text for digest in sorted(digests - {""}) if (text := text_of(self.session, digest))]
        for one in sorted(found, key=lambda one: (one.kind, one.kept_at, one.digest)):
            path = f"rules/{one.digest}.json"
            self.bundle.add(path, one.text)
            for name, said in _files_of(one):
                self.bundle.add(f"rules/{one.digest[:16]}/{name}", said)
            kind = RULE_KINDS.get(one.kind, one.kind)
            kept = one.kept_at[:19].replace("T", " ")
            rows.append(((f"../{path}", one.digest), kind, one.name, kept, "" if one.holds else "与摘要不符"))
        return ArchiveSheet(
            "rules",
            ("规则文本", "Texts of the rules"),
            ("SHA-256", "种类", "名称", "存入时间", ""),
            rows,
            "文件名就是内容的 SHA-256。学校规则的各个文件另在 rules/ 下以摘要前 16 位命名的文件夹里。",
        )

    def _index(self, published: list[tuple[str, str]], parts: list[str], counts: ArchivedCampaign) -> None:
        kept = self.campaign
        with self.bundle.member("index.html") as file:
            begin_page(file, (kept.title, kept.title_en))
            facts = (
                ("状态", _state(kept.state)),
                ("开始", _moment(kept.opens_at)),
                ("截止", _moment(kept.closes_at)),
                ("归档时间", _moment(self.making.at)),
                ("学生", str(counts.students)),
                ("更正事项", str(counts.claims)),
                ("归档时还没有办结的申请", str(sum(one.state in UNDECIDED for one in self.cases))),
                ("历史条目", str(counts.entries)),
                ("已删除的个人信息", str(counts.erased)),
            )
            for piece in table(("项目", "内容"), facts):
                file.write(piece)
            file.write('<h2>名单 <span lang="en">Lists</span></h2>\n<ul>\n')
            for path, sheet in self.listed:
                zh, en = sheet.title
                file.write(f'<li><a href="{path}">{zh}</a> <span lang="en">{en}</span> ({len(sheet.rows)})')
                file.write(f' · <a href="{path[:-5]}.csv">CSV</a></li>\n')
            file.write('</ul>\n<h2>通报 <span lang="en">Bulletins</span></h2>\n<ul>\n')
            file.write("".join(f'<li><a href="{path}">{name}</a></li>\n' for path, name in published))
            file.write("</ul>\n" if published else "<li>没有</li></ul>\n")
            file.write('<h2>流转记录 <span lang="en">History</span></h2>\n<ul>\n')
            file.write("".join(f'<li><a href="{path}">{path[8:-5]}</a></li>\n' for path in parts))
            file.write('<li><a href="history/entries.jsonl">entries.jsonl</a></li>\n')
            file.write('<li><a href="history/openings.jsonl">openings.jsonl</a></li>\n</ul>\n')
            file.write(CONTENTS)
            end_page(file, self.making.mark)

    def _states_of(self, name: str) -> dict[str, str]:
        return {
            state.name: state.zh for life in self.lives.values() if life.name == name for state in life.states
        }

    def _speak_by(self, policy: str) -> None:
        self.making.wording.speak_by(self.session, policy or self.campaign.policy)


WHOSE = ("学院", "班级", "学号", "考生号", "姓名")
RULE_KINDS = {"lifecycle": "流程", "policy": "学校规则", "privacy": "个人信息告知"}


def _whose(row: Any) -> tuple[str, ...]:
    return tuple(said or "" for said in (row.fy, row.bh, row.xh, row.ksh, row.xm))


def _state(name: str) -> str:
    return next((state.zh for state in CAMPAIGN.states if state.name == name), name)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _moment(value: datetime | None) -> str:
    return as_text(value)[:19].replace("T", " ") if value else ""


def _files_of(rule: RuleText) -> list[tuple[str, str]]:
    """The files that a school's rules were read from, as they were."""
    if rule.kind != "policy" or not rule.holds:
        return []
    return sorted(json.loads(rule.text).get("texts", {}).items())
