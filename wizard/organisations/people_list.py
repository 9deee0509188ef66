"""The list of colleagues by office, and the page of one of them."""

from __future__ import annotations

from flask import render_template
from werkzeug.exceptions import NotFound

from wizard.domain.organisation_rights import roles_to_give
from wizard.domain.organisation_words import ROLE_MEANINGS, ROLE_WORDS
from wizard.journeys.drawing import FieldError
from wizard.organisations.rights_table import actor, needs
from wizard.services import colleague_list, colleague_names, memberships
from wizard.services.visits import current_visit


@needs("see-people", "See the people")
def people() -> str:
    return draw()


def draw(errors: list[FieldError] | None = None, refused: str | None = None) -> str:
    """The list; `errors` and `refused` say why an act on it was refused."""
    offices = colleague_list.everyone(actor().id)
    return render_template(
        "organisations/people.html",
        offices=offices,
        several=len({office.organisation for office in offices}) > 1,
        corrections=colleague_names.waiting(actor().id),
        now=current_visit().now,
        errors=errors or [],
        refused=refused,
    )


@needs("invite-people", "See one colleague")
def colleague(membership_id: str) -> str:
    found = colleague_list.one(actor().id, membership_id)
    if found is None:
        raise NotFound
    place = memberships.place_at(actor().id, found.office_id, "invite-people")
    return render_template(
        "organisations/people_colleague.html",
        colleague=found,
        roles=role_choices(place.role if place else ""),
        now=current_visit().now,
    )


def role_choices(own_role: str) -> list[tuple[str, object, object]]:
    """The roles that a member of `own_role` may give: value, word and meaning."""
    return [(role, ROLE_WORDS[role], ROLE_MEANINGS[role]) for role in roles_to_give(own_role)]
