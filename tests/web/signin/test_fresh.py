"""A fresh proof before decisions, reveals, exports and grants, and the press that it interrupts."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import BaseConverter

from config.settings import Smtp
from states.case import CORRECTED, REJECTED, REVIEW
from tests.conftest import ON_BOTH
from tests.web.browsing import Browser, Page
from tests.web.counting import Counted
from tests.web.pages import NOT_PAGES
from tests.workflow.notices.conftest import keep, with_channels
from tests.workflow.signin.doors import numbered
from tests.world import CAMPAIGN, NAME, World, picture
from web import create_app
from web.signin.kept_words import deed_in_words
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.questions import QuestionAsked
from workflow.engine import Ref
from workflow.history.tables import EntryRow
from workflow.notices.addresses import Given
from workflow.notices.contacts import Owner
from workflow.people.accounts import give_role
from workflow.people.presences import FRESH, FRESH_LONGEST, LIVES, who_is
from workflow.people.scopes import held
from workflow.people.tables import Access
from workflow.people.tokens import digest
from workflow.signin.kept import AT_MOST, KEPT, LARGEST, Pressed
from workflow.signin.password.proof import set_password
from workflow.signin.tables import KeptPress, SignInCode
from workflow.signin.throttle import FREE

pytestmark = pytest.mark.one_database

Someone = Callable[[str], Browser]
PASSWORD = "vier Stare sassen auf dem Zaun"
WORDS = "身份证与户口簿上都写作“丰”，\r\n原记录无误 <b>&amp;"
REFUSAL = {"outcome": "refused", "refusal": "record_is_right", "words": WORDS}
MINUTE = timedelta(minutes=1)

WITHOUT_PROOF = {
    **dict.fromkeys(
        ("signin.leave", "signin.switch", "signin.language", "fresh.prove_it", "fresh.code",
         "fresh.in_that_role"),
        "signs in, out or proves; whatever another role decides asks for itself",
    ),
    **dict.fromkeys(
        ("signin.sign_in", "signin.renew", "activation.look", "activation.set_password",
         "activation.offer_address", "activation.bind_address", "by_code.send", "by_code.sign_in",
         "links.take", "links.take_old", "links.prove"),
        "ways in, for people who are not signed in",
    ),
    "address.prove": "takes a code that was asked for with a fresh proof",
    "admin.find": "looks up members of staff",
    "profile.look": "shows a colour; saving the profile is fresh",
    **dict.fromkeys(
        ("school.colour_sheet", "school.preview_sheet", "school.picture"), "a colour and a crest, for every page"
    ),
    "staffing.hand_in": "a file to look at; proposing it is fresh",
    **dict.fromkeys(("staffing.decline", "outgoing.decline_job"), "only puts aside what was proposed"),
    **dict.fromkeys(("codes.college.find", "codes.registrar.find", "permissions.find"), "looks up, and is logged"),
    "notice.open": "leads to the page of a notice",
    **dict.fromkeys(
        ("account.end", "account.end_others"), "a person who sees a stranger's sign-in ends it at once"
    ),
    "account.new_password": "asks for the old password or a fresh proof itself",
    **dict.fromkeys(
        ("student.mark", "student.marks", "student.say_looked", "student.defer", "student.deferring", "student.unmark", "student.discard", "student.hand_in", "student.take_back",
         "student.confirm", "student.act", "answers.answer", "answers.supply"),
        "students answer for themselves",
    ),
    **dict.fromkeys(
        ("proxy.mark", "proxy.unmark", "proxy.discard", "proxy.hand_in", "proxy.take_back", "proxy.say_how"),
        "a draft; handing it in is fresh",
    ),
    **dict.fromkeys(
        ("student.photo", "student.paper", "student.thumbnail", "student.letter_pdf"), "students look at what is their own"
    ),
    **dict.fromkeys(
        ("desk.paper", "desk.photo", "desk.letter_pdf", "checks.paper", "proxy.photo", "proxy.paper", "proxy.thumbnail"),
        "read at length beside a case, each look a line of the access log; a picture cannot ask for a password",
    ),
    **dict.fromkeys(
        ("find.find", "letters.find", "desk.take", "audit.find", "searches.who_searched", "rules.explained",
         "cards.find"),
        "looks up, and is logged",
    ),
    **dict.fromkeys(("chasing.note", "chasing.note_signatures", "chasing.note_one", "chasing.strike",
                     "chasing.strike_telling"),
                    "notes that decide nothing, and can be struck"),
    "checks.note": "a note for colleagues, which decides nothing",
    "checks.verify": "what was verified, which decides nothing",
    **dict.fromkeys(("sentences.act", "desk.keep_view"), "one's own sentences and views of the queue"),
    "chasing.send_reminder": "sends the fixed words of a reminder",
    **dict.fromkeys(
        ("rosters.hand_in", "contacts.hand_in", "exports.hand_in", "sources.hand_in", "batch_answers.hand_in",
         "batch_files.hand_in"),
        "a file to look at; taking it in, or a table away, is fresh",
    ),
    **dict.fromkeys(
        ("rosters.drop", "contacts.drop", "exports.drop", "sources.drop", "batch_answers.drop"),
        "drops a file that was only looked at",
    ),
    **dict.fromkeys(("sources.map_columns", "differences.press"), "a worksheet, which changes no record"),
    **dict.fromkeys(
        ("batches.open_batch", "batches.put_in", "batches.take_out"),
        "puts together what freezing, which is fresh, makes firm",
    ),
    **dict.fromkeys(
        ("batches.ask_out", "batches.decline_out", "batches.dissolve"),
        "lets nothing leave; agreeing that a line goes is fresh",
    ),
    "batches.send": "enters a letter as sent, as the desk does; freezing and agreeing before it are fresh",
    "batches.close": "puts away what is answered, which is fresh",
    "batch_files.letter_pdf": "counts alone; the letter with its items is fresh",
    "forms.note": "where a paper is now, which the next note mends",
    **dict.fromkeys(
        ("rules.supposed", "rules.supposed_file", "rules.supposed_list", "rules.compared", "rules.compared_file",
         "rules.compared_list", "rulebook.touched_list"),
        "reckons with rules and stores nothing; lists of people as files are fresh",
    ),
    **dict.fromkeys(("deliveries.again", "deliveries.test"), "sends what is due, or a test to oneself"),
    "standing_in.add": "declares a relation, which only bars",
    **dict.fromkeys(
        ("help.hand_in", "help.look", "help.withdraw"), "a visitor asks for help, and has the word of that request alone"
    ),
    **dict.fromkeys(
        ("help_office.take_up", "help_office.call", "help_office.answer"), "answers who asks for help; changes no record"
    ),
    "guide.end": "counts, and is open to everybody",
    **dict.fromkeys(
        ("guide.code", "poster.code", "bulletins.table", "bulletins.profile", "rules.actions_file"), "names nobody"
    ),
    "static": "the same for everybody",
}  # fmt: skip
"""Unsafe views and files that deliberately need no fresh proof, with the reason."""


@pytest.fixture
def filed(world: World) -> Ref:
    """A case about a name, taken up by the reviewer, who has a password."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    give_password(world, numbered(world, "reviewer", "T0001"))
    return case


def give_password(world: World, person: str) -> None:
    """Give a person a password. It would end their sign-ins, so it comes first."""
    with world.place.store.writing() as session:
        set_password(session, person, PASSWORD, world.clock.moment)


def later(world: World, much: timedelta) -> None:
    """Let time go by."""
    world.at(world.clock.moment + much)


def typed_late(world: World, browser: Browser, case: Ref, much: timedelta) -> Page:
    """Open a case, type a refusal for so long, and press."""
    form = browser.get(f"/desk/{case.id}").form("/decide")
    later(world, much)
    return browser.send_form(form, **REFUSAL)


def kept(world: World) -> int:
    """How many presses are kept."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(KeptPress)) or 0


def lines(world: World, what: str) -> list[tuple[str, str, bool]]:
    """The access log's lines of a kind: by whom, in which role, and whether it was allowed."""
    with world.place.store.reading() as session:
        rows = session.execute(
            select(Access.person_id, Access.role, Access.allowed)
            .where(Access.what == what)
            .order_by(Access.id)
        )
        return [(row.person_id, row.role, row.allowed) for row in rows]


def words_of(world: World, case: Ref) -> list[str]:
    """The reasons that were written with the case's entries."""
    return [words for _, words in world.words(case) if words]


def anything_for(kind: BaseConverter) -> str:
    """A value that a place in an address takes."""
    some = (*getattr(kind, "items", ()), "1", "a" * 32, "a" * 64)
    return next(one for one in some if re.fullmatch(kind.regex, one))


# -- what needs a proof ---------------------------------------------------------------------------------


def test_every_act_and_every_file_says_whether_it_needs_a_fresh_proof(app: Flask) -> None:
    """Each unsafe view and each download is declared fresh or stands in the list with its reason, and not both."""
    asked = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) or rule.endpoint in NOT_PAGES
    }
    declared = {name for name in asked if hasattr(app.view_functions[name], "fresh")}
    assert asked - declared - WITHOUT_PROOF.keys() == set()
    assert declared & WITHOUT_PROOF.keys() == set()
    assert WITHOUT_PROOF.keys() - asked == set()


def test_every_press_that_may_be_kept_for_a_proof_is_named_when_it_is_shown_again(app: Flask) -> None:
    """Nobody is asked to send something on of which the page does not say what it does."""
    nameless = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "POST" in (rule.methods or ()) and hasattr(app.view_functions[rule.endpoint], "fresh"):
                values = {name: anything_for(kind) for name, kind in rule._converters.items()}
                path = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
                nameless += [] if deed_in_words(Pressed(path, "", "", "", ())) else [rule.endpoint]
    assert nameless == []


def test_a_declaration_names_actions_that_its_address_has(app: Flask) -> None:
    """No action goes without its proof by a slip of the pen."""
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], "fresh", None)
        if declared is not None and declared.actions:
            assert all(action in rule.rule for action in declared.actions), rule


def test_looking_taking_up_and_asking_need_no_fresh_proof(
    world: World, as_staff: Someone, filed: Ref
) -> None:
    """After an hour at the desk a reviewer goes on reading, takes the case on again and puts it back."""
    browser = as_staff("reviewer")
    later(world, timedelta(hours=1))
    assert browser.get(f"/desk/{filed.id}").status == 200
    assert browser.send("/hold").status == 303
    browser.follow()
    assert browser.send("/release").status == 303
    assert browser.follow().status == 200 and world.case(filed).holder == ""


def test_a_student_files_and_confirms_without_a_fresh_proof(world: World, as_student: Someone) -> None:
    """An hour over one's own record is no reason to ask a student for a password."""
    record = world.record()
    world.open_campaign()
    student = as_student(record)
    later(world, timedelta(hours=1))
    student.get("/my/confirm")
    page = student.send("/my/confirm")
    assert page.status == 303 and not page.location.startswith("/fresh")


def test_each_fresh_act_renews_the_proof_for_two_hours_at_most(
    world: World, as_staff: Someone, app: Flask
) -> None:
    """Who exports every ten minutes is not asked, until the proof itself is two hours old."""
    world.record()
    world.open_campaign()
    browser, begun = as_staff("registrar"), world.clock.moment
    path = f"/registrar/{CAMPAIGN}/unchecked.csv"
    while world.clock.moment < begun + FRESH_LONGEST:
        assert browser.get(path).status == 200
        later(world, FRESH - MINUTE)
    page = browser.get(path)
    assert page.status == 303 and page.location.startswith("/fresh?to=")


def test_a_proof_lasts_a_quarter_of_an_hour_to_the_second(world: World, as_staff: Someone) -> None:
    """One second before its end it still counts, at its end no more."""
    world.record()
    world.open_campaign()
    path = f"/registrar/{CAMPAIGN}/unchecked.csv"
    browser, other = as_staff("registrar"), as_staff("registrar")
    later(world, FRESH - timedelta(seconds=1))
    assert browser.get(path).status == 200
    later(world, timedelta(seconds=1))
    assert other.get(path).status == 303


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_renewing_the_proof_costs_one_statement_once_a_minute(
    world: World, as_staff: Someone, statements: Counted
) -> None:
    """Two exports in the same minute cost the same as ever; the next minute's costs one update more."""
    world.record()
    world.open_campaign()
    path = f"/registrar/{CAMPAIGN}/unchecked.csv"
    browser, costs = as_staff("registrar"), []
    for pause in (timedelta(0), timedelta(seconds=59), timedelta(seconds=1)):
        later(world, pause)
        statements.clear()
        assert browser.get(path).status == 200
        costs.append([one for one in statements if "proved_at=" in one.replace(" ", "")])
    assert [len(one) for one in costs] == [0, 0, 1]


# -- the press that it interrupts -----------------------------------------------------------------------


@ON_BOTH
def test_a_refusal_typed_for_sixteen_minutes_is_not_lost(world: World, as_staff: Someone, filed: Ref) -> None:
    """It is kept, shown after the password with every word, and sent on by the person: one decision."""
    browser = as_staff("reviewer")
    page = typed_late(world, browser, filed, timedelta(minutes=16))
    assert page.status == 303 and page.location.startswith("/fresh/")
    assert world.case(filed).state == REVIEW
    page = browser.follow()
    assert "还没有提交，您填写的内容还在" in page.text and "身份证与户口簿上都写作" in page.text
    assert not [form for form in page.forms if form.action.endswith("/decide")]
    assert browser.send("/fresh", password=PASSWORD).status == 303
    page = browser.follow()
    assert "认定结果" in page.text and "理由或说明" in page.text
    assert page.form("/decide").fields["words"] == WORDS
    assert browser.send("/decide").status == 303
    assert world.case(filed).state == REJECTED
    assert [said.replace("\r\n", "\n") for said in words_of(world, filed)][-1] == WORDS.replace("\r\n", "\n")


def test_a_decision_after_an_idle_hour_loses_nothing(world: World, as_staff: Someone, filed: Ref) -> None:
    """The session lives on, the proof does not; the password brings back what was typed."""
    browser = as_staff("reviewer")
    typed_late(world, browser, filed, timedelta(hours=1))
    browser.follow()
    browser.send("/fresh", password=PASSWORD)
    browser.follow()
    assert browser.send("/decide").status == 303
    assert world.case(filed).state == REJECTED


@ON_BOTH
def test_a_decision_after_five_hours_loses_nothing(world: World, as_staff: Someone, filed: Ref) -> None:
    """The session has ended: the page says why, and after signing in the same person sends it on."""
    browser = as_staff("reviewer")
    page = typed_late(world, browser, filed, timedelta(hours=5))
    assert page.status == 401 and "太久没有操作" in page.text and "您填写的内容还在" in page.text
    with world.place.store.reading() as session:
        press = session.scalars(select(KeptPress.id)).one()
    browser.get("/signin")
    assert browser.send("/signin", number="T0001", password=PASSWORD).location == f"/fresh/{press}"
    page = browser.follow()
    assert page.status == 200 and page.form("/decide").fields["words"] == WORDS
    assert browser.send("/decide").status == 303
    assert world.case(filed).state == REJECTED


def test_nobody_else_sees_what_was_typed(world: World, as_staff: Someone, filed: Ref) -> None:
    """Who signs in next at that browser gets the page that everybody gets for nothing."""
    browser = as_staff("reviewer")
    typed_late(world, browser, filed, timedelta(hours=5))
    with world.place.store.reading() as session:
        press = session.scalars(select(KeptPress.id)).one()
    browser.sit_down(world, world.staff["other_reviewer"].person)
    theirs, nothing = browser.get(f"/fresh/{press}"), browser.get(f"/fresh/{'0' * 32}")
    assert theirs.status == nothing.status == 404 and theirs.text == nothing.text
    assert "户口簿" not in theirs.html


def test_a_press_without_a_good_token_is_not_kept(world: World, as_staff: Someone, filed: Ref) -> None:
    """A forged form cannot lay words into anybody's mouth: 400 in a session, 401 after it, and no row."""
    browser = as_staff("reviewer")
    form = browser.get(f"/desk/{filed.id}").form("/decide")
    later(world, timedelta(minutes=16))
    assert browser.send_form(form, **REFUSAL, csrf_token="forged").status == 400
    later(world, timedelta(hours=5))
    page = browser.send_form(form, **REFUSAL, csrf_token="forged")
    assert page.status == 401 and "内容还在" not in page.text
    assert kept(world) == 0


def test_a_kept_press_is_sent_on_once(world: World, as_staff: Someone, filed: Ref) -> None:
    """The second press of its button is told so, and writes no second entry."""
    browser = as_staff("reviewer")
    typed_late(world, browser, filed, timedelta(minutes=16))
    press = browser.page.location
    browser.prove(world)
    form = browser.get(press).form("/decide")
    assert browser.send_form(form).status == 303
    before = world.case(filed).version
    page = browser.send_form(form)
    assert page.status == 409 and "已经提交过" in page.text
    assert world.case(filed).version == before and browser.get(press).status == 404


def test_a_kept_press_that_meets_a_change_keeps_its_words(
    world: World, as_staff: Someone, filed: Ref
) -> None:
    """Somebody decided meanwhile: the ordinary page says so, and the late words still stand in its form."""
    browser = as_staff("reviewer")
    world.settle_all(filed, "refused", world.staff["reviewer"])
    form = browser.get(f"/desk/{filed.id}").form("/reject")
    later(world, timedelta(minutes=16))
    browser.send_form(form, words="第二次", refusal="papers_contradict")
    world.do(filed, "reject", world.staff["reviewer"], words="第一次", refusal="record_is_right")
    browser.prove(world)
    browser.get(browser.page.location)
    page = browser.send("/reject")
    assert page.status == 409 and "changed_meanwhile" in page.codes
    assert world.row(filed).ruling == "record_is_right"


def test_what_is_kept_is_gone_after_ten_minutes(world: World, as_staff: Someone, filed: Ref) -> None:
    """To the second; and the next press that is kept sweeps the old rows away."""
    browser = as_staff("reviewer")
    typed_late(world, browser, filed, timedelta(minutes=16))
    press = browser.page.location
    later(world, KEPT - timedelta(seconds=1))
    assert browser.get(press).status == 200
    later(world, timedelta(seconds=1))
    assert browser.get(press).status == 404
    typed_late(world, browser, filed, timedelta(0))
    assert kept(world) == 1


def test_what_is_read_in_time_may_be_sent_late(world: World, as_staff: Someone, filed: Ref) -> None:
    """Who reads it through for eleven minutes after the password still sends every word."""
    browser = as_staff("reviewer")
    typed_late(world, browser, filed, timedelta(minutes=16))
    press = browser.page.location
    browser.prove(world)
    form = browser.get(press).form("/decide")
    later(world, timedelta(minutes=11))
    assert browser.send_form(form).status == 303
    assert world.case(filed).state == REJECTED


def test_what_is_kept_is_sealed(world: World, as_staff: Someone, filed: Ref) -> None:
    """Who reads the table learns nothing of what was typed, not even which page it was."""
    typed_late(world, as_staff("reviewer"), filed, timedelta(minutes=16))
    with world.place.store.reading() as session:
        row = session.scalars(select(KeptPress)).one()
        stored = row.sealed + repr((row.id, row.presence, row.person_id)).encode()
    for secret in ("户口簿", "record_is_right", "/desk/", filed.id):
        assert secret.encode() not in stored


def test_a_person_keeps_a_handful_of_presses(world: World, as_staff: Someone, filed: Ref) -> None:
    """The oldest makes room: pressing on and on fills no table."""
    browser = as_staff("reviewer")
    form = browser.get(f"/desk/{filed.id}").form("/decide")
    later(world, timedelta(minutes=16))
    for _ in range(AT_MOST + 3):
        last = browser.send_form(form, **REFUSAL).location
        later(world, timedelta(seconds=1))
    assert kept(world) == AT_MOST and browser.get(last).status == 200


def test_what_is_too_long_to_be_kept_is_said_to_be_so(world: World, as_staff: Someone) -> None:
    """The page says that nothing was sent, and where the words still are."""
    browser = as_staff("registrar")
    browser.get("/rules/compare")
    later(world, timedelta(minutes=16))
    page = browser.post(
        "/rules/compare/list.csv",
        csrf_token=browser.token,
        text="规" * (LARGEST // 3),
        file=(io.BytesIO(b""), ""),
    )
    assert page.status == 413 and "后退键" in page.text and kept(world) == 0


def test_typed_text_is_shown_as_text(world: World, as_staff: Someone, filed: Ref) -> None:
    """A tag that somebody typed is read as they typed it and makes nothing on the page."""
    browser = as_staff("reviewer")
    typed_late(world, browser, filed, timedelta(minutes=16))
    page = browser.follow()
    assert "<b>" not in page.html and "<b>&amp;" in page.text


def test_a_wrong_password_proves_nothing_and_loses_nothing(
    world: World, as_staff: Someone, filed: Ref
) -> None:
    """The page says so and still shows the words; the try is in the access log; nothing was decided."""
    browser = as_staff("reviewer")
    typed_late(world, browser, filed, timedelta(minutes=16))
    browser.follow()
    page = browser.send("/fresh", password="not the one")
    assert page.status == 422 and page.codes == ["wrong_password"] and "户口簿" in page.text
    assert lines(world, "proof") == [(world.staff["reviewer"].person, "reviewer", False)]
    assert browser.send("/fresh", password=PASSWORD).status == 303


def test_only_in_practice_does_a_press_of_a_button_prove_somebody(world: World, filed: Ref) -> None:
    """Without a password a practice offers a button and says what a real installation asks; that one has none."""
    person = world.staff["other_reviewer"].person
    for practice in (True, False):
        browser = Browser(create_app(replace(world.place, practice=practice)))
        browser.sit_down(world, person)
        browser.get("/desk")
        later(world, timedelta(minutes=16))
        page = browser.get("/fresh?to=/desk")
        if practice:
            assert "正式使用时，这里要输入密码" in page.text
            assert (browser.send("/fresh").status, browser.page.location) == (303, "/desk")
        else:
            assert not [form for form in page.forms if form.action == "/fresh"]
            assert browser.post("/fresh", csrf_token=browser.token, password="").status == 422


def test_an_export_goes_on_after_the_proof(world: World, as_staff: Someone) -> None:
    """The address that was asked for is where the proof leads; another site's is not."""
    world.record()
    world.open_campaign()
    give_password(world, world.staff["registrar"].person)
    browser, path = as_staff("registrar"), f"/registrar/{CAMPAIGN}/unchecked.csv"
    later(world, timedelta(minutes=16))
    assert browser.get(path).status == 303
    browser.follow()
    page = browser.send("/fresh", password=PASSWORD)
    assert page.location == path and browser.get(path).status == 200
    assert path in browser.get(f"/fresh?to={path}").links
    assert not [link for link in browser.get("/fresh?to=//evil.example").links if "evil" in link]
    browser.post("/fresh", csrf_token=browser.token, password=PASSWORD, to="//evil.example")
    assert browser.page.location == "/account"


def test_a_press_in_another_role_is_sent_on_in_that_role(world: World, app: Flask, filed: Ref) -> None:
    """Who signs in anew begins in their first role; one press changes to the one they typed in."""
    person = world.staff["reviewer"].person
    with world.place.store.writing() as session:
        give_role(session, person, held("auditor"), "test", world.clock.moment, world.place.entropy)
    browser = Browser(app)
    browser.sit_down(world, person)
    browser.get("/desk")
    browser.send("/role", grant=next(button[1] for button in browser.page.form("/role").buttons))
    opens = next(one for one in browser.get(f"/audit/{filed.id}").forms if "#row-" in one.action)
    later(world, timedelta(minutes=16))
    press = browser.send_form(opens).location
    browser.sit_down(world, person)
    page = browser.get(press)
    assert not [one for one in page.forms if f"/audit/{filed.id}" in one.action]
    assert browser.send(f"{press}/role").location == press
    browser.follow()
    assert browser.send(opens.action.split("#")[0]).status == 200


def test_a_press_names_which_of_two_capacities_it_was_made_in(world: World, app: Flask) -> None:
    """An officer of two colleges is asked to change to the one in which they typed, named with its college."""
    person = world.staff["officer"].person
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        give_role(session, person, held("officer", "软件学院", "counsellor"), "test", at, entropy)
    browser = Browser(app)
    browser.sit_down(world, person)
    browser.get("/college/counter")
    browser.send("/role", grant=browser.page.form("/role").buttons[0][1])
    form = browser.get("/college/counter").form("/college/counter")
    later(world, LIVES["workday"].staff_idle)
    browser.send_form(form, said="240100001")
    with world.place.store.reading() as session:
        press = session.scalars(select(KeptPress.id)).one()
    browser.sit_down(world, person)
    page = browser.get(f"/fresh/{press}")
    said = "".join(page.text.split())
    assert "这是您用“学院经办人测试学院”身份填写的" in said and "改用“学院经办人测试学院”身份" in said


def test_a_file_is_not_kept_and_the_page_says_which(world: World, as_student: Someone) -> None:
    """A student's answer after their day is over: the words stay, the photo is to be chosen again, and it goes on."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.do(case, "ask", reviewer, questions=(QuestionAsked("paper", "household_book", "请拍清楚"),))
    phone = as_student(record)
    page = phone.get(f"/my/cases/{case.id}")
    phone.get(next(link for link in page.links if "/questions/" in link))
    form = phone.page.form(phone.page.path)
    later(world, LIVES["workday"].student_idle)
    page = phone.send_form(form, file=(io.BytesIO(picture()), "hukou.jpg"))
    assert page.status == 401 and "您填写的内容还在" in page.text
    with world.place.store.reading() as session:
        press = session.scalars(select(KeptPress.id)).one()
    phone.sit_down(world, world.student(record).person)
    page = phone.get(f"/fresh/{press}")
    assert "请重新选择文件" in page.text and "hukou.jpg" in page.text
    answer = next(one for one in page.forms if "/questions/" in one.action)
    assert phone.send_form(answer, file=(io.BytesIO(picture()), "hukou.jpg")).status == 303


def test_a_password_is_never_kept(world: World, as_staff: Someone) -> None:
    """A new password that meets an ended session is gone, and the page does not claim otherwise."""
    browser = as_staff("reviewer")
    form = browser.get("/account").form("/password")
    later(world, timedelta(hours=5))
    page = browser.send_form(form, new=PASSWORD, again=PASSWORD)
    assert page.status == 401 and "内容还在" not in page.text and kept(world) == 0


def test_renewing_never_outlasts_the_session(world: World, as_staff: Someone) -> None:
    """A proof of the person is no longer life: the session ends when it would have ended."""
    browser = as_staff("registrar")
    later(world, LIVES["workday"].staff_longest)
    browser.prove(world)
    assert browser.get("/registrar").status == 401


def test_a_forged_press_renews_nothing(world: World, as_staff: Someone, filed: Ref) -> None:
    """Without the form's token a fresh view is not reached, and the proof grows old as it was."""
    browser = as_staff("reviewer")
    later(world, timedelta(minutes=5))
    assert browser.post(f"/desk/{filed.id}/decide", csrf_token="forged", **REFUSAL).status == 400
    with world.place.store.reading() as session:
        found = who_is(session, digest(browser.sid), world.clock.moment)
        entries = session.scalar(
            select(func.count()).select_from(EntryRow).where(EntryRow.action == "settle")
        )
    assert found is not None and found.proved_at == world.clock.moment - timedelta(minutes=5)
    assert entries == 0 and world.case(filed).state != CORRECTED


def test_a_code_to_the_own_address_proves_as_a_password_does(world: World, filed: Ref) -> None:
    """Who has forgotten the password asks for a code on the page, and what was typed goes on waiting."""
    with_channels(world, Smtp("127.0.0.1", 25, "none", "kanwu@school.example"))
    person = world.staff["other_reviewer"].person
    keep(world, [Given(Owner(person=person), "email", "li@school.example")], vouched=True)
    browser = Browser(create_app(world.place))
    browser.sit_down(world, person)
    world.do(filed, "hand_over", world.staff["reviewer"], to=person)
    press = typed_late(world, browser, filed, timedelta(minutes=16)).location
    browser.get(press)
    assert browser.send("/fresh/code").location == press
    assert "登录码已经发到您的地址" in browser.follow().text
    with world.place.store.reading() as session:
        code = world.place.cipher.code(session.scalars(select(SignInCode.id)).one())
    form = next(form for form in browser.page.forms if "code" in form.fields)
    assert browser.send_form(form, code="AAAAA-AAAAA").codes == ["wrong_code"]
    assert browser.send_form(form, code=f"{code[:5].lower()}-{code[5:]}").location == press
    browser.get(press)
    assert browser.send("/decide").status == 303
    assert browser.post("/fresh", csrf_token=browser.token, code=code).codes == ["wrong_code"]


def test_wrong_tries_in_a_session_are_slowed(world: World, as_staff: Someone, filed: Ref) -> None:
    """Who sits at somebody else's browser does not guess the password there, neither here nor to change it."""
    browser = as_staff("reviewer")
    later(world, timedelta(minutes=16))
    browser.get("/fresh")
    statuses = [browser.send("/fresh", password=f"guess {n}").status for n in range(FREE + 1)]
    assert statuses == [422] * FREE + [429]
    browser.get("/account")
    page = browser.send("/password", old=PASSWORD, new="x", again="x")
    assert page.status == 429 and "must_wait" in page.codes and "wrong_password" not in page.codes
    later(world, timedelta(minutes=15))
    browser.get("/fresh")
    assert browser.send("/fresh", password=PASSWORD).status == 303
