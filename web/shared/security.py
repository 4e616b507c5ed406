"""Access control for pages, the signed-in person, and the security headers of every response.

A view declares its roles with ``open_to``. A view without a declaration is closed to everyone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, Response, abort, current_app, g, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from states import GRANTED
from web.shared.gate.bodies import guard_bodies
from web.shared.gate.origins import guard_origins
from web.shared.gate.proxies import Proxies
from workflow.cases.reach import students_of
from workflow.engine import Actor, is_id
from workflow.people.access import GRANTS, note_access
from workflow.people.presences import LIVES, Ended, Lives, SignedIn, seen_again, sign_out, who_is, why_ended
from workflow.people.tokens import digest
from workflow.records.reach import covered_rows
from workflow.store import keep_in_hand
from workflow.upkeep.installation import Installation

ANYONE = "anyone"
EVERYBODY_SIGNED_IN = GRANTED
STAFF = tuple(role for role in EVERYBODY_SIGNED_IN if role != "student")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SMALL_FORM = 64 * 1024
TOGETHER = 64 * 1024 * 1024
"""How large the photos of one form may be together. Each has the limit of the school's policy."""
COOKIE_LIFE = timedelta(hours=24)
"""A cookie outlives no presence: the server ends it."""
LONGEST_WAY_BACK = 512
STILL_HERE = timedelta(minutes=1)
"""Minimum time between two updates of a session's last activity, so that not every request writes."""

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SCRIPT_CSP = CSP.replace("img-src", "script-src 'self'; img-src")
"""For the pages that are declared ``runs_scripts``, and only for this site's own files: the desk's keyboard
shortcuts, and the code or token that the pages for them take out of their address."""
PHOTO_CSP = SCRIPT_CSP.replace("data:", "data: blob:")
"""For the page on which a photo is made smaller, and from which its script can send nothing anywhere."""
UPLOAD_CSP = PHOTO_CSP.replace("script-src 'self'", "script-src 'self'; connect-src 'self'")
"""For the pages on which photos are chosen and sent here, one after another."""
PICTURE_CSP = "default-src 'none'; sandbox; frame-ancestors 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

View = TypeVar("View", bound=Callable[..., Any])


class Visitor(UserMixin):
    """A signed-in browser for Flask-Login."""

    def __init__(self, here: SignedIn) -> None:
        self.here = here
        self.id = here.actor.person


class Cookies(SecureCookieSessionInterface):
    """The form cookie. It contains the CSRF secret and nothing about the signed-in person."""

    def get_cookie_name(self, app: Flask) -> str:
        """``__Host-`` binds the cookie to this host and to HTTPS. Plain HTTP cannot set such a cookie."""
        return cookie_name("form")

    def get_cookie_secure(self, app: Flask) -> bool:
        """On HTTPS the cookie is sent over HTTPS only."""
        return request.is_secure

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime:
        """A phone that switches between apps drops cookies without an expiry."""
        return datetime.now(UTC) + COOKIE_LIFE

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """A static file does not depend on the cookie, so that browsers keep it across a sign-in."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


# -- declarations ---------------------------------------------------------------------------------------


def open_to(*roles: str) -> Callable[[View], View]:
    """Declare which roles may use a view."""
    if strange := set(roles) - set(EVERYBODY_SIGNED_IN):
        raise ValueError(f"no such role: {', '.join(sorted(strange))}")

    def declare(view: View) -> View:
        view.open_to = roles  # type: ignore[attr-defined]
        return view

    return declare


def open_to_signed_in(view: View) -> View:
    """Declare that every signed-in person may use a view."""
    return open_to(*EVERYBODY_SIGNED_IN)(view)


def open_to_all(view: View) -> View:
    """Declare that a view needs no sign-in."""
    view.open_to = (ANYONE,)  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True, slots=True)
class FreshProof:
    """Which requests of a view need a fresh proof: some of its actions or all, of everybody or of staff."""

    actions: frozenset[str] = frozenset()
    of_staff: bool = False


def fresh(view: View) -> View:
    """Declare that a view needs a fresh proof of the person: it decides, reveals, exports or grants."""
    view.fresh = FreshProof()  # type: ignore[attr-defined]
    return view


def fresh_for(*actions: str) -> Callable[[View], View]:
    """Declare that these of a view's actions need a fresh proof of the person."""

    def declare(view: View) -> View:
        view.fresh = FreshProof(frozenset(actions))  # type: ignore[attr-defined]
        return view

    return declare


def fresh_for_staff(view: View) -> View:
    """Declare that staff need a fresh proof for what students do for themselves without one."""
    view.fresh = FreshProof(of_staff=True)  # type: ignore[attr-defined]
    return view


def needs_no_token(view: View) -> View:
    """Declare that a form may be sent without its token: it changes nothing of anybody's and counts at most.

    So a page that stood open for a day, and a browser that keeps no cookies, still lead on.
    """
    view.needs_no_token = True  # type: ignore[attr-defined]
    return view


def never_kept(view: View) -> View:
    """Declare that what is sent to a view is never kept for later: it is a secret, or of no use later."""
    view.never_kept = True  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True, slots=True)
class Upload:
    """The upload that a view accepts beside a small form: a kind of file and its maximum bytes."""

    kind: str
    limit: Callable[[], int]


def takes_upload(kind: str, limit: Callable[[], int]) -> Callable[[View], View]:
    """Declare that a view accepts a kind of file up to a size. Other views accept no file."""

    def declare(view: View) -> View:
        view.upload = Upload(kind, limit)  # type: ignore[attr-defined]
        return view

    return declare


def takes_papers(view: View) -> View:
    """Declare that a view accepts papers, several at once, each up to the size in the school's policy."""
    return takes_upload("paper", lambda: max(TOGETHER, place().school.policy.intake.max_bytes))(view)


def upload_here() -> Upload | None:
    """The upload that this request's view accepts, or None."""
    view = current_app.view_functions.get(request.endpoint or "")
    return cast("Upload | None", getattr(view, "upload", None))


def add_views(
    bp: Blueprint,
    views: Iterable[tuple[str, str, View]],
    *roles: str,
    first: tuple[Any, ...] = (),
    about: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Add (method, path, view) to a blueprint for some roles. Each view gets ``first`` before all else.

    ``about`` has the things that the blueprint's address names, as views declare them.
    """
    for method, path, view in views:
        shown = open_to(*roles)(wraps(view)(partial(view, *first)))
        if about:
            shown.about = about  # type: ignore[attr-defined]
        bp.add_url_rule(path, view.__name__, shown, methods=[method])


def unchanging(view: View) -> View:
    """Declare that what a view sends never changes under its address, so that browsers keep it."""
    view.unchanging = True  # type: ignore[attr-defined]
    return view


def runs_scripts(view: View) -> View:
    """Declare that a view's page loads this site's script. Other pages run no scripts."""
    view.csp = SCRIPT_CSP  # type: ignore[attr-defined]
    return view


def shrinks_photos(view: View) -> View:
    """Declare that a view's page makes photos smaller in the browser and sends none."""
    view.csp = PHOTO_CSP  # type: ignore[attr-defined]
    return view


def sends_photos(view: View) -> View:
    """Declare that a view's page makes photos smaller in the browser and sends them here."""
    view.csp = UPLOAD_CSP  # type: ignore[attr-defined]
    return view


# -- the current request --------------------------------------------------------------------------------


def place() -> Installation:
    """The installation of this app."""
    return cast(Installation, current_app.extensions["kanwu"])


def me() -> SignedIn:
    """The signed-in person. Only for views that need a sign-in."""
    return cast(SignedIn, current_user.here)


def actor() -> Actor:
    """The acting person and role."""
    return me().actor


def record_of_mine() -> str:
    """The id of the signed-in student's record."""
    return me().scope


def my_students() -> ColumnElement[bool]:
    """The students in the scope of the signed-in person, as a condition on records."""
    return covered_rows(me().used)


def my_cases() -> ColumnElement[bool]:
    """The cases of these students, as a condition on cases."""
    return students_of(me().used)


def come_back_to(address: str) -> None:
    """Keep a page of this site in the form cookie, to go there once the person has signed in."""
    if len(address) <= LONGEST_WAY_BACK and (own := own_address(address)):
        session["next"] = own


def own_address(said: str) -> str:
    """An address of this site as it was given, or '' for anything else."""
    plain = said.isprintable() and not set(said) & {"\\", " "}  # browsers drop tabs; //host is a host
    return said if plain and said.startswith("/") and not said.startswith("//") else ""


def view_here() -> Callable[..., Any] | None:
    """The view of this request, or None where there is none."""
    return current_app.view_functions.get(request.endpoint or "")


def needs_proof() -> bool:
    """Whether the signed-in person must have proved lately who they are to send this request."""
    needed: FreshProof | None = getattr(view_here(), "fresh", None)
    if needed is None or (needed.of_staff and actor().role == "student"):
        return False
    return not needed.actions or (request.view_args or {}).get("action") in needed.actions


@contextmanager
def looking() -> Iterator[Session]:
    """A snapshot for one page. It caches the values read, and the signed-in person's grants."""
    with place().store.reading() as session:
        keep_in_hand(session)
        mine = frozenset(one.held for one in me().grants if not one.absent)
        GRANTS.keep(session, actor().person, mine)
        yield session


def lives() -> Lives:
    """How long a sign-in lasts here."""
    return LIVES[place().settings.sessions]


def ended_here() -> Ended | None:
    """Why a browser that had signed in has nobody at it now. None for a browser that never had."""
    return cast("Ended | None", g.get("ended"))


def cookie_name(name: str) -> str:
    """The cookie's name on this connection."""
    return f"__Host-{name}" if request.is_secure else name


def not_found_for(what: str, subject: str) -> NoReturn:
    """Log the attempt, and answer 404 as if the subject did not exist."""
    note_try(what, subject)
    abort(404)


def note_try(what: str, subject: str) -> None:
    """Log an attempt at what is not there or does not concern the person. What is no id is not kept."""
    told = subject if is_id(subject) else ""
    with place().store.writing() as session:
        note_access(session, actor(), f"try:{what}"[:32], told, place().clock.now(session), allowed=False)


# -- access control -------------------------------------------------------------------------------------


def guard(app: Flask, installation: Installation) -> None:
    """Install all protection in an app."""
    address = urlsplit(installation.settings.address)
    app.config.update(
        SECRET_KEY=installation.cipher.digest("cookie", b"form"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=SMALL_FORM,
        TRUSTED_HOSTS=[*LOOPBACK, *([address.hostname] if address.hostname else [])],
    )
    app.wsgi_app = Proxies(app.wsgi_app, installation.settings.proxies)  # type: ignore[method-assign]
    app.session_interface = Cookies()
    people = LoginManager(app)
    people.session_protection = None
    people.request_loader(_who_sits_there)
    guard_origins(app, installation.settings.address)
    app.before_request(_admit)
    guard_bodies(app)
    app.before_request(refuse_unkeepable)
    CSRFProtect(app)
    app.after_request(_bear_headers)


def admit_without_token(app: Flask) -> None:
    """Let through what is sent to views that need no token. To be called when an app has all its views."""
    for view in app.view_functions.values():
        if getattr(view, "needs_no_token", False):
            app.extensions["csrf"].exempt(view)


def _who_sits_there(request: Request) -> Visitor | None:
    token = request.cookies.get(cookie_name("sid"), "")
    if not token:
        return None
    installation = place()
    with installation.store.reading() as session:
        at = installation.clock.now(session)
        found = who_is(session, digest(token), at, lives())
        ended = None if found else why_ended(session, digest(token), at, lives())
    if found is None:
        g.ended = ended
        if ended is not None and not ended.noted:
            with installation.store.writing() as session:
                sign_out(session, digest(token), at, ended.because)
        return None
    if found.seen_at + STILL_HERE <= at:
        with installation.store.writing() as session:
            seen_again(session, found.digest, at)
    return Visitor(found)


def refuse_unkeepable() -> None:
    """Reject NUL and lone surrogates with 400, because a database cannot store them."""
    said = [request.path, *request.args.values(), *request.form.values()]
    if any(map(unkeepable, said)):
        abort(400)


def unkeepable(text: str) -> bool:
    """Whether a text has a NUL or a lone surrogate."""
    return any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def _admit() -> None:
    """Check the view's declaration: 401 for strangers, 403 and an access-log line for a wrong role."""
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    roles: tuple[str, ...] = getattr(view, "open_to", ())
    upload = upload_here()
    limit = SMALL_FORM + (upload.limit() if upload else 0)
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        abort(413)
    if ANYONE in roles:
        return
    if not current_user.is_authenticated:
        if request.method == "GET" and request.headers.get("Sec-Fetch-Dest", "document") == "document":
            come_back_to(request.full_path.removesuffix("?"))
        abort(401)
    if me().actor.role not in roles:
        installation = place()
        with installation.store.writing() as session:
            at = installation.clock.now(session)
            note_access(session, actor(), f"page:{request.endpoint}"[:32], "", at, allowed=False)
        abort(403)


def _bear_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    view = current_app.view_functions.get(request.endpoint or "")
    response.headers.setdefault("Content-Security-Policy", getattr(view, "csp", CSP))
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if getattr(view, "unchanging", False) and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def set_cookie(response: AnyResponse, name: str, value: str, *, life: timedelta = COOKIE_LIFE) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=int(life.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path="/",
    )


def drop_cookie(response: AnyResponse, name: str) -> None:
    """Delete a cookie."""
    response.delete_cookie(
        cookie_name(name), path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )


def first_on_page(what: str) -> bool:
    """True the first time that a page is about to show something of which one is enough."""
    shown: set[str] = g.setdefault("on_page", set())
    first = what not in shown
    shown.add(what)
    return first


def page_anew() -> None:
    """Forget what a page has shown: another page takes its place."""
    g.pop("on_page", None)


def full_address(endpoint: str, **values: Any) -> str:
    """The address of a page as people open it, on paper or in a message: with the site's published name."""
    known = place().settings.address.rstrip("/")
    return f"{known or request.host_url.rstrip('/')}{url_for(endpoint, **values)}"


def once() -> str:
    """A random key for a form. A form sent twice with it is one command."""
    return place().entropy(16).hex()
