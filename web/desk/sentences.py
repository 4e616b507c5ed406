"""Kept sentences 常用语: those that fit a case, and the page on which a person makes their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from config.sentences import OUTCOMES, SENTENCE_FACTS, SentenceKept
from states.case import DECIDERS
from web.shared.act import Acting, Answer, Faults, No, Page, act, show
from web.shared.forms import BatchPressed, Concluded, SentenceTyped, form_key, seen_version
from web.shared.labels import cause_words
from web.shared.security import actor, looking, open_to, place
from web.shared.words import in_english, named, pick
from workflow.cases.facts import CaseFacts
from workflow.cases.rules import Rules
from workflow.cases.sentences import SentenceOffered, offered
from workflow.cases.sentences.own import (
    MOST,
    add_sentence,
    change_sentence,
    move_up,
    remove_sentence,
    sentences_of,
)

bp = Blueprint("sentences", __name__, url_prefix="/desk/sentences")


def offered_here(
    session: Session, facts: CaseFacts, policy: Rules, at: datetime, alike: Iterable[CaseFacts] = ()
) -> tuple[SentenceOffered, ...]:
    """The sentences that the signed-in person can choose for a case and those alike, by their policy."""
    return offered(
        session,
        actor(),
        facts,
        policy,
        at=at,
        cipher=place().cipher,
        profile=place().profile,
        of_school=place().rules.sentences,
        alike=alike,
    )


def in_full(sentence: SentenceOffered) -> str:
    """A kept sentence as it is filled in. A page in English takes both languages."""
    both = in_english() and sentence.filled_en
    return f"{sentence.filled_zh}\n{sentence.filled_en}" if both else sentence.filled_zh


def by_outcome(
    sentences: Sequence[SentenceOffered], outcomes: Iterable[str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """The kept sentences for each of these outcomes that has any, as (id, words)."""
    found = {
        outcome: tuple((one.id, in_full(one)) for one in sentences if one.outcome == outcome)
        for outcome in outcomes
    }
    return {outcome: some for outcome, some in found.items() if some}


def chosen_in(form: FlaskForm, sentences: Iterable[SentenceOffered]) -> SentenceOffered | None:
    """The kept sentence that a form asks to be filled in; None if it asks for none."""
    if request.form.get("then") != "fill":
        return None
    return next((one for one in sentences if one.id == form["sentence"].data), None)


def fill_in(form: Concluded | BatchPressed, sentences: Iterable[SentenceOffered]) -> None:
    """Put the kept sentence chosen into the words, and its outcome where none is chosen yet."""
    if (chosen := chosen_in(form, sentences)) is not None:
        form.words.data = in_full(chosen)
        form.outcome.data = form.outcome.data or chosen.outcome


@bp.get("")
@open_to(*DECIDERS)
def page(no: No | None = None, tried: str = "", typed: SentenceTyped | None = None) -> Page:
    """The person's own sentences, each to be changed, and the school's to be read.

    ``tried`` is the sentence whose form was refused, '' for the form of a new one.
    """
    with looking() as session:
        own = sentences_of(session, place().cipher, actor().person)
    gone = typed is not None and tried not in {"", *(one.id for one in own)}
    again = "" if gone else tried
    return show(
        "desk/sentences.html",
        no,
        own=[(one, typed if typed is not None and again == one.id else _form_of(one.kept)) for one in own],
        new=typed if typed is not None and not again else SentenceTyped(formdata=None),
        tried=again if typed is not None else None,
        of_school=place().rules.sentences,
        outcomes=named(OUTCOMES, outcome_kept_for),
        causes=named(place().school.policy.causes, cause_words),
        outcome_kept_for=outcome_kept_for,
        facts=[(name, pick(*words)) for name, words in SENTENCE_FACTS.items()],
        most=MOST,
    )


@bp.post("/<any(add, change, up, remove):edit>", endpoint="act")
@open_to(*DECIDERS)
def _do(edit: str) -> Answer:
    """Add, change, move up or remove one of the person's own sentences."""
    form = SentenceTyped()
    id = form.sentence.data or ""
    if edit in ("up", "remove"):
        return act(lambda it: _move(it, edit, id), page, url_for(".page"))
    wanted = SentenceKept(
        form.outcome.data or "", form.zh.data or "", form.en.data or "", form.cause.data or ""
    )
    at = id if edit == "change" else ""
    if faults := _faults_in(wanted, at):
        return page(No(faults=faults), at, form)
    key, expected = form_key(), seen_version()

    def keep(it: Acting) -> None:
        if edit == "add":
            add_sentence(it.session, it.place.cipher, it.by, wanted, key)
        else:
            change_sentence(it.session, it.place.cipher, it.by, id, wanted, expected)

    told = _("已保存常用语（%(outcome)s）。", outcome=outcome_kept_for(wanted.outcome))
    return act(keep, lambda no: page(no, at, form), url_for(".page"), told)


def _move(it: Acting, edit: str, id: str) -> None:
    if edit == "up":
        move_up(it.session, it.by, id)
    else:
        remove_sentence(it.session, it.by, id)


def _faults_in(wanted: SentenceKept, at: str) -> Faults:
    faults = [(f"{part}{at and f'-{at}'}", pick(zh, en)) for part, zh, en in wanted.faults()]
    if wanted.cause and wanted.cause not in place().school.policy.causes:
        faults.append((f"cause{at and f'-{at}'}", _("没有这个错误原因。请重新选择。")))
    return faults


def _form_of(kept: SentenceKept) -> SentenceTyped:
    said = {"outcome": kept.outcome, "cause": kept.cause, "zh": kept.says, "en": kept.says_en}
    return SentenceTyped(formdata=None, data=said)


def outcome_kept_for(code: str) -> str:
    """For what a sentence is kept, in words."""
    return pick(*OUTCOMES.get(code, (code, code)))
