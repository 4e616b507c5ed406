"""What is wrong with a guide as written: unknown names, ways that lead nowhere, steps that nobody meets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from config.guide.words import (
    ABLE,
    ENDS,
    GuideGroup,
    GuideHead,
    GuideLink,
    GuidePhoto,
    GuideStep,
    Situation,
    WayOn,
)

T_co = TypeVar("T_co", covariant=True)
Place = tuple[str | int, ...]
GuideFault = tuple[str, Place, str, str]
"""A fault: its file, the place in it, in Chinese, in English."""

_ID = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""Ids stand in addresses and in counts."""
RESERVED = ("photo",)
"""Not a situation: the photo tool has this address."""


class WrittenInGuide(Protocol[T_co]):
    """A value with the file and the place that it was read from."""

    @property
    def file(self) -> str: ...
    @property
    def where(self) -> Place: ...
    @property
    def value(self) -> T_co: ...


@dataclass(frozen=True, slots=True)
class GuideDraft:
    """A guide as read, before anything in it is trusted."""

    head: WrittenInGuide[GuideHead] | None
    links: Collection[WrittenInGuide[GuideLink]]
    groups: Collection[WrittenInGuide[GuideGroup]]
    situations: Collection[WrittenInGuide[Situation]]
    photo: WrittenInGuide[GuidePhoto] | None
    phone: str
    """The school's telephone number, or ''."""


def faults_of(draft: GuideDraft) -> Iterator[GuideFault]:
    """Everything that is wrong with a guide."""
    for all_of_a_kind in (draft.links, draft.groups, draft.situations):
        yield from _ids(all_of_a_kind)
    links = [one.value.id for one in draft.links]
    for link in draft.links:
        yield from _address(link)
    if draft.head and draft.head.value.service not in links:
        yield from _unknown(draft.head, ("service",), draft.head.value.service, links)
    yield from _groups(draft)
    yield from _photo(draft.photo)
    for situation in draft.situations:
        if situation.value.id in RESERVED:
            yield situation.file, (*situation.where, "id"), "这个名字另有用途", "is the name of a tool"
        yield from _situation(situation, draft, links)
    yield from _reached(draft)
    yield from _dead_ends(draft)


def _ids(found: Collection[WrittenInGuide[Any]], inside: Place = ()) -> Iterator[GuideFault]:
    often = Counter(one.value.id for one in found)
    for one in found:
        id = one.value.id
        if id and not _ID.fullmatch(id):
            yield (
                one.file,
                (*one.where, "id"),
                f"{id} 应由小写字母、数字和下划线组成",
                "is spelled with small letters, digits and _",
            )
        if often[id] > 1:
            yield one.file, (*one.where, "id"), f"{id} 有重复", "is named twice"


def _address(link: WrittenInGuide[GuideLink]) -> Iterator[GuideFault]:
    said = link.value.address
    try:
        parts = urlsplit(said)
        right = parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        right = False
    if said and not (right and said.isascii() and said.isprintable() and not set(said) & set(' "<>\\')):
        yield (
            link.file,
            (*link.where, "address"),
            "应为以 https:// 开头的网址",
            "must be an address that begins with https://",
        )


def _groups(draft: GuideDraft) -> Iterator[GuideFault]:
    known = [one.value.id for one in draft.situations]
    often = Counter(id for one in draft.groups for id in one.value.situations)
    for group in draft.groups:
        for n, id in enumerate(group.value.situations):
            if id not in known:
                yield from _unknown(group, ("situations", n), id, known)
            elif often[id] > 1:
                yield group.file, (*group.where, "situations", n), f"{id} 在两组里", "stands in two groups"


def _situation(
    written: WrittenInGuide[Situation], draft: GuideDraft, links: Collection[str]
) -> Iterator[GuideFault]:
    situation = written.value
    if situation.able not in ABLE:
        yield from _unknown(written, ("able",), situation.able, ABLE)
    if not situation.step:
        yield written.file, written.where, "没有步骤", "has no step"
    often = Counter(one.id for one in situation.step)
    for n, step in enumerate(situation.step):
        here = (*written.where, "step", n)
        if step.id and not _ID.fullmatch(step.id):
            yield (
                written.file,
                (*here, "id"),
                f"{step.id} 应由小写字母、数字和下划线组成",
                "is spelled with small letters, digits and _",
            )
        if often[step.id] > 1:
            yield written.file, (*here, "id"), f"{step.id} 有重复", "is named twice"
        yield from ((written.file, (*here, *at), zh, en) for at, zh, en in _step(step, links))
        if step.tool and draft.photo is None:
            yield (
                written.file,
                (*here, "tool"),
                "用到照片，却没有 [photo] 写明要求",
                "needs the photo, but no [photo] says what it must be like",
            )
        for m, way in enumerate(step.then):
            there = (*here, "then", m)
            yield from ((written.file, there, zh, en) for zh, en in _way(way, step, situation, draft))


def _photo(written: WrittenInGuide[GuidePhoto] | None) -> Iterator[GuideFault]:
    if written is None:
        return
    photo = written.value
    if not photo.says:
        yield written.file, (*written.where, "says"), "至少要写一条", "must have a rule"
    if len(photo.says) != len(photo.says_en):
        at = (*written.where, "says_en")
        yield written.file, at, "中英文条数不同", "has not as many rules as says"
    if photo.kilobytes < 1:
        yield written.file, (*written.where, "kilobytes"), "应为正整数", "must be a positive number"


def _step(step: GuideStep, links: Collection[str]) -> Iterator[tuple[Place, str, str]]:
    if not step.says:
        yield ("says",), "至少要写一段", "must have a paragraph"
    if len(step.says) != len(step.says_en):
        yield ("says_en",), "中英文段数不同", "has not as many paragraphs as says"
    if not step.then:
        yield ("then",), "没有出路：至少要写一条", "has no way on"
    for n, id in enumerate(step.links):
        if id not in links:
            yield ("links", n), f"不认识 {id}，可用的有 {'、'.join(links) or '（没有）'}", "unknown"


def _way(way: WayOn, step: GuideStep, situation: Situation, draft: GuideDraft) -> Iterator[tuple[str, str]]:
    if len(way.targets) != 1:
        yield (
            "end、step、situation 应恰写一个",
            "must name exactly one of end, step and situation",
        )
    for id, known in (
        (way.end, list(ENDS)),
        (way.step, [one.id for one in situation.step]),
        (way.situation, [one.value.id for one in draft.situations]),
    ):
        if id and id not in known:
            yield f"不认识 {id}，可用的有 {'、'.join(known)}", "leads to what is not there"
    if way.end == "registrar" and not draft.phone:
        yield (
            "要找学校，profile.toml 里却没有 phone",
            "leads to the office, but profile.toml has no phone",
        )


def _unknown(written: WrittenInGuide[Any], at: Place, id: str, known: Iterable[str]) -> Iterator[GuideFault]:
    if id:
        names = "、".join(known) or "（没有）"
        yield written.file, (*written.where, *at), f"不认识 {id}，可用的有 {names}", "unknown"


# -- walking the flow -----------------------------------------------------------------------------------

Node = tuple[str, str]
"""A step: the ids of its situation and of itself. An end is ('', its name)."""


def _ways(draft: GuideDraft) -> dict[Node, list[Node]]:
    """Every step and where it leads, without what leads nowhere."""
    first = {one.value.id: one.value.step[0].id for one in draft.situations if one.value.step}
    leads: dict[Node, list[Node]] = {}
    for one in draft.situations:
        for step in one.value.step:
            leads[one.value.id, step.id] = [
                (way.situation, first[way.situation])
                if way.situation in first
                else (one.value.id, way.step)
                if way.step
                else ("", way.end)
                for way in step.then
            ]
    return leads


def _all_from(starts: Iterable[Node], leads: Mapping[Node, Collection[Node]]) -> set[Node]:
    seen: set[Node] = set()
    waiting = list(starts)
    while waiting:
        if (node := waiting.pop()) not in seen:
            seen.add(node)
            waiting.extend(leads.get(node, ()))
    return seen


def _reached(draft: GuideDraft) -> Iterator[GuideFault]:
    """Steps and situations that no way from the front page meets."""
    leads = _ways(draft)
    first = {one.value.id: one.value.step[0].id for one in draft.situations if one.value.step}
    listed = [id for one in draft.groups for id in one.value.situations if id in first]
    met = {situation for situation, _ in _all_from(((id, first[id]) for id in listed), leads)}
    for one in draft.situations:
        if one.value.id not in met and one.value.step:
            yield one.file, one.where, f"首页走不到 {one.value.id}", "cannot be reached from the front page"
        inside = {node: [to for to in ways if to[0] == one.value.id] for node, ways in leads.items()}
        own = _all_from([(one.value.id, step.id) for step in one.value.step[:1]], inside)
        for n, step in enumerate(one.value.step):
            if (one.value.id, step.id) not in own:
                yield one.file, (*one.where, "step", n), f"走不到 {step.id}", "cannot be reached"


def _dead_ends(draft: GuideDraft) -> Iterator[GuideFault]:
    """Steps from which one goes round for ever."""
    leads = _ways(draft)
    back: dict[Node, list[Node]] = {}
    for node, ways in leads.items():
        for to in ways:
            back.setdefault(to, []).append(node)
    saved = _all_from((("", end) for end in ENDS), back)
    for one in draft.situations:
        for n, step in enumerate(one.value.step):
            known = all(to in leads or to[1] in ENDS for to in leads[one.value.id, step.id])
            if step.then and known and (one.value.id, step.id) not in saved:
                yield one.file, (*one.where, "step", n), f"{step.id} 走不出去", "leads round and to no end"
