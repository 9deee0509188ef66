"""Create the first own password of an account that was moved, after its organisation, office and role were shown (S-32, S-33)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from wizard.domain.password_rules import ASCII_SYMBOLS, Rule, rules_for
from wizard.extensions import tools
from wizard.journeys.model import Chose, Done, Guide, Step, StepRefused
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services import memberships, new_passwords, passwords
from wizard.services.memberships import Place
from wizard.services.new_passwords import NewPassword
from wizard.services.visits import current_visit
from wizard.steps.forms import StepForm, judged_password, named_symbols


class CreatePasswordForm(StepForm):
    choices_offered = ("continue", "other")
    new_password = PasswordField(_l("New password"))


@dataclass(frozen=True)
class CreatePasswordPage:
    """`name` is how the person is called in the records, `places` what the account belongs to: shown before anything is linked."""

    username: str
    name: str
    places: tuple[Place, ...]
    rules: tuple[Rule, ...]
    symbols: str
    moved_from: str | None


def page(progress: Progress) -> CreatePasswordPage:
    account = current_visit().account
    return CreatePasswordPage(
        username=account.sign_in_name if account else "",
        name=account.full_name if account else "",
        places=tuple(memberships.places_of(account.id)) if account else (),
        rules=new_passwords.rules(progress.facts),
        symbols=named_symbols(),
        moved_from=tools().settings.migrated_from or None,
    )


def check(form: CreatePasswordForm, progress: Progress) -> NewPassword | None:
    return None if form.chosen == "other" else judged_password(form, progress.facts)


def do(made: NewPassword | None, progress: Progress) -> Done | Chose:
    visit = current_visit()
    if made is None:
        visit.sign_out("another-address")
        return Chose("other")
    if not passwords.set_password(visit, made.hashed, made.compared_with, progress.journey):
        raise StepRefused(
            "new_password", "changed-elsewhere", _l("The password was created in another window. Enter it here.")
        )
    return Done()


step = Step(
    name="create_password",
    form=CreatePasswordForm,
    guide=Guide(
        title=_l("Create your password"),
        actions=(
            _l("Check that it is your account: the page shows your organisation, your office and your role."),
            _l("Enter a password of your own. The page ticks off what it must be like."),
            _l("Press “Continue”."),
        ),
        notes=(
            _l("The password of the old portal no longer works."),
            _l("Use it nowhere else. If your browser offers to remember it and this device is yours, accept."),
        ),
    ),
    blueprint=step_blueprint("create_password"),
    page=page,
    specimen=CreatePasswordPage(
        username="amina.keita@tamaris.example",
        name="Amina Keita",
        places=(Place("m", "o", "Harbour Aid", "international-ngo", "f", "Niger", "country-office", "NE", "editor"),),
        rules=rules_for("classic", has_second_factor=True),
        symbols=ASCII_SYMBOLS,
        moved_from=None,
    ),
    guard=lambda progress: progress.never_had_password,
    check=check,
    is_done=lambda progress: progress.has_password,
    do=do,
    sets="password",
)
