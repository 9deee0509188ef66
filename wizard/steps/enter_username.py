"""Enter the user name, or choose an account that this browser knows (S-55, S-56, S-79)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from wizard.domain.canonical_names import LONGEST_TYPED
from wizard.domain.journey_names import FIRST_CONNECTION, SIGN_IN
from wizard.journeys.model import Chose, Done, Guide, Step, StepRefused, nothing
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services import known_accounts, names
from wizard.services.visits import current_visit
from wizard.steps.forms import Needed, StepForm


class EnterUsernameForm(StepForm):
    choices_offered = ("continue", "other")
    known = StringField()
    username = StringField(_l("User name"))

    def validate_username(self, field: StringField) -> None:
        if not self.known.data:
            too_long = _l("Enter your user name. This text is too long for one.")
            Needed(_l("Enter your user name."), LONGEST_TYPED, too_long)(self, field)


@dataclass(frozen=True)
class EnterUsernamePage:
    """`letter`: the user name is in a mail or a letter, which is pictured. `chooser`: the accounts that this browser knows are offered.

    `known` are id, what would be typed, and the person's name of each.
    """

    letter: bool
    known: tuple[tuple[str, str, str], ...]
    chooser: bool
    forgotten_url: str | None
    first_time_url: str | None
    sign_in_url: str | None


@dataclass(frozen=True)
class UsernameEvidence:
    """What was typed, and its canonical form; `choose_other` when the list of known accounts was put away."""

    username: str
    key: str
    choose_other: bool = False


def page(progress: Progress) -> EnterUsernamePage:
    known = tuple((row.id, row.sign_in_name, row.name) for row in known_accounts.known_accounts())
    first = progress.journey == FIRST_CONNECTION
    return EnterUsernamePage(
        letter=first,
        known=known,
        chooser=bool(known) and not progress.typed.other_account,
        forgotten_url="/forgotten-password" if progress.journey == SIGN_IN else None,
        first_time_url="/first-time" if progress.journey == SIGN_IN else None,
        sign_in_url="/sign-in" if first else None,
    )


def check(form: EnterUsernameForm, _progress: Progress) -> UsernameEvidence:
    if form.known.data:
        chosen = next((row for row in known_accounts.known_accounts() if row.id == form.known.data), None)
        if chosen is None:
            raise StepRefused("username", "missing", _l("Enter your user name."))
        return UsernameEvidence(chosen.sign_in_name, names.key_of(chosen))
    if form.chosen == "other":
        return UsernameEvidence("", "", choose_other=True)
    typed = (form.username.data or "").strip()
    return UsernameEvidence(typed, names.key_of_typed(typed))


def do(evidence: UsernameEvidence, _progress: Progress) -> Done | Chose:
    visit = current_visit()
    if evidence.choose_other:
        visit.remember(other_account=True, username="", username_key="", way="")
        return Chose("other")
    # A session that has proven an address without an account ends for every name alike: what stays would tell which names exist.
    if visit.session is not None and (visit.account is None or names.account_named(evidence.key) is not visit.account):
        visit.sign_out("another-account")
    # What was said before any name ("My phone is not here") is for this one; what was said for an earlier name is not.
    way = "" if visit.typed.username_key else visit.typed.way
    lost = visit.typed.lost and visit.typed.username_key in ("", evidence.key)
    visit.remember(username=evidence.username, username_key=evidence.key, way=way, lost=lost)
    return Done()


def is_done(progress: Progress) -> bool:
    return bool(progress.typed.username_key) or progress.facts.account is not None


step = Step(
    name="enter_username",
    form=EnterUsernameForm,
    guide=Guide(
        title=_l("Enter your user name"),
        actions=(_l("Enter your user name. The first time it is in the email or the letter."), _l("Press “Continue”.")),
        notes=(_l("If you came by the button in the email, the user name is already known."),),
    ),
    blueprint=step_blueprint("enter_username"),
    page=page,
    specimen=EnterUsernamePage(
        letter=True, known=(), chooser=False, forgotten_url=None, first_time_url=None, sign_in_url="/sign-in"
    ),
    check=check,
    is_done=is_done,
    do=do,
    undo=nothing,
)
