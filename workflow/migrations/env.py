"""Alembic's entry point. workflow.upkeep.schema provides the connection."""

from __future__ import annotations

from alembic import context

from workflow.upkeep.metadata import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=False
)
context.run_migrations()
