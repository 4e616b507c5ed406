"""Scenarios of a guide: what somebody answers at each step, and where that ends. They are its tests."""

from __future__ import annotations

from dataclasses import dataclass

from config.guide.words import Guide, GuideStep, Situation, WayOn


@dataclass(frozen=True, slots=True)
class GuideScenario:
    """Somebody's answers, word for word in Chinese, from the first step of a situation to an end."""

    title: str
    situation: str
    answers: tuple[str, ...]
    ends: str


class WrongScenario(Exception):
    """A scenario does not go as it says. ``key`` is the part that is wrong; ``zh`` and ``en`` say why."""

    def __init__(self, key: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.key, self.zh, self.en = key, zh, en


def walk(guide: Guide, scenario: GuideScenario) -> tuple[tuple[str, str, WayOn], ...]:
    """Every way that the scenario takes, as (situation, step, way). Raises WrongScenario."""
    situation = guide.by_id.get(scenario.situation)
    if situation is None:
        raise WrongScenario("situation", f"没有 {scenario.situation} 这种情况", "there is no such situation")
    taken, step, end = [], situation.step[0], ""
    for answer in scenario.answers:
        if end:
            raise WrongScenario("answers", f"“{answer}”之前已经到了 {end}", "goes on behind the end")
        way = next((one for one in step.then if one.says == answer), None)
        if way is None:
            offered = "；".join(one.says for one in step.then)
            raise WrongScenario(
                "answers", f"{step.id} 这一步没有“{answer}”，可选的有：{offered}", "is no answer at that step"
            )
        taken.append((situation.id, step.id, way))
        situation, step, end = _after(guide, situation, step, way)
    if end != scenario.ends:
        raise WrongScenario("ends", f"到了 {end or step.id}，不是 {scenario.ends}", "ends elsewhere")
    return tuple(taken)


def _after(
    guide: Guide, situation: Situation, step: GuideStep, way: WayOn
) -> tuple[Situation, GuideStep, str]:
    """Where a way leads: the situation, the step, and the end if it is one."""
    if way.situation:
        further = guide.by_id[way.situation]
        return further, further.step[0], ""
    return situation, situation.at(way.step) or step, way.end
