"""The worksheet of the platform on its page: ticks, one date, one press; what is left keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from tests.web.browsing import WHOLE_NUMBER, Browser, Form, Page
from tests.workflow.cases.review.test_entering import approved
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.receipts import spoken
from workflow.engine import Ref
from workflow.people.tables import Access

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]

Staff = Callable[[str], Browser]
SHEET = "/desk/platform"
CLAIMED = number_of(date(2006, 5, 4), 987)


def sheet_of(browser: Browser) -> Form:
    """The form of the worksheet on the page that a browser shows."""
    (form,) = [one for one in browser.page.forms if one.method == "post" and one.action == SHEET]
    return form


def tick(world: World, *cases: Ref) -> list[str]:
    """The ticks of some rows, at the versions of now."""
    return [f"{case.id}:{world.case(case).version}" for case in cases]


def ticked(page: Page) -> list[str]:
    """The cases whose rows are ticked on a page."""
    return [piece.split(":")[0] for piece in page.html.split('name="row"')[1:] for piece in _checked(piece)]


def _checked(piece: str) -> list[str]:
    tag = piece.split(">")[0]
    return [tag.split('value="')[1]] if " checked" in tag else []


def test_ticked_rows_are_entered_and_the_others_stay(world: World, as_staff: Staff) -> None:
    """One press enters what is ticked, says so, and lists what can still be taken back; the rest stays."""
    first, second, third = (approved(world, NAME) for _ in range(3))
    browser = as_staff("reviewer")
    page = browser.get(SHEET)
    assert page.text.count("测试甲") == 0 and page.html.count('value="测试甲"') == 3 and ticked(page) == []
    assert ticked(browser.get(f"{SHEET}?ticked=all")) == [first.id, second.id, third.id]
    assert browser.send_form(sheet_of(browser), row=tick(world, first, third)).status == 303
    page = browser.follow()
    assert "已登记录入 2 件，均已办结。" in page.text and "您刚办结 2 件" in page.text
    assert [world.case(case).state for case in (first, second, third)] == [
        "corrected",
        "under_review",
        "corrected",
    ]
    assert page.html.count('name="row"') == 1 and spoken(world.row(first).receipt or "") in page.text


def test_what_could_not_be_entered_is_named_and_nothing_typed_is_lost(world: World, as_staff: Staff) -> None:
    """Held, withdrawn: each with its reason beside the number entered; the ticks, day and words stay."""
    good, held, gone, other = (approved(world, NAME) for _ in range(4))
    browser = as_staff("reviewer")
    browser.get(SHEET)
    ticks = tick(world, good, held, gone)
    world.do(held, "hold", world.staff["other_reviewer"])
    world.do(gone, "withdraw", world.student(world.case(gone).record.id))
    page = browser.send_form(sheet_of(browser), row=ticks, seen_on="2024-10-25", words="已更正")
    assert page.status == 409 and "有 2 件没有登记" in page.text and "已登记录入 1 件" in page.text
    assert {"held_by_another", "changed_meanwhile", "wrong_state"} <= set(page.codes)
    assert sheet_of(browser).fields["seen_on"] == "2024-10-25" and "已更正" in page.html
    assert "另一位审核人经办至" in page.text and spoken(world.row(gone).receipt or "") in page.text
    assert world.case(good).state == "corrected" and world.case(other).state == "under_review"
    again = browser.send_form(sheet_of(browser), row=tick(world, other), seen_on="2024-10-01")
    assert (again.status, again.codes, ticked(again)) == (422, ["seen_before_filing"], [other.id])


def test_no_tick_no_day_and_a_day_to_come_are_said_at_the_form(world: World, as_staff: Staff) -> None:
    """Nothing is entered, and what was ticked or dated stands there again; ticks of no such page are none."""
    case, browser = approved(world, NAME), as_staff("reviewer")
    browser.get(SHEET)
    for forged in ([f"{case.id}:{'9' * 5_000}"], [case.id], tick(world, case) * 51):
        assert browser.send_form(sheet_of(browser), row=forged).status == 400
        browser.get(SHEET)
    browser.get(SHEET)
    page = browser.send_form(sheet_of(browser))
    assert (page.status, page.codes) == (422, ["nothing_ticked"])
    for day, fault in (
        ("", "请填写在学信网看到正确信息的日期"),
        ("2030-01-01", "还没有到"),
        ("2024-02-30", "没有这一天"),
    ):
        page = browser.send_form(sheet_of(browser), row=tick(world, case), seen_on=day)
        assert page.status == 422 and fault in page.text and "#seen_on" in page.links
        assert ticked(page) == [case.id] and world.case(case).state == "under_review"
    form = sheet_of(browser)
    for version in ("", "-1", "²", "٣", "9" * 5000):
        assert browser.send_form(form, row=f"{case.id}:{version}").status == 400


def test_a_full_number_is_shown_once_in_its_row_and_never_on_paper(world: World, as_staff: Staff) -> None:
    """Masked before and after; one press shows the one to be entered, logged first, with the ticks kept."""
    number = ClaimFiled("SFZH", "admission_error", CLAIMED)
    case, other, browser = approved(world, number), approved(world, NAME), as_staff("reviewer")
    assert not WHOLE_NUMBER.search(browser.get(SHEET).html)
    form = sheet_of(browser)
    said = {**form.fields, "claim": world.case(case).claims[0].id, "row": tick(world, other)}
    page = browser.post(f"{SHEET}/{case.id}/number", **said)
    assert WHOLE_NUMBER.findall(page.html) == [CLAIMED] and ticked(page) == [other.id]
    assert not WHOLE_NUMBER.search(browser.get(SHEET).html + browser.get(f"{SHEET}/paper").html)
    refused = browser.post(f"{SHEET}/{case.id}/number", **{**said, "why": ""})
    assert "look_without_reason" in refused.codes and not WHOLE_NUMBER.search(refused.html)
    with world.place.store.reading() as session:
        asked = select(Access.subject, Access.allowed, Access.why).where(Access.what == "reveal:SFZH")
        assert [tuple(row) for row in session.execute(asked.order_by(Access.id))] == [
            (case.id, True, "enter"),
            (case.id, False, ""),
        ]


def test_an_approval_that_leaves_only_the_entry_goes_on_to_the_next_case(
    world: World, as_staff: Staff
) -> None:
    """The case is on the worksheet and in no queue, and the next one is in hand."""
    first, second = (Ref("case", world.file(world.record(), NAME).subject) for _ in range(2))
    browser = as_staff("reviewer")
    browser.get("/desk")
    assert browser.send("/next").status == 303
    browser.follow()
    here = Ref("case", browser.page.path.split("/")[2].split("?")[0])
    assert browser.send("/decide", outcome="approved", then="next").status == 303
    (there,) = {first, second} - {here}
    assert browser.page.location.startswith(f"/desk/{there.id}")
    assert world.case(there).holder == world.staff["reviewer"].person and not world.case(here).holder
    queue, sheet = browser.get("/desk"), browser.get(SHEET)
    receipt = spoken(world.row(here).receipt or "")
    assert receipt not in queue.text and receipt in sheet.text
