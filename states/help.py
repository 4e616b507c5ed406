"""Help item: a request to the registrar from somebody who need not have an account.

It is about the platform's account or a record that is not found. It changes no record and no case.
"""

from __future__ import annotations

from states import NOWHERE, Act, Lifecycle, Move, State

ASKED = "asked"
LOOKING = "looking"
SOLVED = "solved"
RECORD_MISSING = "record_missing"
NOT_OURS = "not_ours"
WITHDRAWN = "withdrawn"
LAPSED = "lapsed"
WAITING = (ASKED, LOOKING)
ENDED = (SOLVED, RECORD_MISSING, NOT_OURS, WITHDRAWN, LAPSED)
REGISTRAR = ("registrar",)
VISITOR = ("visitor",)
SYSTEM = ("system",)

HELP = Lifecycle(
    name="help",
    zh="咨询事项",
    en="help item",
    guards=("asker_or_office",),
    states=(
        State(ASKED, "已提交", "submitted"),
        State(LOOKING, "查询中", "being looked into"),
        State(SOLVED, "已解决", "solved", resting=True),
        State(RECORD_MISSING, "未查到学籍", "no record found", resting=True),
        State(NOT_OURS, "不属本校办理", "not for this school to handle", resting=True),
        State(WITHDRAWN, "已撤回", "taken back", resting=True),
        State(LAPSED, "逾期终止", "closed without an answer", resting=True),
    ),
    moves=(
        Move(
            "ask",
            "提交咨询",
            "ask for help",
            sources=(NOWHERE,),
            target=ASKED,
            roles=VISITOR,
            details=("kind", "name", "number", "phone", "words"),
            checks=("kind_is_known", "asker_can_be_called", "request_fits"),
            effects=("keep_request",),
        ),
        Move(
            "take_up",
            "开始查询",
            "look into it",
            sources=(ASKED,),
            target=LOOKING,
            roles=REGISTRAR,
        ),
        Move(
            "solve",
            "答复：已解决",
            "answer: solved",
            sources=WAITING,
            target=SOLVED,
            roles=REGISTRAR,
            details=("words",),
            checks=("words_given",),
            effects=("keep_reply", "end_item"),
        ),
        Move(
            "miss",
            "答复：未查到学籍",
            "answer: no record found",
            sources=WAITING,
            target=RECORD_MISSING,
            roles=REGISTRAR,
            details=("words",),
            checks=("words_given",),
            effects=("keep_reply", "end_item"),
        ),
        Move(
            "decline",
            "答复：不属本校办理",
            "answer: not for this school to handle",
            sources=WAITING,
            target=NOT_OURS,
            roles=REGISTRAR,
            details=("words",),
            checks=("words_given",),
            effects=("keep_reply", "end_item"),
        ),
        Move(
            "withdraw",
            "撤回咨询",
            "take the request back",
            sources=WAITING,
            target=WITHDRAWN,
            roles=VISITOR,
            effects=("erase_personal", "end_item"),
        ),
        Move(
            "lapse",
            "逾期终止",
            "close without an answer",
            sources=WAITING,
            target=LAPSED,
            roles=SYSTEM,
            guards=("waited_too_long",),
            effects=("end_item",),
        ),
    ),
    acts=(
        Act(
            "call",
            "登记电话联系",
            "note a telephone call",
            states=WAITING,
            roles=REGISTRAR,
            details=("result",),
            checks=("result_is_known",),
            effects=("note_call",),
        ),
        Act(
            "erase",
            "清除个人信息",
            "erase personal data",
            states=ENDED,
            roles=SYSTEM,
            guards=("ended_long_ago", "not_erased_yet"),
            effects=("erase_personal",),
        ),
    ),
)
