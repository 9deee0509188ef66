"""Choose how to confirm sign-ins beside the password (S-59, S-66)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.journeys.model import Chose, Done, Guide, Step, StepRefused
from wizard.journeys.needs import enrolment_needs
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services import devices, enrolment, last_recovery_code
from wizard.services.visits import current_visit
from wizard.steps.forms import StepForm, begin_enrolment


class ChooseAuthenticatorForm(StepForm):
    choices_offered = ("phone", "code-app", "continue", "skip")


@dataclass(frozen=True)
class ChooseAuthenticatorPage:
    """`options` are the value of the button, its words and what to know of it; `replaces`: the older ones end with the recovery codes.

    `may_stop`: who closes the page goes on later without another recovery code.
    """

    options: tuple[tuple[str, LazyString, LazyString], ...]
    may_skip: bool
    replaces: bool = False
    may_stop: bool = True


PHONE = (
    "phone",
    _l("My phone"),
    _l("You enter a short number. Nothing to install: the camera is enough."),
)
CODE_APP = (
    "code-app",
    _l("A code app"),
    _l("On a phone or a tablet, for example Aegis or FreeOTP. It works without a network."),
)


def _may_skip(progress: Progress) -> bool:
    """Never in a journey that sets the second step up anew: whoever skipped it once comes there to set it up after all."""
    if "authenticator" in progress.renews:
        return False
    account = progress.facts.account
    return progress.facts.policy == "offered" and account is not None and not account.ever_had_factor


def page(progress: Progress) -> ChooseAuthenticatorPage:
    account, known = progress.facts.account, current_visit().account
    has_older = account is not None and bool(account.authenticators or account.codes_left)
    return ChooseAuthenticatorPage(
        options=(PHONE, CODE_APP),
        may_skip=_may_skip(progress),
        replaces=has_older and not enrolment.is_beside_one_just_proven(progress.facts),
        may_stop=known is None or not last_recovery_code.only_a_code_opens(known, progress.facts),
    )


def check(form: ChooseAuthenticatorForm, progress: Progress) -> str:
    if form.chosen == "skip" and not _may_skip(progress):
        raise StepRefused("", "not-allowed", _l("This organisation asks everybody for a second step. Choose one."))
    return form.chosen


def do(chosen: str, _progress: Progress) -> Done | Chose:
    if chosen == "skip":
        enrolment.skip(current_visit())
        return Chose("skip")
    begin_enrolment(enrolment.CODE_APP if chosen == "code-app" else devices.PHONE)
    return Done()


def is_done(progress: Progress) -> bool:
    if progress.counting_authenticators or progress.pending:
        return True
    account = progress.facts.account
    return _may_skip(progress) and account is not None and account.skipped_factor


def undo(_progress: Progress) -> None:
    enrolment.drop_pending(current_visit())


step = Step(
    name="choose_authenticator",
    form=ChooseAuthenticatorForm,
    guide=Guide(
        title=_l("Choose how to confirm that it is you"),
        actions=(_l("Choose “My phone” when you have one with a camera, or “A code app” on any phone or tablet."),),
        notes=(
            _l("It is asked for at every sign-in, beside the password: a stolen password alone is then not enough."),
        ),
    ),
    blueprint=step_blueprint("choose_authenticator"),
    page=page,
    specimen=ChooseAuthenticatorPage(options=(PHONE, CODE_APP), may_skip=False),
    guard=lambda progress: progress.facts.policy != "off" or "authenticator" in progress.renews,
    check=check,
    is_done=is_done,
    do=do,
    needs=enrolment_needs,
    undo=undo,
    sets="pending",
    when_off=False,
)
