"""Check the details: what is known is shown and not asked (S-32); office and role are changed by an administrator (S-35)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from wizard.domain.assurance import FACTOR
from wizard.domain.canonical_names import display_name_problem
from wizard.journeys.model import Done, Guide, Step, StepRefused
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.locale import language_names, locale_info
from wizard.services import details, kept_forms, memberships
from wizard.services.details import Details
from wizard.services.memberships import Place
from wizard.services.visits import current_visit
from wizard.steps.forms import NAME_PROBLEMS, StepForm

TYPED = ("display_name", "given_name", "family_name", "language")


class CheckDetailsForm(StepForm):
    display_name = StringField(_l("How the portal shows your name"))
    given_name = StringField(_l("Given names"))
    family_name = StringField(_l("Family name"))
    language = StringField(_l("Language of our emails"))


@dataclass(frozen=True)
class CheckDetailsPage:
    """What is known, to be looked at; `languages` are (tag, own name), `kept` what was typed before the password was asked again."""

    email: str
    display_name: str
    given_name: str
    family_name: str
    language: str
    languages: tuple[tuple[str, str], ...]
    places: tuple[Place, ...]
    kept: Mapping[str, str] = field(default_factory=dict)


def page(progress: Progress) -> CheckDetailsPage:
    account = current_visit().account
    assert account is not None
    return CheckDetailsPage(
        email=account.email,
        display_name=account.display_name or account.name,
        given_name=account.given_name,
        family_name=account.family_name,
        language=locale_info().tag,
        languages=tuple(language_names()),
        places=tuple(memberships.places_of(account.id)),
        kept=kept_forms.kept(current_visit(), _place(progress)),
    )


def _place(progress: Progress) -> str:
    return f"{progress.journey}/{step.slug}"


def keep(form: CheckDetailsForm, progress: Progress) -> None:
    """The password has grown too old for what follows: what was typed waits until it is proven again."""
    typed = {name: form[name].data for name in TYPED if form[name].data is not None}
    kept_forms.keep(current_visit(), _place(progress), typed)


def check(form: CheckDetailsForm, _progress: Progress) -> Details:
    account = current_visit().account
    assert account is not None
    known = {"display_name": account.display_name, "given_name": account.given_name, "family_name": account.family_name}
    said = {name: details.composed(form[name].data, stored) for name, stored in known.items()}
    for name, text in said.items():
        problem = display_name_problem(text)
        if problem is not None:
            message = NAME_PROBLEMS.get(
                problem, _l("Enter the name with letters only. There is a character that cannot be seen.")
            )
            raise StepRefused(name, "not-a-name", message)
    for name, message in (
        ("given_name", _l("Enter your given names.")),
        ("family_name", _l("Enter your family name.")),
    ):
        if known[name] and not said[name]:
            raise StepRefused(name, "missing", message)
    language = form.language.data or ""
    return Details(**said, language=language if language in dict(language_names()) else None)


def do(evidence: Details, _progress: Progress) -> Done:
    details.confirm(current_visit(), evidence)
    kept_forms.forget(current_visit())
    return Done()


def guard(progress: Progress) -> bool:
    """Whoever has a second step proves it first: the password alone does not open name and address."""
    account = progress.facts.account
    return account is None or not account.ever_had_factor or progress.facts.proven(FACTOR) is not None


def is_done(progress: Progress) -> bool:
    account = progress.facts.account
    return account is not None and not account.owes_details


step = Step(
    name="check_details",
    form=CheckDetailsForm,
    guide=Guide(
        title=_l("Check your details"),
        actions=(
            _l("Look at your organisation, your office, your role and your name."),
            _l("Change how the portal shows your name if you like, and press “Continue”."),
        ),
        notes=(
            _l("If your name is written wrongly, correct it: an administrator of your organisation accepts it."),
            _l("Your office and your role are changed by an administrator of your organisation."),
        ),
    ),
    blueprint=step_blueprint("check_details"),
    page=page,
    specimen=CheckDetailsPage(
        email="amina.keita@tamaris.example",
        display_name="Amina Keita",
        given_name="Amina",
        family_name="Keita",
        language="en",
        languages=(("en", "English"), ("fr", "Français")),
        places=(Place("m", "o", "Harbour Aid", "international-ngo", "f", "Niger", "country-office", "NE", "editor"),),
    ),
    guard=guard,
    keep=keep,
    check=check,
    is_done=is_done,
    do=do,
    sets="details",
)
