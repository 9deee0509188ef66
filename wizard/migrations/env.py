"""Alembic's entry: the application's engine, batch mode for SQLite, one transaction a migration."""

from __future__ import annotations

from alembic import context
from flask import current_app

from wizard.models import Base, search_index  # noqa: F401 - makes every table known
from wizard.models.database import WRITER_PATIENCE

db = current_app.extensions["migrate"].db


def run() -> None:
    engine = db.engine
    with engine.connect().execution_options(perron_write=WRITER_PATIENCE) as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            include_name=search_index.is_of_the_models,
            transaction_per_migration=True,
            user_module_prefix="base.",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("Perron migrates a live database only.")
run()
