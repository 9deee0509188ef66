"""Prepare: what is needed, how long it takes, and that a second step will be asked at every sign-in (S-45 … S-50, S-66)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext

from wizard.domain.first_time import MINUTES
from wizard.journeys.model import Done, Guide, Step, nothing
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services.visits import current_visit
from wizard.steps.forms import StepForm


class PrepareForm(StepForm):
    """Nothing is asked: the person reads and goes on."""


@dataclass(frozen=True)
class PreparePage:
    """`minutes` are those of the whole journey; `username_ready`: who came by the button need not look for the mail any more."""

    minutes: int
    second_step: bool
    print_url: str
    username_ready: bool


def page(progress: Progress) -> PreparePage:
    return PreparePage(
        minutes=MINUTES,
        second_step=progress.facts.policy != "off",
        print_url=f"/guide/{progress.journey}",
        username_ready=progress.facts.account is not None,
    )


def is_done(progress: Progress) -> bool:
    account = progress.facts.account
    if progress.typed.prepared or progress.pending:
        return True
    return account is not None and (account.has_own_password or account.password_ended or account.ever_had_factor)


def do(_evidence: object, _progress: Progress) -> Done:
    current_visit().remember(prepared=True)
    return Done()


step = Step(
    name="prepare",
    form=PrepareForm,
    guide=Guide(
        title=_l("Before you start"),
        actions=(
            _l("Have the email or the letter with your user name at hand."),
            _l("Have your phone at hand. Its camera is enough, there is nothing to install."),
            _l("Press “Continue”."),
        ),
        notes=(
            lazy_ngettext(
                "It takes about %(num)s minute. You can stop at any point and go on later: what is done stays done.",
                "It takes about %(num)s minutes. You can stop at any point and go on later: what is done stays done.",
                num=MINUTES,
            ),
            _l("From now on every sign-in asks for two things: your password, then your phone or a code app."),
        ),
    ),
    blueprint=step_blueprint("prepare"),
    page=page,
    specimen=PreparePage(minutes=MINUTES, second_step=True, print_url="/guide/first-connection", username_ready=False),
    is_done=is_done,
    do=do,
    undo=nothing,
)
