"""``history``: replay every subject's entries and compare the result with its state."""

from __future__ import annotations

import sys

import click

from web.commands.place import installation
from workflow.cases.views.audit import compare
from workflow.history.replay import verify as fold


@click.group()
def history() -> None:
    """流转记录 / the transition history."""


@history.command()
def verify() -> None:
    """逐条校验每个个案、每次活动的流转记录，与现状核对 / fold all entries and compare with the present.

    全部一致时退出码为 0，否则列出每一处不一致，退出码为 1 / exit status 1 lists every disagreement.
    """
    place = installation()
    tables = {name: binding.table for name, binding in place.engine.bindings.items()}
    with place.store.reading() as session:
        proof = fold(session, tables, place.cipher)
        proof.faults += compare(session)
    click.echo(
        f"个案与活动 / subjects: {proof.subjects}  记录 / entries: {proof.entries}  "
        f"被拒 / refused: {proof.refused}  原始内容 / openings: {proof.openings}  "
        f"已擦除 / erased: {proof.erased}"
    )
    for fault in proof.faults:
        click.echo(f"✗ {fault.subject} #{fault.number} {fault.code}: {fault.says}")
    click.echo("一致 / holds" if proof.holds else f"{len(proof.faults)} 处不一致 / faults")
    sys.exit(0 if proof.holds else 1)
