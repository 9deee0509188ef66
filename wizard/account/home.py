"""`/account`: who is signed in, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wizard.models import Authenticator
from wizard.services import enrolment, memberships, profiles, recovery_code_sets, staff
from wizard.services.devices import PHONE
from wizard.services.signed_in import signed_in_only
from wizard.services.visits import current_visit

blueprint = Blueprint("account", __name__)


@dataclass(frozen=True)
class Way:
    """One authenticator as the page names it."""

    id: str
    label: str
    kind_name: str
    added: datetime
    last_used: datetime | None


def _way(row: Authenticator) -> Way:
    kind = _("Phone") if row.kind == PHONE else _("Code app")
    return Way(row.id, row.label, kind, row.proven_at or row.created_at, row.last_used_at)


@blueprint.get("/account")
@signed_in_only
def home() -> ResponseReturnValue:
    visit = current_visit()
    account = visit.account
    assert account is not None
    places = memberships.places_of(account.id)
    return render_template(
        "account/home.html",
        places=places,
        offered=len(memberships.places_of(account.id, offered=True)),
        standings=profiles.standings({place.office_id for place in places}),
        name=account.name if account.name != account.username else "",
        username=account.sign_in_name,
        last_sign_in=account.previous_sign_in_at,
        codes_left=recovery_code_sets.left(account.id),
        authenticators=[_way(row) for row in enrolment.proven(account)],
        is_agent=staff.agent(account) is not None,
    )
