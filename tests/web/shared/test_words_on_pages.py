"""The words of the pages: no name of an internal thing, no Chinese in an English sentence, no word given up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask

from tests.web.browsing import VOID, Browser, signed_in
from tests.web.catalogue import HAN
from tests.web.pages import Stage
from tests.world import World
from web.shared.words import CHINESE, ENGLISH  # noqa: F401

pytestmark = [pytest.mark.one_database]

INTERNAL = re.compile(
    r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b|\b[a-z]+\.[a-z]+(?:-[a-z]+)+\b|\w+\.toml\b"
    r"|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{12,}\b|SHA-256|本系统默认|未作规定"
)
"""Names in code, names of rule files and of rules in them, digests, and what only the rule files say."""

GIVEN_UP = (
    "「", "到什么时候", "看办到哪里", "不提了", "记下，下一步", "现在在这里", "下一步由谁", "没有办成", "未予更正",
    "本来就对", "接办", "移交", "等什么", "轮到：", "贴到群里", "在纸上", "签认", "约定的通报日", "保持未核对",
    "就导入", "丢弃", "处数", "假如", "谁能做什么", "外出代办", "存值", "重放", "指纹", "给出登录链接", "有错现在就提",
    "受理编号", "回执编号",
)  # fmt: skip
"""Words that another word has replaced: one word for one thing."""

SHOWN = ("alt", "aria-label", "placeholder", "title")


class _Said(HTMLParser):
    """What a page says: each piece with its language, and whether it stands in a technical part."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str, bool]] = []
        self._stack: list[tuple[str, str, bool]] = [("", "", False)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        _, language, technical = self._stack[-1]
        here = (
            tag,
            of.get("lang", language),
            technical or "digest" in of.get("class", "").split() or tag in ("style", "script"),
        )
        if tag not in VOID:
            self._stack.append(here)
        shown = [of[name] for name in SHOWN if name in of]
        if tag == "input" and of.get("type") not in ("hidden", "radio", "checkbox"):
            shown.append(of.get("value", ""))
        self.said += [(words, *here[1:]) for words in shown]

    def handle_endtag(self, tag: str) -> None:
        while len(self._stack) > 1 and self._stack.pop()[0] != tag:
            continue

    def handle_data(self, data: str) -> None:
        self.said.append((" ".join(data.split()), *self._stack[-1][1:]))


def read(app: Flask, stage: Stage, language: str) -> Iterator[tuple[str, str, str, bool]]:
    """Every piece of every page of every face in one language, with the address of its page."""
    browsers: dict[str, Browser] = {}
    for shown in stage.pages():
        if shown.person not in browsers:
            browser = signed_in(stage.world, app, shown.person) if shown.person else Browser(app)
            browser.client.set_cookie("lang", language)
            browsers[shown.person] = browser
        page = _Said()
        page.feed(browsers[shown.person].get(shown.path).html)
        yield from ((shown.path, *piece) for piece in page.said if piece[0])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_speak_in_words(app: Flask, world: World, language: str) -> None:
    """No page of any face says an internal name or a word given up, nor an English one a Chinese word of ours."""
    found = set()
    for path, words, marked, technical in read(app, Stage(world), language):
        if not technical:
            found |= {(path, said) for said in INTERNAL.findall(words)}
        if language == "en" and marked != "zh-CN" and HAN.search(words):
            found.add((path, words))
        if language == "zh":
            found |= {(path, said) for said in GIVEN_UP if said in words}
    __import__("pathlib").Path(f"/tmp/words/{language}.txt").write_text(
        "\n".join(f"{a}\t{b}" for a, b in sorted(found))
    )
    assert sorted(found) == []
