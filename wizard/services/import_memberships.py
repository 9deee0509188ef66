"""The memberships of an import: those that the accounts of a batch have, as its rows are compared with them, and new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from wizard.domain.secrets_made import new_id
from wizard.models import Membership, Office, Organisation, db
from wizard.services.import_places import KnownOffice


@dataclass(frozen=True)
class Held:
    """A membership that an account has, as a row is compared with it."""

    id: str
    account_id: str
    organisation: str
    organisation_key: str
    office: str
    office_key: str
    role: str
    invited_by: str | None


def held_by(account_ids: Sequence[str]) -> dict[str, list[Held]]:
    """What each of these accounts has, accepted or not, by organisation; accounts that have none are missing."""
    columns = (
        Membership.id, Membership.account_id, Organisation.name, Organisation.name_key, Office.name, Office.name_key,
        Membership.role, Membership.invited_by,
    )  # fmt: skip
    living = (
        select(*columns)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Office, Office.id == Membership.office_id)
        .where(Membership.account_id.in_(account_ids), Membership.ended_at.is_(None))
        .order_by(Organisation.name_key)
    )
    found: dict[str, list[Held]] = {}
    for row in db.session.execute(living) if account_ids else ():
        found.setdefault(row.account_id, []).append(Held(*row))
    return found


def new_row(account_id: str, office: KnownOffice, role: str, now: datetime) -> dict[str, Any]:
    """A membership as it is inserted."""
    return {
        "id": new_id(), "account_id": account_id, "organisation_id": office.organisation_id, "office_id": office.id,
        "role": role, "created_at": now, "accepted_at": now,
    }  # fmt: skip
