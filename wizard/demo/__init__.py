"""Demo mode: an invented organisation, invented people and a mailbox to look into. Never beside real people.

The filler stamps the database. A demonstration refuses a database that is neither empty nor stamped; production refuses a stamped
one. So neither can be taken for the other.
"""

from __future__ import annotations

import dataclasses

from flask import Flask
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError, OperationalError

from wizard.demo import filler, mailbox
from wizard.models import Account, InstallationFact, db
from wizard.services import database_upgrade
from wizard.settings import Settings, SettingsError

STAMP = "demo"


def furnished(settings: Settings) -> Settings:
    """In demo mode, the invented organisation in place of every setting that was left at its default."""
    if not settings.demo:
        return settings
    defaults = Settings()
    unset = {
        name: value for name, value in filler.ORGANISATION.items() if getattr(settings, name) == getattr(defaults, name)
    }
    return dataclasses.replace(settings, **unset)


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["perron"].settings
    with app.app_context():
        if settings.demo:
            _open_demonstration()
        elif _is_stamped():
            raise SettingsError(["The database was filled by a demonstration. Give production a database of its own."])
    if settings.demo:
        app.register_blueprint(mailbox.blueprint)


def _open_demonstration() -> None:
    if not _is_stamped() and _has_people():
        raise SettingsError(
            ["Demo mode was asked for, but the database holds real people. Use an empty INSTANCE_PATH."]
        )
    database_upgrade.upgrade_quietly()
    if not _is_stamped():
        try:
            filler.fill(STAMP)
        except IntegrityError:
            db.session.rollback()  # another process of the same start has filled it


def _is_stamped() -> bool:
    try:
        if not inspect(db.engine).has_table(InstallationFact.__tablename__):
            return False
        return db.session.get(InstallationFact, STAMP) is not None
    except OperationalError:
        return False  # a database that is away refuses people by itself
    finally:
        db.session.remove()


def _has_people() -> bool:
    if not inspect(db.engine).has_table(Account.__tablename__):
        return False
    try:
        return bool(db.session.scalar(select(func.count()).select_from(Account)))
    finally:
        db.session.remove()
