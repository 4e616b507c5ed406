"""The college officer's page: how far their own college is."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import select

from web.security import me, open_to, place
from workflow.campaigns.cohort import counts
from workflow.cases.tables import Campaign

bp = Blueprint("college", __name__, url_prefix="/college")


@bp.get("")
@open_to("officer")
def home() -> str:
    """How many records of the officer's own college are in each state, campaign by campaign; no names."""
    with place().store.reading() as session:
        campaigns = session.scalars(select(Campaign).order_by(Campaign.opens_at.desc(), Campaign.id)).all()
        return render_template(
            "college/home.html",
            college=me().scope,
            campaigns=[(one, counts(session, one.id, me().scope)) for one in campaigns],
        )
