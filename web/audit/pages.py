"""The auditor's pages: find a subject, read its whole timeline, and verify it against the history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Table,
    and_,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from states import Lifecycle
from states.batch import BATCH
from states.campaign import CAMPAIGN
from states.case import CASE
from states.permission import PERMISSION
from web.audit.codes import code_words, escalated_words, why_not
from web.audit.looks import borrowed_words, look_words, why_words
from web.shared.act import Answer, No, Page, acting, looked_for, show
from web.shared.figures.pictures import opened_for_a_reason, opening_for
from web.shared.forms import Sought, ValueShown
from web.shared.gate.limits import limited
from web.shared.labels import action_words, speak_by, state_of
from web.shared.numbers import NO_NUMBER, has_number, masked_value, reveal
from web.shared.security import actor, fresh, looking, me, open_to, place
from web.shared.standing import SUBJECT_TO_AUDIT, about, is_there
from workflow.campaigns.progress.board import campaigns
from workflow.cases.batches import Batch, BatchLine
from workflow.cases.load import look_at_case
from workflow.cases.review.conflicts import related_rows
from workflow.cases.review.papers import PaperOpening
from workflow.cases.rules import Rules, UnknownRules
from workflow.cases.tables import Campaign, Case
from workflow.cases.views.audit import verify_case
from workflow.cases.views.lookup import find_cases, names_of
from workflow.engine import NoSuchSubject
from workflow.evidence.papers import notices_of, papers_in
from workflow.evidence.tables import Evidence
from workflow.history import rulebook
from workflow.history.codes import Code
from workflow.history.entry import REFUSED, Entry
from workflow.history.replay import Proof, verify_one
from workflow.history.timeline import (
    PAGE,
    SubjectHistory,
    TimelineLine,
    find_entry,
    history_of,
    lines_before,
    lines_of,
    opened,
    refusals,
)
from workflow.people.access import note_access, people_at_the_door
from workflow.people.looking import BorrowedWay, borrowed_ways, looks
from workflow.people.tables import Grant
from workflow.permissions.tables import Permission
from workflow.signin.tables import SignInCode
from workflow.store import table_of

bp = Blueprint("audit", __name__, url_prefix="/audit")
bp.add_app_template_filter(look_words, "look")
bp.add_app_template_filter(why_words, "why")
bp.add_app_template_filter(borrowed_words, "borrowed")
bp.add_app_template_test(has_number, "has_number")

DIGEST = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[0-9a-f]{32}")
NO_WAYS: Mapping[int, BorrowedWay] = {}


@dataclass(frozen=True, slots=True)
class SubjectHead:
    """The heading of a timeline: a case, a campaign or a graduating class."""

    id: str
    life: Lifecycle
    state: str
    version: int
    receipt: str = ""
    manner: str = ""
    campaign: str = ""
    title: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class FoundCase:
    """One case found by a number."""

    id: str
    receipt: str
    state: str
    filed_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """One line of a timeline, with its action, states, people and codes in words."""

    line: TimelineLine
    refused: bool
    action: str
    origin: str
    target: str
    name: str
    on_behalf_of: str
    codes: tuple[tuple[str, str, str], ...]
    borrowed: BorrowedWay | None = None
    said: str = ""


# -- finding --------------------------------------------------------------------------------------------


@bp.get("")
@open_to("auditor")
def search(found: Sequence[FoundCase] = (), said: str | None = None) -> str:
    """The start page: search by number or digest, or choose a campaign."""
    with place().store.reading() as session:
        known = campaigns(session)
    missed = said is not None and not found
    return render_template("audit/search.html", campaigns=known, found=found, said=said or "", missed=missed)


@bp.post("")
@open_to("auditor")
@limited("searches")
def find() -> tuple[str, int] | Response:
    """Find a subject by a number, which is not in the address. The search and what it shows are logged."""
    said = Sought().said.data or ""
    looked_for("audit", said)
    with acting() as it:
        cases = find_cases(it.session, said, ~related_rows(people_at_the_door(it.by)))
        found = [FoundCase(one.id, one.receipt or "", one.state, one.filed_at) for one in cases]
        at = it.now
        for case in found:
            note_access(it.session, it.by, "search", case.id, at)
    if len(found) == 1:
        return redirect(url_for(".subject", subject=found[0].id), 303)
    if not found:
        with place().store.reading() as session:
            address = _address_of(session, said.lower())
        if address:
            return redirect(address, 303)
    return search(found, said), 200 if found else 404


def _address_of(session: Session, said: str) -> str | None:
    """The page for a campaign's or class's id, a rule's or an entry's digest; none of a relative's."""
    if ID.fullmatch(said) and is_there(session, SUBJECT_TO_AUDIT, said):
        return url_for(".subject", subject=said)
    if not DIGEST.fullmatch(said):
        return None
    if rulebook.text_of(session, said) is not None:
        return url_for(".rule", digest=said)
    entry = find_entry(session, said)
    if entry is None or not is_there(session, SUBJECT_TO_AUDIT, entry[0]):
        return None
    subject, row = entry
    page = lines_before(session, subject, row) // PAGE
    return url_for(".subject", subject=subject, page=page or None, _anchor=f"row-{row}")


@bp.get("/refusals")
@open_to("auditor")
def refused() -> str:
    """The engine's recent refusals: codes and roles, no names, and none on a relative's case."""
    page = _page()
    with place().store.reading() as session:
        hidden = select(Case.id).where(related_rows(people_at_the_door(actor())))
        found = refusals(session, hidden, skip=page * PAGE, limit=PAGE + 1)
        lines = found[:PAGE]
        lives, texts = _lifecycles(session), _texts(session, lines)
    told = [_told(line, lives, texts, None, {}) for line in lines]
    return render_template("audit/refusals.html", lines=told, page=page, more=len(found) > PAGE)


@bp.get("/rules/<string(length=64):digest>")
@open_to("auditor")
def rule(digest: str) -> str:
    """The lifecycle, policy text or privacy notice with a digest, current or former."""
    with place().store.reading() as session:
        found = rulebook.text_of(session, digest)
    if found is None:
        abort(404)
    whole = found.holds
    bindings = place().engine.bindings.values()
    present = place().school.digest, place().rules.privacy.digest
    return render_template(
        "audit/rule.html",
        rule=found,
        life=rulebook.lifecycle_from(found.text, digest) if whole and found.kind == "lifecycle" else None,
        texts=json.loads(found.text)["texts"] if whole and found.kind == "policy" else {},
        plain=found.text.decode("utf-8", "replace"),
        in_force=digest in present or digest in {one.lifecycle.digest for one in bindings},
    )


# -- one subject ----------------------------------------------------------------------------------------


@bp.get("/<string(length=32):subject>", endpoint="subject")
@open_to("auditor")
@about(subject=SUBJECT_TO_AUDIT)
def timeline(subject: str) -> str:
    """All entries of a subject, done and refused, and whether they explain its present state."""
    return _timeline(subject)[0]


@bp.post("/<string(length=32):subject>/<int(max=999999999):number>")
@open_to("auditor")
@about(subject=SUBJECT_TO_AUDIT)
@fresh
def open_values(subject: str, number: int) -> str:
    """The same, with the values that one entry commits to."""
    return _timeline(subject, number)[0]


@bp.post("/<string(length=32):subject>/<int(max=999999999):number>/number")
@open_to("auditor")
@about(subject=SUBJECT_TO_AUDIT)
@fresh
def show_number(subject: str, number: int) -> Page:
    """The same, with one full number of that entry, for a reason of the list. The reason is logged first."""
    form = ValueShown()
    name = form.name.data or ""
    with looking() as session:
        values = opened(session, place().cipher, subject, number)
        barred = _opening(session, subject).barred
    absent = () if has_number(name) and values.get(name) else (NO_NUMBER,)
    no = reveal("SFZH", subject, form.why.data or "", lambda session: (*barred, *absent))
    return _timeline(subject, number, no, "" if no else name, values)


@bp.post("/<string(length=32):subject>/papers")
@open_to("auditor")
@about(subject=SUBJECT_TO_AUDIT)
@fresh
def open_paper(subject: str) -> Answer:
    """One paper of a case, for a reason of the list. The reason is logged before it is sent."""
    answer = opened_for_a_reason(subject)
    return _timeline(subject, no=answer) if isinstance(answer, No) else answer


def _timeline(
    subject: str,
    number: int = 0,
    no: No | None = None,
    whole: str = "",
    values: Mapping[str, str] | None = None,
) -> Page:
    """The access is logged first. Full numbers are masked, but for the value named ``whole``.

    ``values`` are those of the entry with that number; they are read here unless the view has read them.
    """
    installation, page = place(), _page()
    found = _logged(subject, "values" if number else "timeline")
    with looking() as session:
        history = history_of(session, subject)
        lines = lines_of(history, skip=page * PAGE, limit=PAGE)
        if page and not lines:
            abort(404)
        names = names_of(session, (one for line in lines if line.entry for one in _people(line.entry)))
        texts, ways = _texts(session, lines), borrowed_ways(session, subject)
        proof, lives = _proof(session, found, history)
        if values is None:
            values = opened(session, installation.cipher, subject, number) if number else {}
        papers = papers_in(session, subject) if found.life.name == CASE.name else ()
        opening = _opening(session, subject) if papers else PaperOpening()
        beside = _beside(session, subject) if found.life.name == CASE.name else ()
    return show(
        "audit/timeline.html",
        no,
        it=found,
        papers=papers,
        opening=opening,
        permitted=[(id, kind) for life, id, kind in beside if life == PERMISSION.name],
        batches=[(id, office) for life, id, office in beside if life == BATCH.name],
        whole=whole,
        lines=[_told(line, lives, texts, found.life, names, ways) for line in lines],
        count=len(history.written),
        page=page,
        last=max(len(history.written) - 1, 0) // PAGE,
        number=number,
        values={name: one if name == whole else masked_value(name, one) for name, one in values.items()},
        notices=notices_of(papers),
        proof=proof,
    )


def _beside(session: Session, case: str) -> Sequence[tuple[str, str, str]]:
    """What else has a history that tells of a case, in its order: the lifecycle, the id, and a word for it.

    The registrar's acts on its student, by their kind, and the batches it went in, by their body.
    """
    acts = (
        select(
            literal(PERMISSION.name).label("life"),
            Permission.id.label("id"),
            Permission.kind.label("word"),
            Permission.granted_at.label("at"),
        )
        .join(Case, Case.record_id == Permission.record_id)
        .where(Case.id == case)
    )
    went = select(BatchLine.batch_id).where(BatchLine.case_id == case)
    batches = select(literal(BATCH.name), Batch.id, Batch.office, Batch.opened_at).where(Batch.id.in_(went))
    rows = session.execute(union_all(acts, batches).order_by("at", "id"))
    return [(life, id, word) for life, id, word, _at in rows]


def _opening(session: Session, case: str) -> PaperOpening:
    """Whether the auditor may open the papers of a case that is there for them: of their own they may not.

    Only who is a student too is asked about, which spares everybody else the reading of the case.
    """
    if not any(one.held.record for one in me().grants):
        return PaperOpening(for_a_reason=True)
    facts = look_at_case(session, case)
    return PaperOpening() if facts is None else opening_for(session, facts, place().clock.now(session))


@bp.get("/<string(length=32):subject>/looks")
@open_to("auditor")
@about(subject=SUBJECT_TO_AUDIT)
def looked(subject: str) -> str:
    """Accesses and refused attempts at a subject, its record or its papers. This access is logged too."""
    page = _page()
    found = _logged(subject, "looks")
    with place().store.reading() as session:
        count, lines = looks(session, _around(subject), skip=page * PAGE, limit=PAGE)
    if not lines:
        abort(404)
    return render_template(
        "audit/looks.html", it=found, lines=lines, count=count, page=page, last=max(count - 1, 0) // PAGE
    )


def _around(subject: str) -> CompoundSelect[tuple[str]]:
    """The ids of a subject and, for a case, of its record, its papers, and runs with codes of its student."""
    papers = select(Evidence.id).where(Evidence.case_id == subject)
    records = select(Case.record_id).where(Case.id == subject)
    held = and_(Grant.person_id == SignInCode.person_id, Grant.role == "student")
    runs = (
        select(SignInCode.run_id)
        .join(Grant, held)
        .join(Case, Case.record_id == Grant.scope)
        .where(Case.id == subject, SignInCode.run_id.is_not(None))
    )
    return union_all(select(literal(subject)), papers, records, runs)


def _people(entry: Entry) -> tuple[str, ...]:
    """The ids of all persons in an entry."""
    return entry.actor, entry.on_behalf_of, *(Code.parse(code).person for code in entry.codes)


def _proof(
    session: Session, found: SubjectHead, history: SubjectHistory
) -> tuple[Proof, Mapping[str, Lifecycle]]:
    """The verification of a subject against its row, and the lifecycles of its entries."""
    rules, cipher = rulebook.whole(session), place().cipher
    if found.life.name == CASE.name:
        return verify_case(session, history, rules, cipher), rules.lifecycles
    table = place().engine.bindings[found.life.name].table
    row = session.execute(select(table.c.state, table.c.version).where(table.c.id == found.id)).first()
    present = None if row is None else (found.life.name, row.state, row.version)
    return verify_one(history, present, rules, cipher), rules.lifecycles


def _logged(subject: str, what: str) -> SubjectHead:
    """The subject of an id. The access to it is logged first."""
    with acting() as it:
        if (found := _subject(it.session, subject)) is None:
            raise NoSuchSubject(subject)
        it.note(what, subject)
    return found


def _subject(session: Session, id: str) -> SubjectHead | None:
    """The subject with an id, under any lifecycle."""
    bindings = place().engine.bindings
    row = session.execute(union_all(*(_head(name, one.table, id) for name, one in bindings.items()))).first()
    if row is None:
        return None
    name, state, version, *more = row
    return SubjectHead(id, bindings[name].lifecycle, state, version, *(cell or "" for cell in more))


def _head(name: str, table: Table, id: str) -> Select[Any]:
    """The texts in a timeline's heading. Empty if the lifecycle has none."""
    titles: list[ColumnElement[str]] = [table_of(Campaign).c[name] for name in ("id", "title", "title_en")]
    more: list[ColumnElement[str]] = [literal(""), literal("")]
    source: FromClause = table
    if name == CASE.name:
        more = [table.c.receipt, table.c.manner]
        source = table.outerjoin(Campaign, Campaign.id == table.c.campaign_id)
    elif name != CAMPAIGN.name:
        titles = [literal("")] * 3
    asked = select(literal(name), table.c.state, table.c.version, *more, *titles)
    return asked.select_from(source).where(table.c.id == id)


def _lifecycles(session: Session) -> Mapping[str, Lifecycle]:
    try:
        return rulebook.lifecycles(session)
    except ValueError:  # the stored rule was altered: the replay reports it, and present names are used
        return {}


def _texts(session: Session, lines: Sequence[TimelineLine]) -> Mapping[str, Rules | None]:
    """The policies that entries name. None for one that is not stored, which the replay reports."""
    found: dict[str, Rules | None] = {}
    for digest in {line.entry.policy for line in lines if line.entry is not None}:
        try:
            found[digest] = place().rules.named(session, digest)
        except UnknownRules:
            found[digest] = None
    return found


def _page() -> int:
    return min(max(request.args.get("page", 0, int), 0), 1_000_000)


# -- in words -------------------------------------------------------------------------------------------


def _told(
    line: TimelineLine,
    lives: Mapping[str, Lifecycle],
    texts: Mapping[str, Rules | None],
    present: Lifecycle | None,
    names: Mapping[str, str],
    ways: Mapping[int, BorrowedWay] = NO_WAYS,
) -> EntryView:
    entry = line.entry or Entry("", "", "", "", "", "", "", "", "")
    if (text := texts.get(entry.policy)) is not None:
        speak_by(text)
    life, refused = lives.get(entry.lifecycle) or present, entry.kind == REFUSED
    return EntryView(
        line=line,
        refused=refused,
        action=_label(action_words, life, entry.action),
        origin=_label(state_of, life, entry.origin),
        target=_label(state_of, life, entry.target),
        name=names.get(entry.actor, ""),
        on_behalf_of=entry.on_behalf_of and names.get(entry.on_behalf_of, entry.on_behalf_of[:12]),
        codes=tuple(
            (str(code), why_not(code.name) if refused else code_words(code), names.get(code.person, ""))
            for code in map(Code.parse, entry.codes)
        ),
        borrowed=None if refused else ways.get(entry.number),
        said=escalated_words(entry),
    )


def _label(words: Callable[[Lifecycle, str], str], life: Lifecycle | None, name: str) -> str:
    """The label of an action or state. A name that its lifecycle does not have is shown unchanged."""
    try:
        return words(life, name) if life else name
    except KeyError:
        return name
