"""`/organisation`: where one belongs, and the profile of each office within reach (S-03, S-04)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from wizard.domain import assurance
from wizard.domain.organisation_rights import may
from wizard.domain.organisation_words import OFFICE_KIND_WORDS, ORGANISATION_KIND_WORDS
from wizard.domain.profile import Section
from wizard.models import write
from wizard.organisations import profile_forms
from wizard.organisations.profile_forms import Field
from wizard.organisations.rights_table import actor, needs
from wizard.services import colleagues, memberships, profiles
from wizard.services.memberships import Place
from wizard.services.profiles import ANSWER, SEE, AnsweredMeanwhile, OfficeFacts, Standing
from wizard.services.signed_in import current_facts, signed_in_only
from wizard.services.visits import current_visit

blueprint = Blueprint("organisation", __name__)
blueprint.add_app_template_filter(OFFICE_KIND_WORDS.__getitem__, "office_kind")
blueprint.add_app_template_filter(ORGANISATION_KIND_WORDS.__getitem__, "organisation_kind")


@dataclass(frozen=True)
class Belonging:
    """A membership with the offices that it reaches, headquarters first."""

    place: Place
    offices: list[Standing]


@blueprint.get("/organisation")
@signed_in_only
def home() -> ResponseReturnValue:
    account_id = actor().id
    belongings = _belongings(account_id)
    return render_template(
        "organisations/profile.html",
        belongings=belongings,
        offered=colleagues.offers_for(account_id),
        invites=any(may(each.place.role, "see-people") for each in belongings),
    )


@blueprint.get("/organisation/offices/<office_id>")
@needs(SEE, "See where an office's profile stands")
def office(office_id: str) -> ResponseReturnValue:
    found = _office(office_id)
    answers = profiles.office_of(actor().id, office_id, ANSWER) is not None
    return render_template(
        "organisations/profile_office.html",
        office=found,
        standing=profiles.standing(office_id),
        answers=answers,
        who=[] if answers else profiles.who_can_answer(found),
    )


@blueprint.get("/organisation/offices/<office_id>/<section_id>")
@needs(SEE, "Read an office's answers")
def section(office_id: str, section_id: str) -> ResponseReturnValue:
    found = _office(office_id)
    asked = _section(found, section_id)
    answers = profiles.answers(office_id, asked)
    if profiles.office_of(actor().id, office_id, ANSWER) is not None:
        return _form(found, asked, profile_forms.fresh(asked, answers))
    return render_template(
        "organisations/profile_answers.html",
        office=found,
        section=asked,
        answers=[(each, profile_forms.in_lines(each, answers.get(each.id))) for each in asked.questions],
        who=profiles.who_can_answer(found),
    )


@blueprint.post("/organisation/offices/<office_id>/<section_id>")
@needs(ANSWER, "Answer for an office")
def save(office_id: str, section_id: str) -> ResponseReturnValue:
    found = _office(office_id)
    asked = _section(found, section_id)
    post = profile_forms.sent(asked, profiles.this_year())
    if post.errors:
        fields = profile_forms.refused(asked, post, profiles.answers(office_id, asked))
        return _form(found, asked, fields, "answers-refused"), 422
    visit = current_visit()
    try:
        with write():
            visit.reload()
            account = visit.account
            if account is None or not assurance.signed_in(current_facts()):
                return redirect("/sign-in", 303)
            if profiles.office_of(account.id, office_id, ANSWER) is None:
                raise NotFound
            profiles.save(office_id, account.id, asked, post.given, post.shown)
    except AnsweredMeanwhile as meanwhile:
        answers = profiles.answers(office_id, asked)
        fields = profile_forms.overtaken(asked, post, answers, meanwhile.clashes)
        return _form(found, asked, fields, "changed-elsewhere"), 422
    return redirect(url_for("organisation.office", office_id=office_id), 303)


def _belongings(account_id: str) -> list[Belonging]:
    offices = profiles.offices_of(account_id, SEE)
    found = profiles.standings([each.id for each in offices])
    return [
        Belonging(place, [found[each.id] for each in offices if each.organisation_id == place.organisation_id])
        for place in memberships.places_of(account_id)
    ]


def _office(office_id: str) -> OfficeFacts:
    found = profiles.office_of(actor().id, office_id, SEE)
    if found is None:
        raise NotFound
    return found


def _section(found: OfficeFacts, section_id: str) -> Section:
    asked = found.section(section_id)
    if asked is None:
        raise NotFound
    return asked


def _form(found: OfficeFacts, asked: Section, fields: list[Field], refused: str | None = None) -> str:
    return render_template(
        "organisations/profile_section.html",
        office=found,
        section=asked,
        fields=fields,
        errors=profile_forms.errors_of(fields),
        refused=refused,
    )
