"""How a session ends: at once, in every worker, with the reason said and the attempt noted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.web.browsing import Browser, signed_in
from tests.world import World
from web import create_app
from workflow.people.accounts import end_role
from workflow.people.presences import LIVES, end_presences
from workflow.people.tables import Access, Person, SentenceRow
from workflow.signin.password.proof import set_password
from workflow.signin.tables import KeptPress

pytestmark = pytest.mark.one_database

PASSWORD = "vier Stare sassen auf dem Zaun"


@dataclass
class Taken:
    """A reviewer's browser at one worker, and a copy of its cookie at another worker of the same database."""

    world: World
    own: Browser
    copied: Browser

    @property
    def person(self) -> str:
        """Whose it is."""
        return self.world.staff["reviewer"].person

    def another(self) -> Browser:
        """A second sign-in of the same person, at the first worker."""
        return signed_in(self.world, self.own.client.application, self.person)


@pytest.fixture
def taken(world: World) -> Taken:
    """A session that is alive at both workers."""
    with world.place.store.writing() as session:
        set_password(session, world.staff["reviewer"].person, PASSWORD, world.clock.moment)
    own = signed_in(world, create_app(world.place), world.staff["reviewer"].person)
    copied = Browser(create_app(replace(world.place)))
    copied.client.set_cookie("sid", own.sid)
    assert copied.get("/desk").status == 200
    return Taken(world, own, copied)


def signs_out(it: Taken) -> None:
    """Sign out by the button."""
    it.own.get("/desk")
    assert it.own.send("/out").status == 303


def ends_it_elsewhere(it: Taken) -> None:
    """End it from another device, in the list of one's own sign-ins."""
    other = it.another()
    page = other.get("/account")
    (form,) = [
        one for one in page.forms if "/sessions/" in one.action and one.action != "/account/sessions/end"
    ]
    assert other.send_form(form).status == 303


def ends_all_others(it: Taken) -> None:
    """End all other sign-ins from another device."""
    other = it.another()
    other.get("/account")
    assert other.send("/sessions/end").status == 303


def changes_the_password(it: Taken) -> None:
    """Change the password on another device."""
    other = it.another()
    other.get("/account")
    new = "funf Raben riefen nach Regen"
    assert other.send("/password", old=PASSWORD, new=new, again=new).status == 303


def loses_the_role(it: Taken) -> None:
    """An administrator takes the role back."""
    with it.world.place.store.writing() as session:
        end_role(session, it.person, "reviewer", it.world.clock.moment)


def is_closed(it: Taken) -> None:
    """The account is closed."""
    with it.world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == it.person).values(closed_at=it.world.clock.moment))


def gets_a_code(it: Taken) -> None:
    """A new code is given at the counter, which ends every sign-in."""
    with it.world.place.store.writing() as session:
        end_presences(session, it.person, it.world.clock.moment, "code_given")


def is_signed_out_by_the_administrator(it: Taken) -> None:
    """The administrator ends the person's sign-ins on their page."""
    administrator = signed_in(it.world, it.own.client.application, it.world.staff["administrator"].person)
    administrator.get("/admin/presences")
    assert administrator.send(f"/people/{it.person}/out", end="all").status == 303


def idles(it: Taken) -> None:
    """Nothing is done for as long as the setting allows."""
    it.world.at(it.world.clock.moment + LIVES["workday"].staff_idle)


def lasts_too_long(it: Taken) -> None:
    """It is used all day, until the longest time is over."""
    begun, lives = it.world.clock.moment, LIVES["workday"]
    while it.world.clock.moment + lives.staff_idle - timedelta(minutes=1) < begun + lives.staff_longest:
        it.world.at(it.world.clock.moment + lives.staff_idle - timedelta(minutes=1))
        assert it.own.get("/desk").status == 200
    it.world.at(begun + lives.staff_longest)


ENDED: list[tuple[Callable[[Taken], None], str, str]] = [
    (signs_out, "signed_out", "您已退出登录"),
    (ends_it_elsewhere, "ended_elsewhere", "您在别的设备上结束了这次登录"),
    (ends_all_others, "ended_elsewhere", "您在别的设备上结束了这次登录"),
    (changes_the_password, "password_changed", "密码已更改"),
    (loses_the_role, "role_ended", "您的这个身份已被收回"),
    (is_closed, "closed", "账号已停用"),
    (gets_a_code, "code_given", "在柜台给出了新的登录码"),
    (is_signed_out_by_the_administrator, "by_administrator", "系统管理员结束了这次登录"),
    (idles, "idle", "太久没有操作"),
    (lasts_too_long, "over", "这次登录已满时限"),
]


@pytest.mark.parametrize(("event", "because", "says"), ENDED, ids=[one[0].__name__ for one in ENDED])
def test_a_copied_cookie_is_refused_at_once_in_every_worker(
    taken: Taken, event: Callable[[Taken], None], because: str, says: str
) -> None:
    """The next request at another worker says why, is one line of the access log, and a clock set back revives nothing."""
    moment = taken.world.clock.moment
    event(taken)
    page = taken.copied.get("/desk?who=mine")
    assert page.status == 401 and says in page.text and "测试审核人" not in page.html
    with taken.world.place.store.reading() as session:
        lines = session.execute(
            select(Access.person_id, Access.role, Access.what, Access.allowed).where(
                Access.what.like("ended:%")
            )
        ).all()
    assert [tuple(line) for line in lines] == [(taken.person, "reviewer", f"ended:{because}", False)]
    taken.world.at(moment)
    assert taken.copied.get("/desk").status == taken.own.get("/desk").status == 401


def test_the_page_of_an_ended_session_says_who_helps_and_how_to_come_back(taken: Taken) -> None:
    """Whoever did not do it themselves is told whom to call, and the way to sign in keeps where they were going."""
    gets_a_code(taken)
    page = taken.copied.get("/desk?who=mine")
    assert "不是您本人做的，请马上联系系统管理员" in page.text
    with taken.copied.client.session_transaction() as cookie:
        assert "/signin" in page.links and cookie["next"] == "/desk?who=mine"


def test_what_was_typed_when_the_role_was_gone_stands_in_the_answer(taken: Taken) -> None:
    """Whom to ask is said beside it, nothing is done or kept of it, and no password ever stands there."""
    own, said = taken.own, "写了很久的句子"
    form = own.get("/desk/sentences").form("/add")
    password = own.get("/account").form("/password")
    auditor = signed_in(taken.world, own.client.application, taken.world.staff["auditor"].person)
    sent = {**form.fields, "csrf_token": auditor.token, "zh": said}
    in_another_role = auditor.post("/desk/sentences/add", **sent)
    loses_the_role(taken)
    gone = own.send_form(form, zh=said)
    for page, status in ((in_another_role, 403), (gone, 401)):
        assert page.status == status and "您刚才填写的内容（未提交）" in page.text
        assert said in page.html and "请联系系统管理员" in page.text
    unsaid = own.send_form(password, old=PASSWORD, new=said, again=said)
    assert unsaid.status == 401 and said not in unsaid.html and said not in own.get("/desk/sentences").html
    with taken.world.place.store.reading() as session:
        assert session.execute(select(KeptPress.id)).all() == []
        assert session.execute(select(SentenceRow.id)).all() == []


def test_a_browser_that_never_signed_in_learns_of_no_session(app: Flask, stranger: Browser) -> None:
    """A made-up cookie reads what every stranger reads."""
    nobody = stranger.get("/desk").text
    stranger.client.set_cookie("sid", "x" * 43)
    assert stranger.get("/desk").text == nobody
