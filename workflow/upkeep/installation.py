"""Creating and opening an installation. All parts are assembled here, once."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from config.policy import School, kept_school, load_school
from config.profile import Profile
from config.settings import Settings
from states.attestation import ATTESTATION
from states.batch import BATCH
from states.campaign import CAMPAIGN
from states.case import CASE
from states.chase import CHASE
from states.graduation import GRADUATION
from states.help import HELP
from states.permission import PERMISSION
from workflow.campaigns.binding import campaign_room
from workflow.campaigns.colleges.attestation import attestation_room
from workflow.campaigns.colleges.chase import chase_room
from workflow.campaigns.colleges.unsigned import silent_colleges
from workflow.campaigns.graduation.classes import graduation_room
from workflow.cases.binding import case_room
from workflow.cases.checking.opened import why_not_openable
from workflow.cases.filing.extended import why_not_extended
from workflow.cases.review.waits import fill_in, move_last_days
from workflow.cases.rules import Rules, SchoolRules
from workflow.clock import SHANGHAI, Clock, SystemClock, to_second
from workflow.engine import Engine, Entropy
from workflow.evidence.store import EvidenceStore
from workflow.help.binding import help_room
from workflow.history import rulebook
from workflow.history.ledger import Ledger, forget_old_keys
from workflow.history.tables import EntryRow
from workflow.notices.outbox import Outbox
from workflow.outgoing.batches.binding import batch_room
from workflow.people.access import note_access, note_borrowed_way, note_stranger
from workflow.people.accounts import OPERATOR
from workflow.people.cipher import Cipher, Keys, KeysMissing
from workflow.people.granting import BY_OPERATOR, enlist, give
from workflow.people.links import make_link
from workflow.people.scopes import Held
from workflow.permissions.binding import permission_room
from workflow.school.profile import ProfileAtHand, fill
from workflow.store import Store, from_text
from workflow.upkeep import schema
from workflow.upkeep.tables import InstallationRow

LIFECYCLES = (CASE, CAMPAIGN, GRADUATION, CHASE, ATTESTATION, HELP, PERMISSION, BATCH)
NOT_PRACTICE = "这不是练习环境，时钟不能改 / this is no practice installation"


class NotInstalled(Exception):
    """The home folder has no installation."""


class AlreadyInstalled(Exception):
    """The home folder has an installation. Nothing was changed."""


class ClockRefused(Exception):
    """The clock cannot be set: not a practice installation, or it would run backwards."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything the web and command line need: store, cipher, engine, the school's rules, evidence."""

    settings: Settings
    store: Store
    cipher: Cipher
    engine: Engine
    rules: SchoolRules
    clock: Clock
    evidence: EvidenceStore
    practice: bool
    demonstration: bool
    entropy: Entropy
    profile_at_hand: ProfileAtHand

    @property
    def school(self) -> School:
        """The school by the policy in force now."""
        return self.rules.in_force(self.clock.now()).school

    @property
    def profile(self) -> Profile:
        """The school's profile. Its title is the school's where it names none of its own."""
        return _profile(self.settings, self.profile_at_hand, self.rules, self.clock.now())


def _profile(settings: Settings, at_hand: ProfileAtHand, rules: SchoolRules, at: datetime) -> Profile:
    said, school = at_hand.now(at).profile, rules.in_force(at).school
    return replace(
        said,
        title=said.title or school.title,
        title_en=said.title_en or school.title_en,
        address=said.address or settings.address,
    )


def create(
    settings: Settings,
    administrator: str,
    *,
    number: str = "",
    practice_at: datetime | None = None,
    demonstration: bool = False,
) -> str:
    """Create an empty installation and one administrator. Returns the token of their one-time link.

    ``number`` is the administrator's sign-in name; without it the link alone is enough until one is given.

    With ``practice_at`` it is a practice installation, permanently marked so, whose clock starts at that
    moment. A practice installation may be a demonstration, whose people are all invented. Raises
    AlreadyInstalled, or SchemaFault if the database's roles are not given; then nothing is left.
    """
    school = load_school(settings.school)
    url = make_url(settings.database)
    postgres = url.get_backend_name() == "postgresql"
    if postgres and not (settings.owner and url.username):
        raise schema.SchemaFault(
            "PostgreSQL 需要两个角色：KANWU_OWNER 写所有者的地址，KANWU_DATABASE 写应用角色的地址 / "
            "PostgreSQL needs two roles: KANWU_OWNER the owner's URL, KANWU_DATABASE the application's"
        )
    if is_installed(settings):
        raise AlreadyInstalled(str(settings.home))
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if url.database and not postgres:
        Path(url.database).touch(mode=0o600)
    with closing(Store(settings.owner or settings.database)) as owners:
        owner = owners.database
        if schema.has_installation(owner):
            raise AlreadyInstalled(f"{url.database}")
        # Keys without an installation come from an interrupted attempt. They are used now.
        cipher = Cipher(Keys.read(settings.keys) if settings.keys.exists() else Keys.make(settings.keys))
        schema.upgrade(owner)
        if postgres:
            schema.give_application_role(owner, url.username or "", url.password)
    settings.evidence.mkdir(mode=0o700, exist_ok=True)
    behind = to_second(datetime.now(SHANGHAI)) - to_second(practice_at) if practice_at else timedelta(0)
    row = InstallationRow(
        id=1,
        school=school.slug,
        keys=cipher.id,
        practice=practice_at is not None,
        demonstration=demonstration,
        behind=int(behind.total_seconds()),
    )
    with closing(Store(settings.database)) as store, store.writing() as session:
        return _first_rows(session, row, school, administrator, number, SystemClock(behind))


def _first_rows(
    session: Session, row: InstallationRow, school: School, administrator: str, number: str, clock: Clock
) -> str:
    if session.get(InstallationRow, 1):
        raise AlreadyInstalled(row.school)
    row.made_at = at = clock.now(session)
    session.add(row)
    rulebook.keep(session, LIFECYCLES, Rules(school), at)
    person = enlist(session, administrator, number, at, os.urandom)
    give(session, BY_OPERATOR, person.id, Held("administrator"), at, os.urandom)
    note_access(session, BY_OPERATOR, "link", person.id, at)
    return make_link(session, person.id, OPERATOR, at, os.urandom)


def open_installation(settings: Settings, *, clock: Clock | None = None) -> Installation:
    """Open what ``create`` made, or fail. A practice installation may be given another clock.

    Raises NotInstalled, KeysMissing, PolicyFaults, SchemaFault or ClockRefused.
    """
    if not is_installed(settings):
        raise NotInstalled(str(settings.home))
    cipher = Cipher(Keys.read(settings.keys))
    school = load_school(settings.school)
    store = Store(settings.database)
    try:
        return _opened(settings, store, cipher, school, clock)
    except BaseException:
        store.close()
        raise


def _opened(
    settings: Settings, store: Store, cipher: Cipher, school: School, clock: Clock | None
) -> Installation:
    schema.check(store.database)
    with store.reading() as session:
        row = session.get_one(InstallationRow, 1)
        session.expunge(row)
    if clock is not None and not row.practice:
        raise ClockRefused(NOT_PRACTICE)
    if row.keys != cipher.id:
        raise KeysMissing(
            "密钥文件不是这个安装的，请从密钥备份中恢复 / "
            "these keys are another installation's: restore the right ones"
        )
    clock = clock or SystemClock(timedelta(seconds=row.behind))
    opened = assemble(
        settings,
        store,
        cipher,
        keep_rules(store, clock, school),
        clock,
        os.urandom,
        practice=row.practice,
        demonstration=row.demonstration,
    )
    fill_in(store, opened.engine, opened.profile)
    return opened


def assemble(
    settings: Settings,
    store: Store,
    cipher: Cipher,
    rules: SchoolRules,
    clock: Clock,
    entropy: Entropy,
    *,
    practice: bool = False,
    demonstration: bool = False,
) -> Installation:
    """Assemble all bindings under one engine."""
    at_hand = ProfileAtHand(store)

    def sender(session: Session) -> Profile:
        return _profile(settings, at_hand, rules, clock.now())

    engine = Engine(
        bindings=(
            case_room(cipher, entropy, silent_colleges, sender),
            campaign_room(entropy),
            graduation_room(),
            chase_room(),
            attestation_room(cipher),
            help_room(entropy),
            permission_room(entropy, why_not_openable, why_not_extended, move_last_days),
            batch_room(entropy, sender),
        ),
        policies=rules,
        history=Ledger(cipher, entropy, note_stranger, note_borrowed_way),
        notices=Outbox(entropy),
        clock=clock,
        entropy=entropy,
    )
    evidence = EvidenceStore(settings.evidence, cipher, entropy, rules.privacy.digest)
    return Installation(
        settings,
        store,
        cipher,
        engine,
        rules,
        clock,
        evidence,
        practice,
        demonstration,
        entropy,
        at_hand,
    )


def keep_rules(store: Store, clock: Clock, school: School) -> SchoolRules:
    """Store rules, notices and guide in the Rulebook before anything names them, and read earlier rules.

    The school's profile is filled from its folder, unless somebody has changed it on the page.

    Old command keys are dropped. Raises PolicyFaults if an earlier version cannot be read any more.
    """
    with store.writing() as session:
        at = clock.now(session)
        rulebook.keep(session, LIFECYCLES, Rules(school), at)
        rulebook.keep_shown(session, rulebook.PRIVACY, school.privacy, school.slug, at)
        for kind, text in ((rulebook.GUIDE, school.guide), (rulebook.NOTICE, school.notice)):
            if text is not None:
                rulebook.keep_shown(session, kind, text, school.slug, at)
        fill(session, school.profile, at)
        forget_old_keys(session, at)
        texts = [(since, digest, text) for since, digest, text in rulebook.loaded(session)]
    known = {digest: text for _, digest, text in texts if digest != school.digest}
    schools = {digest: kept_school(text) for digest, text in known.items()} | {school.digest: school}
    new = len(texts) > 1 and texts[-1][0] == at
    return SchoolRules(
        [(since, schools[digest]) for since, digest, _ in texts], schools[texts[-2][1]] if new else None
    )


def upgrade(settings: Settings) -> None:
    """Migrate an installation's schema to this version. Raises NotInstalled."""
    if not is_installed(settings):
        raise NotInstalled(str(settings.home))
    Keys.add_missing_code_key(settings.keys)
    url = make_url(settings.database)
    with closing(Store(settings.owner or settings.database)) as owners:
        owner = owners.database
        schema.upgrade(owner)
        if url.get_backend_name() == "postgresql":
            schema.give_application_role(owner, url.username or "", url.password)


def set_practice_clock(settings: Settings, moment: datetime) -> None:
    """Set a practice clock, never before the last entry. Raises NotInstalled or ClockRefused."""
    if not is_installed(settings):
        raise NotInstalled(str(settings.home))
    with closing(Store(settings.database)) as store, store.writing() as session:
        row = session.get_one(InstallationRow, 1)
        last = session.scalar(select(func.max(EntryRow.at)))
        if not row.practice:
            raise ClockRefused(NOT_PRACTICE)
        if last is not None and to_second(moment) < from_text(last):
            raise ClockRefused(f"时钟不能倒退到 {last} 之前 / the clock cannot go back before {last}")
        behind = to_second(datetime.now(SHANGHAI)) - to_second(moment)
        session.execute(update(InstallationRow).values(behind=int(behind.total_seconds())))


def is_installed(settings: Settings) -> bool:
    """True if the home folder has keys and the database an installation."""
    url = make_url(settings.database)
    if not settings.keys.exists():
        return False
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    with closing(Store(url)) as store:
        return schema.has_installation(store.database)


def has_traces(settings: Settings) -> bool:
    """True if an installation exists or is intended here: keys, a database file, or a server's address."""
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        return True
    return settings.keys.exists() or Path(url.database or "").exists()
