"""A lifecycle as a Mermaid diagram, generated from its declaration for the README."""

from __future__ import annotations

from states import NOWHERE, Lifecycle


def mermaid(life: Lifecycle) -> str:
    """The Mermaid state diagram of a lifecycle, with moves in declaration order."""
    lines = ["stateDiagram-v2"]
    lines += [
        f"    {state.name}: {state.zh} {state.en}{' ●' if state.resting else ''}" for state in life.states
    ]
    for move in life.moves:
        for source in move.sources:
            origin = "[*]" if source == NOWHERE else source
            lines.append(f"    {origin} --> {move.target}: {move.name} {move.zh}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from states.campaign import CAMPAIGN
    from states.case import CASE

    print(mermaid(CASE))
    print(mermaid(CAMPAIGN))
