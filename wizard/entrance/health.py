"""`/healthz`: alive. `/readyz`: the database answers, the schema fits, the mail moves."""

from __future__ import annotations

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from wizard.models.database import DatabaseBusy
from wizard.services import database_upgrade, outbox

OLDEST_MAIL = 300  # seconds


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)


def healthz() -> ResponseReturnValue:
    return {"alive": True}


def readyz() -> ResponseReturnValue:
    """200 only when a person could be served; the body says what is missing."""
    found: dict[str, object] = {"database": False, "schema": False, "oldest_mail_seconds": None}
    try:
        found["schema"] = database_upgrade.is_current()
        found["database"] = True
        if found["schema"]:
            found["oldest_mail_seconds"] = outbox.status().oldest_age_seconds
    except (SQLAlchemyError, DatabaseBusy):
        return found, 503
    late = isinstance(found["oldest_mail_seconds"], int) and found["oldest_mail_seconds"] > OLDEST_MAIL
    return found | {"mail_late": late}, 200 if found["schema"] else 503
