"""Inviting a colleague: the form, and the page that says the same for every address (SEC-28)."""

from __future__ import annotations

import unicodedata

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import BadRequest, NotFound
from wtforms import StringField

from wizard.domain.canonical_names import NameRefused, Reason, canonical_email, display_name_problem
from wizard.domain.organisation_words import ROLE_WORDS
from wizard.journeys.drawing import FieldError
from wizard.journeys.runner import refuse_malformed
from wizard.locale import clock, language_names, locale_info
from wizard.organisations.people_list import role_choices
from wizard.organisations.rights_table import actor, needs, within_rights
from wizard.services import colleague_invitations, colleague_list, memberships
from wizard.services.colleague_invitations import AlreadyHere, NotOnePerson, TooMany, Wanted
from wizard.services.colleagues import INVITE
from wizard.steps.forms import NAME_PROBLEMS, StepForm

TEMPLATE = "organisations/people_invite.html"
_NAMES = ("given_name", "family_name")
_UNSEEN = _l("Type the name again: there is a character in it that cannot be seen.")


class InvitationForm(StepForm):
    email = StringField(_l("Email address"))
    given_name = StringField(_l("Given names"))
    family_name = StringField(_l("Family name"))
    role = StringField(_l("Role"))
    office = StringField(_l("Office"))
    language = StringField(_l("Language of our emails"))


class Refused(Exception):
    """What is wrong with the form, field by field; `reason` is the stable word for the page."""

    def __init__(self, reason: str, errors: list[FieldError]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.errors = errors


@needs("invite-people", "Open the form for inviting")
def invitation() -> ResponseReturnValue:
    return _draw(InvitationForm())


@needs("invite-people", "Invite a colleague")
def invite() -> ResponseReturnValue:
    form = InvitationForm()
    refuse_malformed(form)
    _refuse_foreign(form)
    try:
        membership_id = _invite(_wanted(form))
    except Refused as refusal:
        return _draw(form, refusal), 422
    return redirect(url_for("organisation_people.invited", membership_id=membership_id), 303)


@needs("invite-people", "See that an invitation is on its way")
def invited(membership_id: str) -> ResponseReturnValue:
    found = colleague_list.one(actor().id, membership_id)
    if found is None or found.has_arrived:
        raise NotFound
    return render_template("organisations/people_invited.html", colleague=found)


def _refuse_foreign(form: InvitationForm) -> None:
    """Choices that the page does not offer: an office out of reach is not found, anything else is no form of ours."""
    office_id, role, language = (form[name].data or "" for name in ("office", "role", "language"))
    if "\0" in office_id:  # PostgreSQL would answer it with a fault
        raise NotFound
    place = memberships.place_at(actor().id, office_id, INVITE) if office_id else None
    if office_id and place is None:
        raise NotFound
    offered = role_choices(place.role) if place else _own_roles()
    if role and role not in {value for value, *_rest in offered}:
        raise BadRequest
    if language not in dict(language_names()):
        raise BadRequest


def _wanted(form: InvitationForm) -> Wanted:
    email = (form.email.data or "").strip()
    names = {name: unicodedata.normalize("NFC", (form[name].data or "").strip()) for name in _NAMES}
    found = [("email", _address_problem(email)), *((name, _name_problem(text)) for name, text in names.items())]
    if not any(names.values()):
        found.append(("given_name", _l("Enter the name of the person.")))
    if not form.role.data:
        found.append(("role", _l("Select what the person may do.")))
    if not form.office.data:
        found.append(("office", _l("Select the office of the person.")))
    errors = [FieldError(field, message) for field, message in found if message is not None]
    if errors:
        raise Refused("incomplete", errors)
    role, office, language = (str(form[name].data) for name in ("role", "office", "language"))
    return Wanted(email=email, **names, role=role, office_id=office, language=language)


def _address_problem(email: str) -> LazyString | None:
    if not email:
        return _l("Enter the email address of the person.")
    try:
        canonical_email(email)
    except NameRefused as refusal:
        if refusal.reason is Reason.TOO_LONG:
            return _l("This is too long for an email address. Check that it is only one.")
        return _l("Enter an email address like name@example.org.")
    return None


def _name_problem(text: str) -> LazyString | None:
    problem = display_name_problem(text)
    return NAME_PROBLEMS.get(problem, _UNSEEN) if problem else None


def _invite(wanted: Wanted) -> str:
    try:
        with within_rights():
            return colleague_invitations.invite(actor().id, wanted)
    except AlreadyHere as here:
        message = _(
            "This address already has access (%(office)s, %(role)s).", office=here.office, role=ROLE_WORDS[here.role]
        )
        raise Refused("already-here", [FieldError("email", message)]) from None
    except NotOnePerson:
        message = _(
            "This address does not stand for one person alone. Enter the person’s own address, or call the helpdesk."
        )
        raise Refused("not-one-person", [FieldError("email", message)]) from None
    except TooMany as limit:
        message = _(
            "That is more than can be invited at once. Go on at %(time)s.",
            time=clock(limit.until) if limit.until else "",
        )
        raise Refused("too-many", [FieldError("", message)]) from None


def _draw(form: InvitationForm, refusal: Refused | None = None) -> str:
    return render_template(
        TEMPLATE,
        form=form,
        roles=_own_roles(),
        offices=_offices(),
        languages=language_names(),
        language=locale_info().tag,
        errors=refusal.errors if refusal else [],
        refused=refusal.reason if refusal else None,
    )


def _own_roles() -> list[tuple[str, object, object]]:
    """What anybody with this right may give; which office it is for is judged with the office."""
    given = [role_choices(place.role) for place in memberships.places_of(actor().id)]
    return max(given, key=len, default=[])


def _offices() -> list[tuple[str, str]]:
    """Offices to choose from, with the organisation's name when there are several organisations."""
    found = memberships.named_offices_within_reach(actor().id, INVITE)
    several = len({organisation for _id, _office, organisation in found}) > 1
    return [(key, f"{office} ({organisation})" if several else office) for key, office, organisation in found]
