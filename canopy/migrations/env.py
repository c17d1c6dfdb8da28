"""Runs migrations on the connection that `canopy.db.migrate` hands over."""

from __future__ import annotations

from alembic import context

from canopy.db.migrate import include_object, same_type
from canopy.migrations.metadata import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_object=include_object,
    compare_type=same_type,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
