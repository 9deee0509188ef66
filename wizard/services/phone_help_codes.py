"""The help code that a phone's pages show, kept where the helpdesk finds its person by it.

These pages belong to no journey, so no outcome tells their code. Looking at them writes it, on purpose, as `last_seen` of a session is
written: with its time, at most once a minute, into rows that are there already. For a browser that brings neither a linked phone's
cookie nor the address in a QR code that still waits nothing is written.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from wizard.models import Account, Authenticator, Device, PhoneLink, db, write
from wizard.models.database import DatabaseBusy
from wizard.services.visits import Visit

NOTED_EVERY = timedelta(minutes=1)


def note(visit: Visit, device: Device | None, link: PhoneLink | None = None) -> None:
    """This browser shows its help code: as `device`, or on the page of `link`, which still waits and whose phone it may become.

    Of those who open the page of a link the first one counts, until a phone is linked. Opens its own transaction and waits for
    nobody: while the database is busy nothing is noted, the next look does it.
    """
    whose: list[ColumnElement[bool]] = []
    if device is not None:
        whose.append(Authenticator.device_id == device.id)
    if link is not None:
        whose.append(
            and_(
                Authenticator.id == link.authenticator_id,
                Authenticator.device_id.is_(None),
                Authenticator.help_code.is_(None),
            )
        )
    if not whose or request.method == "HEAD":
        return
    noted = Authenticator.help_code_at
    stale = select(Authenticator).where(
        or_(*whose), Authenticator.ended_at.is_(None), or_(noted.is_(None), noted <= visit.now - NOTED_EVERY)
    )
    if db.session.scalar(stale.limit(1)) is None:
        return
    with suppress(DatabaseBusy, OperationalError, PoolTimeoutError), write(patience=0):
        # A row that somebody is changing just now is left for the next look: this transaction has locked no account.
        for row in db.session.scalars(stale.with_for_update(skip_locked=True)):
            row.help_code, row.help_code_at = visit.help_code, visit.now


def was_shown(help_code: ColumnElement[str], since: ColumnElement[datetime]) -> ColumnElement[bool]:
    """A condition: whether a phone's pages have shown this code since then."""
    return exists().where(*_shown(help_code, since))


def accounts_of(
    help_code: ColumnElement[str], since: ColumnElement[datetime], whom: ColumnElement[bool], most: int
) -> Select[str]:
    """Asks for those accounts of `whom` for which the phone whose pages have shown this code since then confirms, or is about to."""
    linked = select(Account.id).join(Authenticator, Authenticator.account_id == Account.id)
    linked = linked.where(*_shown(help_code, since), whom)
    return linked.group_by(Account.id).order_by(Account.id).limit(most)


def _shown(help_code: ColumnElement[str], since: ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    return (
        Authenticator.help_code == help_code,
        Authenticator.help_code_at >= since,
        Authenticator.ended_at.is_(None),
    )
