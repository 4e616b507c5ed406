"""One letter as paragraphs and a table: the page, its print and its PDF are made of this alone."""

from __future__ import annotations

from dataclasses import dataclass, field

Piece = tuple[str, bool]
"""A piece of a text, and whether it is data: somebody's own words or a value, never in another language."""

Text = tuple[Piece, ...]


SIZES = {"longest": 4400, "longer": 2800, "long": 1700}
"""From how many half characters on a letter is set smaller."""


def ours(text: str) -> Text:
    """A text of the product's own words."""
    return ((text, False),) if text else ()


def data(text: str) -> Text:
    """A text of somebody's own words, or a value."""
    return ((text, True),) if text else ()


@dataclass(frozen=True, slots=True)
class LetterSlip:
    """The reply slip of an official letter, which the other body fills in, seals and sends back.

    ``table`` begins with its heads; ``lines`` are what it writes below.
    """

    title: str
    to: Text
    lead: Text
    table: tuple[tuple[Text, ...], ...]
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class LetterDocument:
    """One letter. ``office`` is its head, ``number`` is '' before one is given.

    ``table`` begins with its heads. ``signed`` ends with the day. ``note`` says why it no longer holds. A
    letter that asks something of another body has a ``slip``.
    """

    lang: str
    office: Text
    number: str
    receipt: str
    title: str
    to: Text
    lead: Text
    table: tuple[tuple[Text, ...], ...]
    paragraphs: tuple[Text, ...]
    signed: tuple[Text, ...]
    seal: str
    foot: tuple[Text, ...]
    note: str = field(default="")
    slip: LetterSlip | None = field(default=None)

    @property
    def size(self) -> str:
        """How long it is, so that its print stays on one page: '', long, longer or longest."""
        length = sum(2 if sign > "\u2e80" else 1 for sign in self.text)
        return next((size for size, most in SIZES.items() if length > most), "")

    @property
    def text(self) -> str:
        """All its words in their order, each part on a line."""
        rows = [cell for row in self.table for cell in row]
        parts = [self.to, self.lead, *rows, *self.paragraphs, *self.signed, *self.foot]
        said = [plain(self.office), self.number, self.receipt, self.title, self.note, *map(plain, parts)]
        return "\n".join(filter(None, [*said, self.seal, *self._of_the_slip]))

    @property
    def _of_the_slip(self) -> list[str]:
        if self.slip is None:
            return []
        cells = [cell for row in self.slip.table for cell in row]
        return [self.slip.title, *map(plain, (self.slip.to, self.slip.lead, *cells, *self.slip.lines))]


def plain(text: Text) -> str:
    """A text without the difference of its pieces."""
    return "".join(words for words, _data in text)
