"""Passwords: hashing, checking, and why a new one is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from workflow.signin.password.guessable import has_id_digits, why_guessable
from workflow.signin.password.known import AboutPerson
from workflow.verdict import Reason

MOST = 128
"""The longest password, in characters. A longer one is never hashed."""

MOST_RAW = 4 * MOST
"""Longer input is not even normalised. NFC joins at most four characters into one."""

NOT_THE_SAME = Reason(
    "passwords_differ",
    "两次填写的密码不一样。",
    remedy="请再填一次，两处填写同一个密码。",
    rule="password_repeated",
)
SAME_AS_BEFORE = Reason(
    "password_same_as_before",
    "新密码和原来的一样。",
    remedy="请换一个没有用过的密码。",
    rule="password_max_age",
)

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


class PasswordTooLong(ValueError):
    """The password has more than 128 characters."""


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What an installation asks of one person's password.

    ``least`` is the shortest length; ``kinds`` how many of lower case, upper case, digits and others must
    be there; after ``max_age`` the person must change it at sign-in (None: never).
    """

    least: int
    kinds: int = 0
    max_age: timedelta | None = None


RULES = {
    ("modern", False): PasswordRules(least=12),
    ("modern", True): PasswordRules(least=15),
    ("mlps", False): PasswordRules(least=12, kinds=3),
    ("mlps", True): PasswordRules(least=15, kinds=3, max_age=timedelta(days=90)),
}
"""The rules by the setting ``passwords`` and by whether the person is staff: docs/passwords.md."""


def rules_for(setting: str, *, staff: bool) -> PasswordRules:
    """The rules of an installation for staff or for a student."""
    return RULES[setting, staff]


def hash_password(password: str) -> str:
    """The Argon2id hash to store, with salt and parameters. Raises PasswordTooLong."""
    if (secret := _to_hash(password)) is None:
        raise PasswordTooLong
    return _HASHER.hash(secret)


def verify(stored: str, password: str) -> bool:
    """True when the password is the one that ``stored`` was made of. A damaged ``stored`` matches nothing."""
    if (secret := _to_hash(password)) is None:
        return False
    try:
        return _HASHER.verify(stored, secret)
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError):
        return verify_nobody(password)


def verify_nobody(password: str) -> bool:
    """False, after the work of ``verify``: for an account that is unknown or has no password."""
    if (secret := _to_hash(password)) is not None:
        _HASHER.hash(secret)
    return False


def needs_rehash(stored: str) -> bool:
    """True when a hash has other parameters than a new one. Hash anew at the next right password."""
    return _HASHER.check_needs_rehash(stored)


def faults(
    password: str,
    about: AboutPerson,
    rules: PasswordRules,
    *,
    again: str | None = None,
    before: str = "",
) -> tuple[Reason, ...]:
    """Every reason against a new password. None: it may be set.

    ``again`` is its repetition, where a form asks for one, and ``before`` the hash of the password that is
    too old and must become another one.
    """
    reasons = [NOT_THE_SAME] if again not in (None, password) else []
    if before and verify(before, password):
        reasons.append(SAME_AS_BEFORE)
    return (*reasons, *_faults(_normalised(password[:MOST_RAW]), about, rules))


def _faults(password: str, about: AboutPerson, rules: PasswordRules) -> Iterator[Reason]:
    if len(password) < rules.least:
        yield Reason(
            "password_too_short",
            "密码太短，至少要{least}个字符。",
            {"least": rules.least},
            remedy="请加几个词。一句只有您想得到的话最好记，中文、空格都可以用。",
            rule="password_length",
        )
    if len(password) > MOST:
        yield Reason(
            "password_too_long",
            "密码太长，最多{most}个字符。",
            {"most": MOST},
            remedy="请缩短一些。",
            rule="password_length",
        )
    if _kinds(password) < rules.kinds:
        yield Reason(
            "password_few_kinds",
            "小写字母、大写字母、数字、其他字符四类中，至少要用{kinds}类。",
            {"kinds": rules.kinds},
            remedy="请再加一类字符；空格、标点和汉字都算其他字符。",
            rule="password_kinds",
        )
    if has_id_digits(password[:MOST], about):
        yield Reason(
            "password_has_id_digits",
            "密码里有您证件号码中连续的六位或更多。",
            remedy="请去掉证件号码，也不要用它的一部分。",
            rule="password_without_id_number",
        )
    yield from why_guessable(password[:MOST], about)


def _kinds(password: str) -> int:
    """How many of lower case, upper case, digits and other characters a password has."""
    return sum(re.search(kind, password) is not None for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]"))


def _to_hash(password: str) -> bytes | None:
    """The bytes of a password, or None when it is too long."""
    if len(password) > MOST_RAW or len(normal := _normalised(password)) > MOST:
        return None
    return normal.encode("utf-8", "surrogatepass")


def _normalised(password: str) -> str:
    """The password as it is hashed, after RFC 8265 (OpaqueString): every space is U+0020, then NFC."""
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in password)
    return unicodedata.normalize("NFC", spaced)
