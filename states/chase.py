"""Chase: a college's work on one silent case. Reasons of silence, contacts, signatures on paper.

It is separate from the case's lifecycle, so that a counsellor's note does not change the version of the page
on which the student is about to answer.
"""

from __future__ import annotations

from states import NOWHERE, Act, Lifecycle, Move, State

CHASED = "chased"
CHASERS = ("officer", "registrar")

CHASE = Lifecycle(
    name="chase",
    zh="催办",
    en="chase",
    guards=("holds_the_role", "case_is_of_their_college", "campaign_is_held"),
    states=(State(CHASED, "有催办记录", "chased", resting=True),),
    moves=(
        Move(
            "begin",
            "开始催办",
            "begin to chase",
            sources=(NOWHERE,),
            target=CHASED,
            roles=CHASERS,
            details=("case",),
        ),
    ),
    acts=(
        Act(
            "give_reason",
            "登记未核对原因",
            "note why nothing was said",
            states=(CHASED,),
            roles=CHASERS,
            details=("reason",),
            guards=("case_is_silent",),
            checks=("reason_is_known",),
            effects=("keep_reason",),
        ),
        Act(
            "contact",
            "登记联系",
            "note a contact",
            states=(CHASED,),
            roles=CHASERS,
            details=("how", "result", "on"),
            guards=("case_is_silent",),
            checks=("contact_is_whole", "day_has_come"),
            effects=("keep_contact",),
        ),
        Act(
            "note_signature",
            "登记纸质签名",
            "note a signature on paper",
            states=(CHASED,),
            roles=CHASERS,
            details=("on",),
            guards=("not_signed_on_paper",),
            checks=("day_has_come",),
            effects=("keep_signature",),
        ),
        Act(
            "strike_signature",
            "撤销纸质签名",
            "strike a signature on paper",
            states=(CHASED,),
            roles=CHASERS,
            guards=("signed_on_paper",),
            effects=("drop_signature",),
        ),
        Act(
            "tell",
            "登记已告知本人",
            "attest that the student was told",
            states=(CHASED,),
            roles=CHASERS,
            details=("how", "on"),
            guards=("case_is_silent", "holds_a_tellers_duty", "told_before_the_close", "not_told_in_person"),
            checks=("told_the_student", "telling_day_fits"),
            effects=("keep_telling",),
        ),
        Act(
            "strike_telling",
            "撤销告知登记",
            "strike that the student was told",
            states=(CHASED,),
            roles=CHASERS,
            guards=("case_is_silent", "told_in_person"),
            effects=("drop_telling",),
        ),
    ),
)
