"""Use the temporary pass that an agent of the helpdesk has read out: in place of the second step, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from wizard.domain import assurance
from wizard.domain.secrets_made import TEMPORARY_PASSWORD_LENGTH
from wizard.journeys.model import Done, Guide, Step, StepRefused
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services import attempts, enrolment, temporary_passes
from wizard.services.temporary_passes import PassEvidence
from wizard.services.visits import current_visit
from wizard.steps.forms import Needed, StepForm, refuse_in_pause


class UseTemporaryPassForm(StepForm):
    """Its one field is named `pass`, which cannot stand as a name in a class."""


setattr(
    UseTemporaryPassForm,
    "pass",
    StringField(
        _l("Temporary pass"), validators=[Needed(_l("Enter the temporary pass that the helpdesk has read out to you."))]
    ),
)


@dataclass(frozen=True)
class UseTemporaryPassPage:
    """`length` is how many letters and digits a pass has."""

    paused_until: datetime | None
    length: int = TEMPORARY_PASSWORD_LENGTH


def page(progress: Progress) -> UseTemporaryPassPage:
    account = progress.facts.account
    return UseTemporaryPassPage(attempts.paused_until(temporary_passes.ATTEMPTS, account.id) if account else None)


def attempt(_form: UseTemporaryPassForm, progress: Progress) -> None:
    assert progress.facts.account is not None
    verdict = attempts.count(temporary_passes.ATTEMPTS, progress.facts.account.id, attempts.code_app_rule())
    refuse_in_pause("pass", verdict)


def check(form: UseTemporaryPassForm, progress: Progress) -> PassEvidence:
    assert progress.facts.account is not None
    evidence = temporary_passes.check(progress.facts.account.id, form["pass"].data or "")
    if evidence is None:
        raise _wrong()
    return evidence


def _wrong() -> StepRefused:
    return StepRefused(
        "pass",
        "wrong-pass",
        _l("This pass does not fit, was used already or has run out. Have the helpdesk read it out once more."),
    )


def do(evidence: PassEvidence, progress: Progress) -> Done:
    if not temporary_passes.accept(current_visit(), evidence, progress.journey):
        raise _wrong()
    if progress.renews:
        enrolment.end_lost_phones(current_visit())
    return Done()


def guard(progress: Progress) -> bool:
    account = progress.facts.account
    return not progress.by_own and account is not None and (account.pass_open or _used_here(progress))


def _used_here(progress: Progress) -> bool:
    return progress.facts.proven(assurance.FACTOR, methods=frozenset({temporary_passes.METHOD})) is not None


def is_done(progress: Progress) -> bool:
    """By its own proof; where the second step is renewed also by the new one, which the pass was for."""
    if "authenticator" in progress.renews:
        return bool(progress.counting_authenticators) or _used_here(progress)
    return progress.proven(assurance.FACTOR) is not None


step = Step(
    name="use_temporary_pass",
    form=UseTemporaryPassForm,
    guide=Guide(
        title=_l("Use a temporary pass"),
        actions=(_l("Call the helpdesk: an agent reads a pass out to you."), _l("Enter it and press “Continue”.")),
        notes=(_l("It works once and for a short time, and it never stands in for the password."),),
    ),
    blueprint=step_blueprint("use_temporary_pass"),
    page=page,
    specimen=UseTemporaryPassPage(paused_until=None),
    guard=guard,
    attempt=attempt,
    check=check,
    is_done=is_done,
    do=do,
    proves=assurance.FACTOR,
    when_off=False,
)
