"""Enter the password: the own one, or the temporary one of an invitation (S-57)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext, ngettext
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, PasswordField

from wizard.domain import assurance
from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT, SIGN_IN
from wizard.domain.throttle import Verdict
from wizard.extensions import tools
from wizard.journeys.model import Chose, Done, Guide, Step, StepRefused
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.locale import clock
from wizard.services import attempts, ended_here, names, passwords
from wizard.services.passwords import NoLongerTrue, PasswordEvidence
from wizard.services.taken_over import taken_over_at
from wizard.services.visits import current_visit
from wizard.steps.forms import Needed, StepForm


class EnterPasswordForm(StepForm):
    choices_offered = ("continue", "other")
    password = PasswordField(_l("Password"), validators=[Needed(_l("Enter the password."))])
    shared = BooleanField(_l("This computer is shared"))


@dataclass(frozen=True)
class EnterPasswordPage:
    """`another_url` is where another name is typed; None: the address before it is proven already, so a button ends that.

    `again` says that this session has proven the password before, too long ago for what comes next, `went_on` when the invitation
    was taken over by another browser, `ended_words` what there is to say of the session that this browser had.
    """

    username: str
    temporary: bool
    old_password_hint: str | None
    forgotten_url: str | None
    paused_until: datetime | None
    another_url: str | None
    again: bool = False
    went_on: datetime | None = None
    ended_words: LazyString | None = None


def _name(progress: Progress) -> tuple[str, str]:
    """The user name as shown and its canonical form: the session's account before what was typed."""
    account = current_visit().account
    if account is not None:
        return account.sign_in_name, names.key_of(account)
    return progress.typed.username, progress.typed.username_key


def page(progress: Progress) -> EnterPasswordPage:
    shown, key = _name(progress)
    first = progress.journey == FIRST_CONNECTION
    return EnterPasswordPage(
        username=shown,
        temporary=first and not (progress.facts.account and progress.facts.account.has_own_password),
        old_password_hint=tools().settings.migrated_from or None,
        forgotten_url="/forgotten-password",
        paused_until=attempts.paused_until(passwords.KIND, key),
        another_url=None if progress.journey == MIGRATED_ACCOUNT else f"/{progress.journey}/enter-username",
        again=progress.facts.proven(assurance.PASSWORD) is not None,
        went_on=taken_over_at(current_visit(), key),
        ended_words=_ended_words(progress, key),
    )


def _ended_words(progress: Progress, key: str) -> LazyString | None:
    visit = current_visit()
    if ended_here.was_denied(visit, key):
        return _l("On the phone it was answered that it is not you. If that was a mistake, call the number below.")
    if progress.journey == SIGN_IN and ended_here.has_set_password(visit, key):
        return _l("Your new password is set. Sign in with it to go on.")
    return None


def attempt(form: EnterPasswordForm, progress: Progress) -> None:
    """Count the try. In a pause no password is checked, not even the right one."""
    if form.chosen == "other":
        return
    shown, key = _name(progress)
    verdict = passwords.count_try(key, form.password.data or "")
    if not verdict.allowed:
        raise refuse_password("password", key, verdict, shown)
    current_visit().verdict = verdict


def refuse_password(field: str, username_key: str, verdict: Verdict, shown: str = "") -> StepRefused:
    """What the field `field` says after a try that was counted as `verdict` and did not fit. Tells the owner when a pause begins.

    `shown` is the name as the page shows it, "" for the account's own one.
    """
    if verdict.paused_until is None:
        return StepRefused(field, "wrong-password", _wrong(shown or username_key, verdict.left or 0))
    if verdict.allowed:
        passwords.tell_of_pause(username_key, verdict.paused_until)
    message = _l(
        "Sign-in is paused until %(time)s because of too many wrong passwords.",
        time=clock(verdict.paused_until),
    )
    return StepRefused(field, "paused", message)


def _wrong(shown: str, left: int) -> LazyString:
    if "@" in shown:
        return lazy_ngettext(
            "This address and this password do not go together. %(num)s try is left before a pause.",
            "This address and this password do not go together. %(num)s tries are left before a pause.",
            num=left,
        )
    return lazy_ngettext(
        "This user name and this password do not go together. %(num)s try is left before a pause.",
        "This user name and this password do not go together. %(num)s tries are left before a pause.",
        num=left,
    )


def check(form: EnterPasswordForm, progress: Progress) -> tuple[PasswordEvidence, bool] | None:
    if form.chosen == "other":
        return None
    shown, key = _name(progress)
    evidence = passwords.check(key, form.password.data or "")
    if evidence is None:
        verdict = current_visit().verdict
        assert verdict is not None
        raise refuse_password("password", key, verdict, shown)
    return evidence, bool(form.shared.data)


def do(evidence: tuple[PasswordEvidence, bool] | None, progress: Progress) -> Done | Chose:
    visit = current_visit()
    if evidence is None:
        visit.sign_out("another-address")
        return Chose("other")
    proven, shared = evidence
    try:
        passwords.accept(visit, proven, progress.journey)
    except NoLongerTrue:
        raise StepRefused("password", "wrong-password", _wrong(_name(progress)[0], 0)) from None
    assert visit.session is not None
    visit.session.shared = shared
    return Done()


def _when_it_pauses() -> str:
    return str(
        ngettext(
            "After %(num)s wrong password sign-in is paused; the page says until when.",
            "After %(num)s wrong passwords sign-in is paused; the page says until when.",
            tools().settings.password_tries,
        )
    )


step = Step(
    name="enter_password",
    form=EnterPasswordForm,
    guide=Guide(
        title=_l("Enter your password"),
        actions=(
            _l(
                "The first time, enter the temporary password that is in the email or the letter. Later, enter your own."
            ),
            _l("Press “Continue”."),
        ),
        notes=(
            _l("The temporary password is asked for once, and again only when you were away for a while."),
            LazyString(_when_it_pauses),
        ),
    ),
    blueprint=step_blueprint("enter_password"),
    page=page,
    specimen=EnterPasswordPage(
        username="lea.morel",
        temporary=True,
        old_password_hint=None,
        forgotten_url=None,
        paused_until=None,
        another_url="/first-connection/enter-username",
    ),
    guard=lambda progress: progress.journey != MIGRATED_ACCOUNT or not progress.never_had_password,
    attempt=attempt,
    check=check,
    is_done=lambda progress: progress.proven(assurance.PASSWORD) is not None,
    do=do,
    proves=assurance.PASSWORD,
)
