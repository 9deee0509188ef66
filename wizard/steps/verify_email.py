"""Verify the address: a mailed code, or the button of the same mail (S-19 … S-31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext, ngettext
from flask_babel.speaklater import LazyString
from wtforms import StringField

from wizard.domain import assurance
from wizard.domain.digits import fold_digits
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.domain.networks import network_of
from wizard.domain.secrets_made import MAILED_CODE_LENGTH
from wizard.extensions import tools
from wizard.journeys.model import Chose, Done, Guide, Step, StepRefused
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.locale import locale_info, whole_minutes
from wizard.models import write
from wizard.services import addresses, ended_here, matches, sources
from wizard.services.matches import Target
from wizard.services.taken_over import taken_over_at
from wizard.services.visits import Visit, current_visit
from wizard.steps.forms import Needed, StepForm, too_many_mails


class VerifyEmailForm(StepForm):
    choices_offered = ("continue", "resend")
    code = StringField(
        _l("Code of %(num)s digits", num=MAILED_CODE_LENGTH),
        validators=[Needed(_l("Enter the %(num)s digits that are in the email.", num=MAILED_CODE_LENGTH))],
    )


@dataclass(frozen=True)
class VerifyEmailPage:
    """What was mailed and until when it is good. `address` is None where a user name was typed: nothing is told of that one.

    `by_address`: what was typed in place of a user name is an address. `code_possible` is False once only the button works, `went_on`
    when this person has gone on by it elsewhere. `proven`: the password has said whose account it is, and `factor_ended` that its second
    step is gone. `begins_again`: a pause came before the new password was chosen, `code_spent`: with a recovery code used.
    """

    sender: str
    subject: str
    sent_at: datetime | None
    ends: datetime | None
    resend_at: datetime | None
    may_resend: bool
    code_possible: bool
    address: str | None
    another_url: str | None
    on_behalf_of: str | None
    went_on: datetime | None
    by_address: bool = False
    proven: bool = False
    factor_ended: bool = False
    begins_again: bool = False
    code_spent: bool = False


def _target(progress: Progress) -> Target:
    return matches.target(current_visit(), progress.journey)


def page(progress: Progress) -> VerifyEmailPage:
    settings = tools().settings
    visit, target = current_visit(), _target(progress)
    found = addresses.waiting(visit, target.key)
    taken_over = None if found.sent_at else taken_over_at(visit, target.key)
    account = progress.facts.account
    proven = account is not None and progress.facts.proven(assurance.PASSWORD) is not None
    begins_again = "password" in progress.renews and ended_here.stopped_before_password(visit, target.key)
    return VerifyEmailPage(
        sender=settings.sender,
        subject=_("%(code)s is your code for %(name)s", code="······", name=settings.brand_name),
        sent_at=found.sent_at,
        ends=found.ends,
        resend_at=found.resend_at,
        may_resend=found.may_resend,
        code_possible=found.code_possible,
        address=target.shown,
        another_url=f"/{progress.journey}/enter-email" if target.shown and visit.account is None else None,
        on_behalf_of=settings.mail_on_behalf_of or None,
        went_on=found.went_on or taken_over,
        by_address="@" in (target.key if visit.account else progress.typed.username),
        proven=proven,
        factor_ended=proven and account is not None and account.ever_had_factor and "authenticator" in progress.renews,
        begins_again=begins_again,
        code_spent=begins_again and ended_here.used_recovery_code(visit),
    )


def arrive(progress: Progress) -> None:
    """The mail goes out once by itself; coming back or loading again sends no other while one is good or has done its work."""
    visit, target = current_visit(), _target(progress)
    if addresses.newest_told(visit, target.key) is not None or not addresses.may_send(target.key):
        return
    if addresses.waiting(visit, target.key).went_on or taken_over_at(visit, target.key):
        return
    # Counted by source too: one connection must not fill many people's mailboxes.
    if sources.count(request.remote_addr).allowed and addresses.count_send(target.key):
        with write():
            _send(progress)


def _send(progress: Progress) -> None:
    source = network_of(request.remote_addr) or "unknown"
    addresses.send(current_visit(), _target(progress), progress.journey, locale_info().tag, source)


def attempt(form: VerifyEmailForm, progress: Progress) -> None:
    key = _target(progress).key
    if form.chosen == "resend":
        if not addresses.count_send(key):
            raise too_many_mails(addresses.waiting(current_visit(), key).resend_at)
        return
    digits = fold_digits(form.code.data or "")
    if not (digits.isdigit() and len(digits) == MAILED_CODE_LENGTH):
        raise StepRefused("code", "wrong-code", _not_a_code(digits))
    if not addresses.count_try(current_visit(), key):
        message = _l(
            "There were too many wrong codes. Now only the button in the email works: open the email and press it."
        )
        raise StepRefused("code", "paused", message)


def _not_a_code(digits: str) -> str:
    if not digits.isdigit():
        return str(_("Enter the %(num)s digits that are in the email, and nothing else.", num=MAILED_CODE_LENGTH))
    return str(
        _("Enter the %(length)s digits of the code. You entered %(num)s.", length=MAILED_CODE_LENGTH, num=len(digits))
    )


def check(form: VerifyEmailForm, progress: Progress) -> addresses.MailedCodeEvidence | None:
    if form.chosen == "resend":
        return None
    visit = current_visit()
    key = _target(progress).key
    evidence = addresses.check(visit, key, form.code.data or "")
    if evidence is None:
        raise _wrong(visit, key)
    return evidence


def _wrong(visit: Visit, key: str) -> StepRefused:
    if addresses.waiting(visit, key).went_on:
        return _used(visit, key)
    if addresses.has_expired(visit, key):
        message = lazy_ngettext(
            "The code has run out. Ask for a new email below; its code is good for %(num)s minute.",
            "The code has run out. Ask for a new email below; its code is good for %(num)s minutes.",
            num=_minutes(),
        )
        return StepRefused("code", "code-expired", message)
    message = _l("This is not the code that we sent. Look at the newest email, or press the button in it.")
    return StepRefused("code", "wrong-code", message)


def do(evidence: addresses.MailedCodeEvidence | None, progress: Progress) -> Done | Chose:
    if evidence is None:
        _send(progress)
        return Chose("resend")
    visit, key = current_visit(), _target(progress).key
    if not addresses.accept(visit, evidence, key):
        raise _used(visit, key)
    return Done()


def _used(visit: Visit, key: str) -> StepRefused:
    if addresses.waiting(visit, key).may_resend:
        return StepRefused("code", "code-used", _l("This code was used already. Ask for a new email below."))
    return StepRefused("code", "code-used", _l("This code was used already."))


def guard(progress: Progress) -> bool:
    """In a journey that renews the second step it is open only when no authenticator is left besides one bound here."""
    account = progress.facts.account
    if "authenticator" not in progress.renews or account is None:
        return True
    return set(account.authenticators) == set(progress.counting_authenticators)


def is_done(progress: Progress) -> bool:
    """By the proof; or by what it was needed for, because setting that up uses the proof up.

    An address that nobody has leads on in migrated-account only: elsewhere a user name was typed, and it is not that one's.
    """
    if progress.proven(assurance.ADDRESS) is not None:
        return progress.facts.account is not None or progress.journey == MIGRATED_ACCOUNT
    if "password" in progress.renews:
        return progress.has_password
    if "authenticator" in progress.renews:
        return bool(progress.counting_authenticators)
    # Who has an own password had the address verified then; the password says who it is as well as the address would.
    return progress.has_password and progress.facts.proven(assurance.PASSWORD) is not None


def _how_long() -> str:
    return str(
        ngettext(
            "The code is good for %(num)s minute, and only in the browser that asked for it.",
            "The code is good for %(num)s minutes, and only in the browser that asked for it.",
            _minutes(),
        )
    )


def _minutes() -> int:
    return whole_minutes(tools().settings.mailed_code_lifetime)


step = Step(
    name="verify_email",
    form=VerifyEmailForm,
    guide=Guide(
        title=_l("Look at your email"),
        actions=(
            _l("Open the email that we have just sent you. The page names its sender and its subject."),
            _l(
                "Enter the %(num)s digits of the email on the page, or press the button in the email.",
                num=MAILED_CODE_LENGTH,
            ),
        ),
        notes=(
            _l("You may close the page and go on with the button in the email, on any device."),
            LazyString(_how_long),
            _l("Nobody will ever ask you for this code."),
        ),
        way=_l("Send me an email"),
    ),
    blueprint=step_blueprint("verify_email"),
    page=page,
    specimen=VerifyEmailPage(
        sender="Perron <access@perron.example>",
        subject="······",
        sent_at=None,
        ends=None,
        resend_at=None,
        may_resend=True,
        code_possible=True,
        address=None,
        another_url=None,
        on_behalf_of=None,
        went_on=None,
    ),
    guard=guard,
    arrive=arrive,
    attempt=attempt,
    check=check,
    is_done=is_done,
    do=do,
    proves=assurance.ADDRESS,
)
