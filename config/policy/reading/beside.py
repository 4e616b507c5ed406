"""Read what stands beside a school's rules and is none: privacy, profile, guide, notice, wording, forms."""

from __future__ import annotations

from pathlib import Path

from config.forms import FORMS, CollegeForm
from config.guide.flow import GuideDraft, faults_of
from config.guide.scenarios import GuideScenario, WrongScenario, walk
from config.guide.words import Guide, GuideGroup, GuideHead, GuideLink, GuidePhoto, Situation
from config.letters import Correspondence, ExamAuthority, VerificationForm
from config.notice import NoticeHead, NoticePart, NoticeSection, SchoolNotice
from config.policy.lint.draft import SchoolDraft
from config.policy.privacy import PrivacyContact, PrivacyNotice, PrivacySection, filled
from config.policy.reading.decoding import TomlFile, bytes_of, read_file
from config.policy.reading.lines import Fault
from config.policy.words import Words
from config.profile import Profile, in_the_other_language
from config.sentences import SentenceKept

PRIVACY = "privacy.toml"
GUIDE, GUIDE_HEAD, SCENARIOS = "guide", "guide.toml", "scenarios.toml"
"""The folder of the school's guide, the file with its head, and what proves it. It is no rule either."""
PROFILE = "profile.toml"
"""The first filling of the school's profile. It is no rule either."""
NOTICE = "notice.toml"
"""The school's notice to its students, sentence by sentence. It is no rule either."""
SENTENCES = "sentences.toml"
"""The school's kept sentences. They are no rule either."""
LETTERS = "letters.toml"
"""Who signs the school's verification sheet, and whom it writes to. They are no rule either."""
DEFAULT_LETTERS = Path(__file__).parents[2] / LETTERS
"""The same of a school that has no such file."""
FORMS_FILE = "forms.toml"
"""The forms that colleges print and return. They are no rule either."""
DEFAULT_FORMS = Path(__file__).parents[2] / FORMS_FILE
"""The forms of a school that has none of its own."""
DEFAULT_SENTENCES = Path(__file__).parents[2] / SENTENCES
"""The kept sentences of a school that has none of its own."""
DEFAULT_NOTICE = Path(__file__).parents[2] / PRIVACY
"""The privacy notice of a school that has none of its own. It is no rule: no digest of a policy covers it."""


def privacy_of(path: Path, draft: SchoolDraft, faults: list[Fault]) -> PrivacyNotice:
    """The notice of a file. What the file does not have, its sections or its contact, is the default's."""
    own = read_file(f"{path.parent.name}/{PRIVACY}", bytes_of(path), {}, faults) if path.exists() else None
    contact = own.one("contact", PrivacyContact, needed=False) if own else None
    sections = _sections(own, needed=False) if own else ()
    if not sections:
        ours = read_file(PRIVACY, bytes_of(DEFAULT_NOTICE), {}, faults)
        sections = _sections(ours, needed=True)
    if own:
        own.done()
    code = draft.default_office.value
    office = next((one.value for one in draft.offices if one.value.code == code), Words(code, code, code))
    return filled(
        sections,
        {"zh": draft.title, "en": draft.title_en},
        contact.value if contact else PrivacyContact(office.zh, office.en),
    )


def profile_of(path: Path, faults: list[Fault]) -> Profile | None:
    """The profile of a file, or None if there is no file."""
    if not path.exists():
        return None
    file = read_file(f"{path.parent.name}/{PROFILE}", bytes_of(path), {}, faults)
    profile = file.whole(Profile)
    for key, zh, en in profile.faults():
        near = key if getattr(profile, key) else in_the_other_language(key)
        file.fault((key,), zh, en, near=(near,))
    if profile.crest:
        file.fault(("crest",), "校徽在“学校资料”页面上传", "the crest is uploaded on the registrar's page")
    return profile


def guide_of(folder: Path, phone: str, faults: list[Fault]) -> Guide | None:
    """The guide of a folder, or None if there is no folder. Its scenarios are walked once it has no fault."""
    if not folder.is_dir():
        return None
    before = len(faults)
    files = {
        name: read_file(f"{folder.parent.name}/{GUIDE}/{name}", bytes_of(folder / name), {}, faults)
        for name in sorted({GUIDE_HEAD, SCENARIOS} | {one.name for one in folder.glob("*.toml")})
    }
    draft = GuideDraft(
        files[GUIDE_HEAD].one("guide", GuideHead),
        [one for file in files.values() for one in file.each("link", GuideLink, needed=False)],
        [one for file in files.values() for one in file.each("group", GuideGroup, needed=False)],
        [one for file in files.values() for one in file.each("situation", Situation, needed=False)],
        files[GUIDE_HEAD].one("photo", GuidePhoto, needed=False),
        phone,
    )
    scenarios = files[SCENARIOS].each("scenario", GuideScenario)
    for file in files.values():
        file.done()
    for name, where, zh, en in faults_of(draft):
        files[name].fault(where, zh, en)
    if draft.head is None or len(faults) > before:
        return None
    guide = Guide(
        draft.head.value,
        tuple(one.value for one in draft.links),
        tuple(one.value for one in draft.groups),
        tuple(one.value for one in draft.situations),
        draft.photo.value if draft.photo else None,
    )
    for scenario in scenarios:
        try:
            walk(guide, scenario.value)
        except WrongScenario as no:
            files[SCENARIOS].fault((*scenario.where, no.key), no.zh, no.en)
    return guide


def notice_of(path: Path, faults: list[Fault]) -> tuple[SchoolNotice, TomlFile] | None:
    """The notice of a file and the file, or None if there is no file."""
    if not path.exists():
        return None
    file = read_file(f"{path.parent.name}/{NOTICE}", bytes_of(path), {}, faults)
    head = file.one("notice", NoticeHead)
    parts, sections = file.each("part", NoticePart), file.each("section", NoticeSection)
    file.done()
    if head is None:
        return None
    notice = SchoolNotice(head.value, tuple(one.value for one in parts), tuple(one.value for one in sections))
    for where, zh, en in notice.faults():
        file.fault(where, zh, en)
    return notice, file


def sentences_of(path: Path, draft: SchoolDraft, faults: list[Fault]) -> tuple[SentenceKept, ...]:
    """The kept sentences of a file, or the default's whose causes the school has."""
    causes = {one.value.code for one in draft.causes}
    own = path != DEFAULT_SENTENCES and path.exists()
    shown = f"{path.parent.name}/{SENTENCES}" if own else SENTENCES
    file = read_file(shown, bytes_of(path if own else DEFAULT_SENTENCES), {}, faults)
    found = file.each("sentence", SentenceKept)
    file.done()
    for placed in found:
        one = placed.value
        for part, zh, en in one.faults():
            file.fault((*placed.where, part), zh, en)
        if own and causes and one.cause and one.cause not in causes:
            file.fault((*placed.where, "cause"), "policy.toml 里没有这个原因", "is no cause of policy.toml")
    return tuple(placed.value for placed in found if placed.value.cause in {"", *causes})


def letters_of(path: Path, draft: SchoolDraft, faults: list[Fault]) -> Correspondence:
    """What the school's letters need, from its file or else the default's."""
    own = path != DEFAULT_LETTERS and path.exists()
    shown = f"{path.parent.name}/{LETTERS}" if own else LETTERS
    file = read_file(shown, bytes_of(path if own else DEFAULT_LETTERS), {}, faults)
    sheet = file.one("sheet", VerificationForm)
    authorities = file.each("authority", ExamAuthority, needed=False)
    file.done()
    for placed in (*([sheet] if sheet else ()), *authorities):
        for key, zh, en in placed.value.faults():
            file.fault((*placed.where, key), zh, en)
    items = {one.value.id for one in draft.checklist}
    # Where there are no causes, there is no policy.toml to compare with: its own fault says so.
    for id in sheet.value.impersonation if sheet and draft.causes else ():
        if id not in items:
            where = ("sheet", "impersonation")
            file.fault(where, f"policy.toml 里没有核对要点 {id}", f"{id} is no item of the checklist")
    return Correspondence(
        sheet.value if sheet else VerificationForm(), tuple(placed.value for placed in authorities)
    )


def forms_of(path: Path, faults: list[Fault]) -> tuple[CollegeForm, ...]:
    """The forms of a file, and the default's of each kind that the file does not have."""
    ours = _forms(read_file(FORMS_FILE, bytes_of(DEFAULT_FORMS), {}, faults))
    own = path != DEFAULT_FORMS and path.exists()
    shown = f"{path.parent.name}/{FORMS_FILE}"
    theirs = _forms(read_file(shown, bytes_of(path), {}, faults)) if own else {}
    return tuple({**ours, **theirs}[kind] for kind in FORMS)


def _forms(file: TomlFile) -> dict[str, CollegeForm]:
    found: dict[str, CollegeForm] = {}
    for placed in file.each("form", CollegeForm):
        one = placed.value
        for where, zh, en in one.faults():
            file.fault((*placed.where, *where), zh, en)
        if one.kind in found:
            file.fault((*placed.where, "kind"), "这种表已写过", "there is such a form already")
        found[one.kind] = one
    file.done()
    return found


def _sections(file: TomlFile, *, needed: bool) -> tuple[PrivacySection, ...]:
    found = file.each("section", PrivacySection, needed=needed)
    wrong = [(placed, *fault) for placed in found for fault in placed.value.faults()]
    for placed, key, zh, en in wrong:
        file.fault((*placed.where, key), zh, en)
    return () if wrong else tuple(placed.value for placed in found)
