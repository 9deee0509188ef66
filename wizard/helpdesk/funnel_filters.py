"""What an agent asks of queue and funnel, as it stands in the address: journey, weeks, step, language, organisation, page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from wizard.extensions import tools
from wizard.journeys import JOURNEYS
from wizard.journeys.drawing import FieldError
from wizard.services import funnel_questions
from wizard.services.funnel_flights import Flight, flight_of
from wizard.services.funnel_questions import Filters, NoOrganisation
from wizard.services.staff import Scope

LONGEST = 200  # characters
READERS = "reads"  # not "language", which chooses that of the page


@dataclass(frozen=True)
class Asked:
    """Whose figures are asked for. `organisation` is its name, or what was typed when no organisation fits: then `errors` says so."""

    filters: Filters
    language: str
    organisation: str
    errors: tuple[FieldError, ...] = ()


def flights() -> dict[str, Flight]:
    """The stair of every journey of this installation."""
    policy = tools().settings.second_factor
    return {name: flight_of(journey, policy) for name, journey in JOURNEYS.items()}


def one_of(name: str, known: list[str], default: str) -> str:
    """The value of the address's parameter `name`. Raises `BadRequest` for anything that the page does not offer."""
    said = request.args.getlist(name)
    value = said[0] if said else default
    if len(said) > 1 or value not in known:
        raise BadRequest
    return value


def asked(scope: Scope) -> Asked:
    """Language and organisation. Raises `BadRequest`."""
    language = one_of(READERS, ["", *tools().settings.languages], "")
    typed = request.args.get("organisation", "").strip()
    if len(request.args.getlist("organisation")) > 1 or len(typed) > LONGEST:
        raise BadRequest
    if not typed:
        return Asked(Filters(language or None), language, "")
    try:
        found, name = funnel_questions.find_organisation(typed, scope)
    except NoOrganisation as none:
        message = _("No organisation that you see has a name that begins so. Check the spelling.")
        if none.several:
            message = _(
                "Several organisations begin so: %(names)s. Type more of the name.", names=", ".join(none.several)
            )
        return Asked(Filters(), language, typed, (FieldError("organisation", message),))
    return Asked(Filters(language or None, found), language, name)
