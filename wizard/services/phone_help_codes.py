"""The help code that a phone's pages show, kept where the helpdesk finds its person by it.

These pages belong to no journey, so no outcome tells their code. Looking at them writes it, on purpose, as `last_seen` of a session is
written: once for each browser, into rows that are there already. For a browser that brings neither a linked phone's cookie nor the
address in a QR code nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from sqlalchemy import ColumnElement, and_, or_, select

from wizard.models import Account, Authenticator, Device, PhoneLink, db, write
from wizard.services.visits import Visit


def note(visit: Visit, device: Device | None, link: PhoneLink | None = None) -> None:
    """This browser shows its help code: as `device`, or on the page of `link`, whose phone it may become.

    Opens its own transaction when the code is another one than before.
    """
    whose: list[ColumnElement[bool]] = []
    if device is not None:
        whose.append(Authenticator.device_id == device.id)
    if link is not None:
        whose.append(and_(Authenticator.id == link.authenticator_id, Authenticator.device_id.is_(None)))
    if not whose or request.method == "HEAD":
        return
    stale = select(Authenticator).where(
        or_(*whose), Authenticator.ended_at.is_(None), Authenticator.help_code.is_distinct_from(visit.help_code)
    )
    if db.session.scalar(stale.limit(1)) is None:
        return
    with write():
        # A row that somebody is changing just now is left for the next look: this transaction has locked no account.
        for row in db.session.scalars(stale.with_for_update(skip_locked=True)):
            row.help_code = visit.help_code


def accounts_of(help_code: str, scope: ColumnElement[bool], most: int) -> Sequence[str]:
    """The accounts for which the phone whose pages show this code confirms, or is about to."""
    linked = select(Account.id).join(Authenticator, Authenticator.account_id == Account.id)
    linked = linked.where(Authenticator.help_code == help_code, Authenticator.ended_at.is_(None), scope)
    return db.session.scalars(linked.group_by(Account.id).order_by(Account.id).limit(most)).all()
