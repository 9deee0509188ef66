"""Corrected names wait for an administrator's accept: a name is what colleagues and the portal know a person by."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select, update

from wizard.extensions import tools
from wizard.models import Account, Membership, NameCorrection, db, write
from wizard.models.database import rows_changed
from wizard.services import audit, mails, people_search
from wizard.services.colleagues import ADMINISTRATOR, INVITE, NotAllowed, OutOfReach
from wizard.services.memberships import is_living, offices_within_reach


@dataclass(frozen=True)
class Correction:
    """Somebody asks to be called otherwise: `name` until now, `asked` from then on."""

    id: str
    name: str
    asked: str
    address: str


def is_within_reach(account_id: str, correction_id: str) -> bool:
    """Whether the account reaches the person of this correction, be it settled or not."""
    found = select(NameCorrection.id).where(
        NameCorrection.id == correction_id, NameCorrection.account_id.in_(_reached(account_id))
    )
    return db.session.scalar(found) is not None


def waiting(actor_id: str) -> list[Correction]:
    """The corrections of colleagues within reach that nobody has settled, oldest first; never one's own."""
    rows = db.session.execute(
        select(NameCorrection, Account)
        .join(Account, Account.id == NameCorrection.account_id)
        .where(NameCorrection.settled_at.is_(None), NameCorrection.account_id.in_(_reached(actor_id)))
        .where(NameCorrection.account_id != actor_id)
        .order_by(NameCorrection.created_at, NameCorrection.id)
    )
    return [
        Correction(row.id, account.name or account.email, _whole(row.given_name, row.family_name), account.email)
        for row, account in rows
    ]


def settle(actor_id: str, correction_id: str, *, accept: bool) -> bool:
    """Accept or decline a correction; False when it was settled before. Accepting writes the names and mails the person.

    Its own transaction. Raises `OutOfReach`, or `NotAllowed` for one's own.
    """
    with write():
        row = db.session.get(NameCorrection, correction_id, populate_existing=True)
        if row is None or not is_within_reach(actor_id, correction_id):
            raise OutOfReach
        if row.account_id == actor_id:
            raise NotAllowed
        now = tools().clock.now()
        unsettled = update(NameCorrection).where(NameCorrection.id == row.id, NameCorrection.settled_at.is_(None))
        if rows_changed(unsettled.values(settled_at=now, settled_by=actor_id, accepted=accept)) != 1:
            return False
        account = db.session.get_one(Account, row.account_id, populate_existing=True)
        if accept:
            _write_names(account, row)
            people_search.refresh([account.id])
            mails.name_corrected(account, now)
        audit.record(
            "name-correction-settled",
            account_id=account.id,
            actor=ADMINISTRATOR,
            correction=row.id,
            accepted=accept,
            by=actor_id,
        )
    return True


def _write_names(account: Account, row: NameCorrection) -> None:
    """A display name that only repeats the old name goes with it; one that the person chose stays."""
    if account.display_name == _whole(account.given_name, account.family_name):
        account.display_name = ""
    account.given_name, account.family_name = row.given_name, row.family_name


def _whole(given_name: str, family_name: str) -> str:
    return " ".join(part for part in (given_name, family_name) if part)


def _reached(account_id: str) -> Select[str]:
    """Accounts that belong to an office within reach. One that is only offered a membership belongs to nobody yet."""
    return select(Membership.account_id).where(
        is_living(), Membership.office_id.in_(offices_within_reach(account_id, INVITE))
    )
