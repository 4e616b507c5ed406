"""What the pages call the columns, kinds and presses of differences."""

from __future__ import annotations

from flask_babel import gettext as _

from web.shared.words import pick
from workflow.records.fields import COLUMNS
from workflow.sources.tables import BECAUSE, DEEDS, SHOWN_KINDS, WHOLE


def column_words(name: str) -> str:
    """A column of the platform; a cell of none of them is the whole row."""
    known = COLUMNS.get(name)
    return pick(known.zh, known.en) if known else str(_("整行"))


def item_words(name: str) -> str:
    """A field of a difference, or that the whole student is in one of the two alone."""
    return str(_("整名学生")) if name == WHOLE else column_words(name)


def kind_words(kind: str) -> str:
    """The kind of a difference as it stands."""
    return pick(*SHOWN_KINDS[kind]) if kind in SHOWN_KINDS else str(_("还没有确定"))


def because_words(code: str) -> str:
    """Why a kind is proposed, or what explains a difference."""
    return pick(*BECAUSE[code]) if code else ""


def press_words(said: str) -> str:
    """What was done of a row, or is done by a press."""
    return str(_("按建议确定")) if said == "proposed" else pick(*DEEDS[said])
