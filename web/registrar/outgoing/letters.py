"""The register of letters for the registrar and the auditor: who was written to, and what is not answered."""

from __future__ import annotations

from flask import Blueprint, request

from web.shared.act import Answer, No, Page, acting, looked_for, show
from web.shared.forms import Sought
from web.shared.gate.limits import limited
from web.shared.security import looking, open_to, place
from workflow.cases.views.letter_register import ALL, OUTWARD, WAITING, register_of
from workflow.verdict import Reason

bp = Blueprint("letters", __name__, url_prefix="/registrar/letters")

SHOWN = 100
"""So many letters are on a page."""
MOST = 10_000_000
"""No register has so many letters."""
NO_SUCH_LETTER = Reason(
    "no_such_letter",
    "没有这个文号的公文。",
    remedy="请照“代字〔年份〕序号”的样子写，或在申请的页面上查看。",
    rule="letters",
)


@bp.get("")
@open_to("registrar", "auditor")
def listed() -> Page:
    """Letters, the latest first: those not answered yet, those to others, or all. The access is logged."""
    only = request.args.get("only", "")
    return _page(
        only if only in (WAITING, OUTWARD, ALL) else OUTWARD, skip=min(request.args.get("from", 0, int), MOST)
    )


@bp.post("")
@open_to("registrar", "auditor")
@limited("searches")
def find() -> Answer:
    """The letters of one number, which is not in the address. The search is logged."""
    said = (Sought().said.data or "").strip()
    looked_for("letters", said)
    return _page(ALL, said)


def _page(only: str, said: str = "", skip: int = 0) -> Page:
    form = Sought(formdata=None)
    form.said.data = said
    with acting() as it:
        it.note("letters")
    with looking() as session:
        at = place().clock.now(session)
        lines, count = register_of(session, place().cipher, only, said, limit=SHOWN, skip=max(skip, 0))
    no = No((NO_SUCH_LETTER,), status=404) if said and not lines else None
    return show(
        "registrar/outgoing/letters.html",
        no,
        lines=lines,
        count=count,
        only=only,
        form=form,
        said=said,
        today=at.date(),
        more=skip + SHOWN if skip + SHOWN < count else 0,
    )
