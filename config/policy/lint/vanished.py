"""Name the rules of a school that an earlier text declared as beyond the words, and a later one does not."""

from __future__ import annotations

from config.policy.reading.lines import Fault, Lines
from config.policy.school import School


def vanished(old: School, new: School) -> tuple[Fault, ...]:
    """Each [[unsupported]] of the old text that the new one lacks, at the place where the new lists them."""
    kept = {one.says for one in new.policy.unsupported}
    line = Lines(new.texts["policy.toml"]).at(("unsupported", 0))
    return tuple(
        Fault(
            f"{new.slug}/policy.toml",
            line,
            f"不再写明这一条说不出来的规定：“{one.says}” / no longer lists as unsupported: {one.says_en}",
        )
        for one in old.policy.unsupported
        if one.says not in kept
    )
