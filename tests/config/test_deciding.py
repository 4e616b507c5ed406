"""What a text says of checklists, batches, escalations and words on approval, and which of it is a fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from config.policy import PolicyFaults, School, items_for, kept_school
from config.policy.deciding import BatchRule, ChecklistItem, Decisions, Escalation
from config.policy.submissions import next_intake
from tests.config.asking import amended, answer, in_first_words, reads, rule
from tests.config.kept_texts import kept_texts

DECISIONS = '\n[decisions]\nwords_on_approval = true\nsource = "测试"\n'
ITEM = {
    "id": '"test.item"',
    "fields": '["XM", "XH"]',
    "causes": '["legal_change", "school_data"]',
    "says": '"说"',
    "says_en": '"said"',
    "required": "true",
    "source": '"测试"',
}
BATCH = {
    "id": '"test.dots"',
    "fields": '["XM"]',
    "causes": '["rendering"]',
    "same": '["field", "cause"]',
    "at_most": "20",
    "says": '"说"',
    "says_en": '"said"',
    "source": '"测试"',
}
ESCALATION = {
    "steps": '["approval"]',
    "working_days": "3",
    "to": '["second_reviewer", "counsellor"]',
    "says": '"说"',
    "says_en": '"said"',
    "source": '"测试"',
}
SUBMISSION = {
    "office": '"province"',
    "months": "[12, 3]",
    "last_day": "20",
    "says": '"说"',
    "says_en": '"said"',
    "source": '"测试"',
}
APPROVAL = rule("test.approval", "{}", '{ add_step = "approval", office = "college", days = 3 }')


def table(name: str, said: dict[str, str], **other: str) -> str:
    """A table as a registrar writes it, with other values for some of its keys; an empty one leaves it out."""
    lines = [f"{key} = {value}" for key, value in {**said, **other}.items() if value]
    return "\n".join(["", f"[[{name}]]", *lines, ""])


def test_what_a_text_says_of_deciding_is_read(nchu: School, tmp_path: Path) -> None:
    """Each of the four tables as written, and an item is asked of the claims that it is about and of no other."""
    text = DECISIONS + table("checklist", ITEM) + table("batch", BATCH)
    school = amended(tmp_path, nchu, policy=text + APPROVAL + table("escalation", ESCALATION))
    policy = school.policy

    item = ChecklistItem(
        "test.item", ("XM", "XH"), "说", "said", True, "测试", ("legal_change", "school_data")
    )
    assert policy.decisions == Decisions("测试", words_on_approval=True)
    assert policy.checklist[-1] == item
    assert policy.batches[-1] == BatchRule(
        "test.dots", ("XM",), ("rendering",), ("field", "cause"), 20, "说", "said", "测试"
    )
    assert policy.escalations == (
        Escalation(("approval",), 3, ("second_reviewer", "counsellor"), "说", "said", "测试"),
    )
    asked = [(field, cause) for field in ("XM", "XH", "XB") for cause in ("legal_change", "rendering")]
    assert [one for one in asked if item in items_for(policy, *one)] == [
        ("XM", "legal_change"),
        ("XH", "legal_change"),
    ]
    assert school.warnings == nchu.warnings


def test_a_text_without_these_tables_asks_for_nothing() -> None:
    """No kept text has a checklist, a batch or an escalation, or asks for words on approval."""
    for kept in kept_texts():
        policy = kept_school(kept.text).policy
        assert (policy.checklist, policy.batches, policy.escalations, policy.submissions) == ((), (), (), ())
        assert not policy.decisions.words_on_approval


def test_how_a_school_decides_changes_no_answer(nchu: School, tmp_path: Path) -> None:
    """The four tables make another text, whose answers are those of the text without them."""
    text = DECISIONS + table("checklist", ITEM) + table("batch", BATCH)
    more = amended(tmp_path, nchu, policy=text)
    said = [answer(school, "2026-03-02").as_json() for school in (nchu, more)]

    assert more.digest != nchu.digest
    assert [one.pop("policy")["school"] for one in said] == ["nchu", "nchu"]
    assert said[0] == said[1]


FAULTS = [
    (table("checklist", ITEM) * 2, "checklist[…]：test.item 出现了两次 / named twice"),
    (table("checklist", ITEM, fields="[]"), "checklist[…].fields：至少要写一个 / must name something"),
    (
        table("checklist", ITEM, fields='["SHOE"]', causes=""),
        "checklist[…].fields：不认识 SHOE，可用的有 XM、…、PHOTO / unknown",
    ),
    (
        table("checklist", ITEM, fields='["XM"]', causes='["whim"]'),
        "checklist[…].causes：不认识 whim，可用的有 admission_error、…、rendering / unknown",
    ),
    (
        table("checklist", ITEM, fields='["XM", "PHOTO"]', causes='["legal_change"]'),
        "checklist[…].fields：PHOTO 不会因此有误，永远遇不到 / a claim of PHOTO never has such a cause: it is never met",
    ),
    (
        table("checklist", ITEM, fields='["XM"]', causes='["legal_change", "photo"]'),
        "checklist[…].causes：所列项目都不会因 photo 有误，永远遇不到 / none of the fields is ever wrong for photo: it is never met",
    ),
    (table("checklist", ITEM, says_en=""), "checklist[…]：缺少 says_en / says_en is missing"),
    (table("checklist", ITEM, required=""), "checklist[…]：缺少 required / required is missing"),
    (table("batch", BATCH) * 2, "batch[…]：test.dots 出现了两次 / named twice"),
    (table("batch", BATCH, same="[]"), "batch[…].same：至少要写一个 / must name something"),
    (
        table("batch", BATCH, same='["mood"]'),
        "batch[…].same：不认识 mood，可用的有 field、cause、class、college、variant、new / unknown",
    ),
    (
        table("batch", BATCH, at_most="1"),
        "batch[…].at_most：应在 2 到 100 之间 / must be a number from 2 to 100",
    ),
    (
        table("batch", BATCH, at_most="101"),
        "batch[…].at_most：应在 2 到 100 之间 / must be a number from 2 to 100",
    ),
    (
        table("batch", BATCH, causes='["rendering", "legal_change"]'),
        "batch[…].fields：XM 是身份信息的变更，只能逐件办理 / a change of XM is one of identity: never in a batch",
    ),
    (table("batch", BATCH, says_en=""), "batch[…]：缺少 says_en / says_en is missing"),
    *(
        (
            table("batch", BATCH, fields=f'["{field}"]', causes='["admission_error"]'),
            f"batch[…].fields：{field} 是身份信息的变更，只能逐件办理 / a change of {field} is one of identity: never in a batch",
        )
        for field in ("SFZH", "CSRQ", "XB")
    ),
    (
        APPROVAL + table("escalation", ESCALATION, steps='["dance"]'),
        "escalation[…].steps：不认识 dance，可用的有 check、…、platform / unknown",
    ),
    (
        APPROVAL + table("escalation", ESCALATION, to='["student"]'),
        "escalation[…].to：不认识 student，可用的有 officer、…、registrar / unknown",
    ),
    (
        APPROVAL + table("escalation", ESCALATION, to="[]"),
        "escalation[…].to：至少要写一个 / must name something",
    ),
    (
        APPROVAL + table("escalation", ESCALATION, working_days="-1"),
        "escalation[…].working_days：不能小于 0 / must not be negative",
    ),
    (
        APPROVAL + table("escalation", ESCALATION) * 2,
        "escalation[…]：approval 3 出现了两次 / named twice",
    ),
    (
        table("submission", SUBMISSION, office='"moon"'),
        "submission[…].office：不认识 moon，可用的有 registrar、…、province / unknown",
    ),
    (
        table("submission", SUBMISSION, months="[]"),
        "submission[…].months：至少要写一个 / must name something",
    ),
    (
        table("submission", SUBMISSION, months="[0, 13]"),
        "submission[…].months：月份应在 1 到 12 之间 / must be months from 1 to 12",
    ),
    (
        table("submission", SUBMISSION, last_day="29"),
        "submission[…].last_day：应在 1 到 28 之间；整个月都收的，不写 / must be a day from 1 to 28; left out: all of the month",
    ),
    (
        table("submission", SUBMISSION) * 2,
        "submission[…].office：province 出现了两次 / named twice",
    ),
    ("\n[decisions]\nwords_on_approval = true\n", "decisions：缺少 source / source is missing"),
    (
        '\n[decisions]\nwords_on_approval = "yes"\nsource = "测试"\n',
        "decisions.words_on_approval：应为true 或 false / must be true or false",
    ),
]


@pytest.mark.parametrize(("text", "says"), FAULTS)
def test_what_cannot_be_meant_is_a_fault_with_its_line(
    nchu: School, tmp_path: Path, text: str, says: str
) -> None:
    """An unknown name, an item nobody meets, a batch of identities: told at the table that says it."""
    with pytest.raises(PolicyFaults) as caught:
        amended(tmp_path, nchu, policy=text)
    (fault,) = caught.value.faults

    assert reads(fault.says, says)
    assert fault.line > nchu.texts["policy.toml"].count("\n")


def test_an_escalation_of_steps_that_are_never_due_is_told(nchu: School, tmp_path: Path) -> None:
    """Where no rule gives them a last day nobody would ever be told; the text loads."""
    school = amended(tmp_path, nchu, policy=table("escalation", ESCALATION))
    (warning,) = set(school.warnings) - set(nchu.warnings)

    assert warning.says.startswith("escalation[1].steps：没有规则给这些环节定期限")


def test_an_intake_is_the_first_that_what_is_ready_can_still_go_with(nchu: School, tmp_path: Path) -> None:
    """Its last day is within, the next second is the next intake's; an office without months has none; one without claims is told."""
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    policy = amended(tmp_path / "one", nchu, policy=table("submission", SUBMISSION)).policy
    asked = {
        "2026-03-20T23:59:59+08:00": "2026-03",
        "2026-03-21T00:00:00+08:00": "2026-12",
        "2026-12-20T12:00:00+08:00": "2026-12",
        "2026-12-31T12:00:00+08:00": "2027-03",
    }
    found = {at: next_intake(policy, "province", datetime.fromisoformat(at)) for at in asked}
    assert found == asked
    assert next_intake(policy, "registrar", datetime.fromisoformat("2026-03-20T00:00:00+08:00")) == ""
    assert next_intake(nchu.policy, "province", datetime.fromisoformat("2026-03-20T00:00:00+08:00")) == ""
    whole = amended(tmp_path / "two", nchu, policy=table("submission", SUBMISSION, last_day="")).policy
    assert next_intake(whole, "province", datetime.fromisoformat("2026-03-31T23:59:59+08:00")) == "2026-03"

    school = amended(tmp_path / "three", nchu, policy=table("submission", SUBMISSION, office='"registrar"'))
    (warning,) = set(school.warnings) - set(nchu.warnings)
    assert warning.says.startswith("submission[1].office：没有规则把事项报送到这个单位")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("decisions", DECISIONS),
        ("checklist", table("checklist", ITEM)),
        ("batch", table("batch", BATCH)),
        ("submission", table("submission", SUBMISSION)),
        ("escalation", APPROVAL.replace(", days = 3", ', by = "x"') + table("escalation", ESCALATION)),
    ],
)
def test_the_tables_need_the_second_vocabulary(nchu: School, tmp_path: Path, name: str, text: str) -> None:
    """In a text of the first they are faults; a kept one would mean nothing by them."""
    first = replace(nchu, texts={**nchu.texts, "policy.toml": in_first_words(nchu.texts["policy.toml"])})
    with pytest.raises(PolicyFaults) as caught:
        amended(tmp_path, first, policy=text)

    assert any(
        fault.says.endswith(f"{name} 要在文件开头写明 vocabulary = 2 / {name} needs vocabulary = 2")
        for fault in caught.value.faults
    )
