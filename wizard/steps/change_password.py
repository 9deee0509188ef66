"""Choose the own password (S-67 … S-75): one field, the rules beside it, the temporary password never asked again."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from wizard.domain import assurance
from wizard.domain.assurance import Facts
from wizard.domain.journey_names import FIRST_CONNECTION
from wizard.domain.password_rules import ASCII_SYMBOLS, Rule, rules_for
from wizard.domain.return_paths import AFTER_THE_PASSWORD
from wizard.journeys.model import Done, Guide, Step, StepRefused
from wizard.journeys.needs import password_needs
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services import last_recovery_code, new_passwords, passwords, recovery_codes
from wizard.services.new_passwords import NewPassword
from wizard.services.visits import current_visit
from wizard.steps.forms import StepForm, judged_password, named_symbols


class ChangePasswordForm(StepForm):
    new_password = PasswordField(_l("New password"))


@dataclass(frozen=True)
class ChangePasswordPage:
    """`symbols` are the signs to name as such, "" for none; `replaces_temporary`: the password before it was the invitation's."""

    username: str
    rules: tuple[Rule, ...]
    symbols: str
    replaces_temporary: bool


def page(progress: Progress) -> ChangePasswordPage:
    return page_of(progress.facts, replaces_temporary=progress.journey == FIRST_CONNECTION)


def page_of(facts: Facts, *, replaces_temporary: bool) -> ChangePasswordPage:
    """What a page says on which this browser's person changes the password, with or without a journey."""
    account = current_visit().account
    return ChangePasswordPage(
        username=account.sign_in_name if account else "",
        rules=new_passwords.rules(facts),
        symbols=named_symbols(),
        replaces_temporary=replaces_temporary,
    )


def do(made: NewPassword, progress: Progress) -> Done:
    if not passwords.set_password(current_visit(), made.hashed, made.compared_with, progress.journey):
        raise changed_elsewhere()
    if _replaces_by_code(progress):
        last_recovery_code.end_replaced(current_visit())
    return Done()


def _replaces_by_code(progress: Progress) -> bool:
    """Whether a recovery code has stood in here for a phone that was said to be new or broken: it is replaced after this journey."""
    stood_in = progress.facts.proven(assurance.FACTOR, methods=frozenset({recovery_codes.METHOD})) is not None
    return stood_in and current_visit().return_to() == AFTER_THE_PASSWORD


def changed_elsewhere() -> StepRefused:
    """Between reading the page and sending it the password has become another one."""
    return StepRefused(
        "new_password", "changed-elsewhere", _l("The password was changed in another window. Choose it again here.")
    )


step = Step(
    name="change_password",
    form=ChangePasswordForm,
    guide=Guide(
        title=_l("Choose your password"),
        actions=(
            _l("Enter a password of your own. The page ticks off what it must be like."),
            _l("Press “Continue”."),
        ),
        notes=(
            _l("From now on you sign in with it; the temporary password no longer works."),
            _l("Use it nowhere else. If your browser offers to remember it and this device is yours, accept."),
        ),
    ),
    blueprint=step_blueprint("change_password"),
    page=page,
    specimen=ChangePasswordPage(
        username="lea.morel",
        rules=rules_for("classic", has_second_factor=True),
        symbols=ASCII_SYMBOLS,
        replaces_temporary=True,
    ),
    check=lambda form, progress: judged_password(form, progress.facts),
    is_done=lambda progress: progress.has_password,
    do=do,
    needs=password_needs,
    sets="password",
)
