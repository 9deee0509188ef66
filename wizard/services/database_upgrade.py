"""Bring the database to the schema of this release, with a backup first."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade as alembic_upgrade

from wizard.extensions import MIGRATIONS, tools
from wizard.models.database import db


def is_current() -> bool:
    """Whether the schema fits this release; asked by `/readyz` and at every start."""
    with db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(_heads())


def upgrade(now: datetime) -> str | None:
    """Migrate to the newest schema; return the backup's path when a SQLite file was backed up first.

    The backup is made with SQLite's online backup, never by copying a live file. PostgreSQL is backed up by its own tools.
    """
    if is_current():
        return None
    backup = _backup_sqlite(now)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    alembic_upgrade(directory=str(MIGRATIONS))
    db.session.remove()
    return backup


def _heads() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_heads()


def _backup_sqlite(now: datetime) -> str | None:
    name = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not name or not Path(name).exists() or not Path(name).stat().st_size:
        return None
    target = Path(name).with_name(f"{Path(name).stem}-before-{now:%Y%m%d-%H%M%S}.sqlite3")
    with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(target)) as copy:
        if not source.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            target.unlink()
            return None
        source.backup(copy)
    return str(target)


def upgrade_quietly() -> None:
    """Bring a demonstration's database up to date at its start."""
    upgrade(tools().clock.now())
