"""Alembic's environment: the application's own engine and metadata."""

from alembic import context
from flask import current_app

import app.models  # noqa: F401  (all tables are loaded before they are compared)
from app.extensions import db

#: Owned by others: procrastinate migrates its own tables.
_FOREIGN = "procrastinate_"


def include_object(obj, name, kind, reflected, compare_to) -> bool:
    """Keep procrastinate's tables out of autogenerate."""
    return not (kind == "table" and name.startswith(_FOREIGN))


def run() -> None:
    """Run the pending migrations, each in the one transaction of the whole upgrade."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=include_object,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
