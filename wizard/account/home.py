"""`/account`: who is signed in, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wizard.account.ways import may_change_ways
from wizard.models import Authenticator
from wizard.services import enrolment, memberships, profiles, recovery_code_sets, staff
from wizard.services.devices import PHONE
from wizard.services.signed_in import current_facts, signed_in_only
from wizard.services.visits import current_visit

blueprint = Blueprint("account", __name__)


@dataclass(frozen=True)
class Way:
    """One authenticator as the page names it.

    A phone by its `label`; a code app, whose label is the person's own name, by its kind and date, and by its `entry` in the app.
    """

    id: str
    label: str
    entry: str
    kind_name: str
    added: datetime
    last_used: datetime | None


def _way(row: Authenticator) -> Way:
    added = row.proven_at or row.created_at
    if row.kind == PHONE:
        return Way(row.id, row.label, "", _("Phone"), added, row.last_used_at)
    return Way(row.id, "", row.label, _("Code app"), added, row.last_used_at)


def _to_remove(ways: list[Way]) -> Way | None:
    """What the person wanted to take away when the proof for it was asked for; pressing once more does it."""
    wanted = next((way for way in ways if way.id == request.args.get("remove")), None)
    return wanted if len(ways) > 1 and may_change_ways(current_facts()) else None


@blueprint.get("/account")
@signed_in_only
def home() -> ResponseReturnValue:
    visit = current_visit()
    account = visit.account
    assert account is not None
    ways = [_way(row) for row in enrolment.proven(account)]
    places = memberships.places_of(account.id)
    return render_template(
        "account/home.html",
        places=places,
        offered=len(memberships.places_of(account.id, offered=True)),
        standings=profiles.standings({place.office_id for place in places}),
        name=account.full_name,
        username=account.sign_in_name,
        last_sign_in=account.previous_sign_in_at,
        codes_left=recovery_code_sets.left(account.id),
        authenticators=ways,
        to_remove=_to_remove(ways),
        is_agent=staff.agent(account) is not None,
    )
