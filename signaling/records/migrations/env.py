"""Runs the migrations on the connection that `records.database` hands over, inside its transaction."""

from alembic import context

from signaling.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds all of it
)
context.run_migrations()
