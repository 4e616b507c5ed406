"""The rules of the text in force, read aloud: as sentences, with how many students each touches; and the
notice, sentence by sentence, with what this system does about each.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request

from config.policy.ties import figures
from config.policy.words import CampaignPlan, Template
from states import campaign as campaign_states
from web.rules.carried import Around, by_kind, carried_said
from web.rules.pages import READERS, in_force, list_file, list_page
from web.rules.phrases import month_day
from web.rules.sentences import GROUPS, rules_said, sentence_of
from web.rules.silence import silence_said
from web.rules.times import campaign_said, cohort_said, published_said, title_said, window_said
from web.shared.gate.limits import limited
from web.shared.security import fresh, open_to, place
from web.shared.words import pick
from workflow.campaigns.progress.board import campaigns as known_campaigns
from workflow.simulation.touched import TouchedStudents, about_students, touched_students

bp = Blueprint("rulebook", __name__, url_prefix="/rules")


@bp.get("")
@open_to(*READERS)
def overview() -> str:
    """The rules in force in words."""
    return _book(None)


@bp.get("/touched")
@open_to(*READERS)
@limited("trials")
def touched() -> str:
    """The same, with the number of students of the roster that each rule touches now."""
    return _book(_counted())


@bp.post("/touched/list")
@open_to("registrar")
@limited("trials")
def touched_list() -> str:
    """The students whom one rule touches now. The access is logged first."""
    line, found = _chosen()
    title = pick(*sentence_of(in_force(), in_force().policy.rules[line].id))
    endpoints = (".touched", ".touched_list_file")
    return list_page("rules_touched", found.members(line), None, title, endpoints, None)


@bp.post("/touched/list.csv")
@open_to("registrar")
@fresh
@limited("trials")
def touched_list_file() -> Response:
    """The same list as a file."""
    line, found = _chosen()
    return list_file("rules_touched.csv", found.members(line))


@bp.get("/notice")
@open_to(*READERS)
def notice() -> str:
    """The school's notice with what the system does beside each sentence."""
    school = place().rules.latest_first()[0].school
    with place().store.reading() as session:
        running = {
            one.plan: one for one in known_campaigns(session) if one.state != campaign_states.CANCELLED
        }
    around = Around(school, place().profile, running, school.digest == in_force().digest)
    return render_template(
        "rules/notice.html",
        it=school,
        notice=school.notice,
        figures=figures(school) if school.notice else None,
        carried=lambda one: by_kind(carried_said(around, one)),
    )


def _book(found: TouchedStudents | None) -> str:
    school = in_force()
    plans: list[CampaignPlan | Template] = [*school.campaigns, *school.templates]
    return render_template(
        "rules/overview.html",
        it=school,
        groups=[(GROUPS[name], rules) for name, rules in rules_said(school).items()],
        found=found,
        about_students=about_students,
        month_day=lambda day: pick(*month_day(day)),
        window_said=lambda window: pick(*window_said(window)),
        plans=[
            (
                plan,
                title_said(plan),
                campaign_said(school, plan),
                cohort_said(school, plan.cohort),
                published_said(plan),
            )
            for plan in plans
        ],
        silence=silence_said(school.policy.silence),
    )


def _counted() -> TouchedStudents:
    installation = place()
    with installation.store.reading() as session:
        return touched_students(session, in_force(), installation.clock.now(session))


def _chosen() -> tuple[int, TouchedStudents]:
    """The rule whose list is requested, by its place, and the counts of this moment."""
    said = request.form.get("line", "")
    if not (said.isascii() and said.isdigit() and len(said) < 6 and int(said) < len(in_force().policy.rules)):
        abort(400)
    return int(said), _counted()
