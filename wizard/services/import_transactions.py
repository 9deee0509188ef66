"""How an import writes: batch by batch, each in a transaction of its own, which a kill in the middle leaves whole or undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from wizard.models import db, write
from wizard.models.database import DatabaseBusy
from wizard.services.people import NameTaken

BATCH = 500  # rows
TRIES = 5
PATIENCE = 30.0  # seconds for one batch in the writers' queue: an import can wait longer than a person
T = TypeVar("T")


class ImportStopped(Exception):
    """The database gave up on a batch. What went in before stays, and running the import again completes it."""

    def __init__(self, what: str) -> None:
        again = _("What went in before stays. Run the import again to complete it.")
        super().__init__(f"{what} {again}")


def settled(settle: Callable[[], T], line: int, *, writes: bool) -> T:
    """What `settle` makes of the batch that begins on `line`; `writes` is False in a dry run, which leaves nothing behind.

    Settled again when another import or a request came between, which the second reading then finds. Raises `ImportStopped`.
    """
    problem: Exception | None = None
    for _try in range(TRIES):
        try:
            if not writes:
                return settle()
            with write(PATIENCE):
                return settle()
        except (NameTaken, IntegrityError, OperationalError) as error:
            problem = error
        except (DatabaseBusy, SQLAlchemyError) as error:
            problem = error
            break
        finally:
            db.session.rollback()
            db.session.expunge_all()
    raise ImportStopped(_("The database did not take the rows from line %(line)s on.", line=line)) from problem
