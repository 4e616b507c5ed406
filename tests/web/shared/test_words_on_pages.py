"""The words of the pages: no name of an internal thing, no Chinese in an English sentence, no word given up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from flask import Flask

from config.sentences import SENTENCE_FACTS
from tests.web.browsing import VOID, Browser, signed_in
from tests.web.catalogue import HAN
from tests.web.pages import Stage
from tests.world import World

pytestmark = [pytest.mark.one_database]

INTERNAL = re.compile(
    r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b|\b[a-z]+\.[a-z]+(?:-[a-z]+)+\b|\b[\w-]+\.toml\b"
    r"|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{12,}\b|SHA-256"
)
"""Names in code, of rules and of their files, and digests."""

UNSAID = re.compile("本系统默认|通知未作规定|原文未作规定")
"""What the school's rule files say to its staff where its notice is silent. No ground for a student."""

OUTSIDE = {"chsi_chesicc", *SENTENCE_FACTS}
"""Names of that form for people: the platform's account in WeChat, and facts that one types into a sentence."""

GIVEN_UP = (
    "「", "到什么时候", "看办到哪里", "不提了", "记下，下一步", "记下并", "现在在这里", "下一步由谁", "没有办成",
    "未予更正", "本来就对", "接办理", "等什么", "现在轮到", "贴到群里", "学生说有一项", "在纸上", "约定的通报日",
    "保持未核对", "就导入", "丢弃", "处数", "假如", "对一名学生解释", "谁能做什么", "外出代办", "存值", "重放", "指纹",
    "给出登录链接", "有错现在就提", "受理编号", "回执编号",
)  # fmt: skip
"""Words that gave way to another: one word for one thing."""

TECHNICAL, CODE = "digest", ("code", "pre")
"""A part of a page for who checks digests and codes: this class; for auditors and operators also code."""

SHOWN = ("alt", "aria-label", "placeholder", "title")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a page, their language if it is marked, and the technical parts that they stand in."""

    words: str
    language: str
    inside: frozenset[str]


class _Pieces(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[Piece] = []
        self._open: list[tuple[str, str, frozenset[str]]] = [("", "", frozenset())]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        _, language, inside = self._open[-1]
        marks = {*of.get("class", "").split(), tag} & {TECHNICAL, *CODE, "style", "script", "textarea"}
        here = (tag, language if tag == "html" else of.get("lang", language), inside | marks)
        if tag not in VOID:
            self._open.append(here)
        self.said += [Piece(of[name], here[1], here[2]) for name in SHOWN if name in of]

    def handle_endtag(self, tag: str) -> None:
        while len(self._open) > 1 and self._open.pop()[0] != tag:
            continue

    def handle_data(self, data: str) -> None:
        self.said.append(Piece(" ".join(data.split()), *self._open[-1][1:]))


class Reader:
    """Reads every page of every face, each as the person whose page it is."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.stage = app, Stage(world)
        self.students = {self.stage.student(name) for name in self.stage.records}
        self.browsers: dict[str, Browser] = {}

    def pieces(self) -> Iterator[tuple[str, str, bool, Piece]]:
        """Language, address, whether nothing technical belongs there, and words: piece by piece."""
        for shown in self.stage.pages():
            if shown.person not in self.browsers:
                self.browsers[shown.person] = (
                    signed_in(self.stage.world, self.app, shown.person) if shown.person else Browser(self.app)
                )
            plain = shown.person in self.students or shown.path.startswith(("/for/", "/desk"))
            for language in ("zh", "en"):
                self.browsers[shown.person].client.set_cookie("lang", language)
                page = _Pieces()
                page.feed(self.browsers[shown.person].get(shown.path).html)
                yield from ((language, shown.path, plain, one) for one in page.said if one.words)


def internal_names(path: str, plain: bool, piece: Piece) -> set[str]:
    """The names of internal things in a piece, where none has its place."""
    if piece.inside & {"style", "script", "textarea"}:
        return set()
    unsaid = set(UNSAID.findall(piece.words)) if plain else set()
    operating = path.startswith(("/audit", "/admin/settings"))
    apart = not plain and (TECHNICAL in piece.inside or (operating and piece.inside & set(CODE)))
    return unsaid if apart else unsaid | set(INTERNAL.findall(piece.words)) - OUTSIDE


def test_pages_speak_in_words(app: Flask, world: World) -> None:
    """No page says an internal name or a word that gave way, and no English one a Chinese word unmarked."""
    found = set()
    for language, path, plain, piece in Reader(app, world).pieces():
        found |= {(path, said) for said in internal_names(path, plain, piece)}
        if language == "zh" and "pre" not in piece.inside:
            found |= {(path, said) for said in GIVEN_UP if said in piece.words}
        elif language == "en" and piece.language != "zh-CN" and "textarea" not in piece.inside:
            found |= {(path, piece.words)} if HAN.search(piece.words) else set()
    assert sorted(found) == []
