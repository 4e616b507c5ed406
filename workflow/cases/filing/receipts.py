"""Receipt numbers: short enough for the phone, with a check digit against mistakes."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case
from workflow.engine import Entropy
from workflow.store import Prepared

RECEIPT_DIGITS = 9
_BY_RECEIPT = Prepared(select(Case.id).where(Case.receipt == bindparam("receipt")))


def new_receipt(session: Session, entropy: Entropy) -> str:
    """An unused receipt number: nine random digits and a check digit, easy to read out on the phone."""
    while True:
        number = f"{int.from_bytes(entropy(8)) % 10**RECEIPT_DIGITS:0{RECEIPT_DIGITS}d}"
        receipt = number + check_digit(number)
        if _BY_RECEIPT.run(session, {"receipt": receipt}).fetchone() is None:
            return receipt


def check_digit(number: str) -> str:
    """The ISO 7064 MOD 11,10 check digit. Detects every single wrong digit and most swapped neighbours."""
    rest = 10
    for digit in number:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def is_receipt(said: str) -> bool:
    """True for ten digits with a valid check digit. Spaces and dashes are ignored."""
    digits = plain_receipt(said)
    plain = digits.isascii() and digits.isdigit()  # other scripts have digits too, and so has "m²"
    return plain and len(digits) == RECEIPT_DIGITS + 1 and check_digit(digits[:-1]) == digits[-1]


def plain_receipt(said: str) -> str:
    """A receipt number in stored form, without the separators typed between its digits."""
    return said.replace(" ", "").replace("-", "")


def spoken(receipt: str) -> str:
    """A receipt number in groups: 123 456 7890."""
    return f"{receipt[:3]} {receipt[3:6]} {receipt[6:]}"
