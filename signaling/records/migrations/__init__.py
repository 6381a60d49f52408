"""The schema's history. Alembic runs it at every start; nothing is to be done by hand."""
