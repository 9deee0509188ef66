"""What the forms of steps have in common: choices as buttons, and fields that take any text and judge it later."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import StopValidation

from wizard.domain.assurance import Facts
from wizard.domain.canonical_names import LONGEST_DISPLAY_NAME, Reason
from wizard.domain.password_rules import ASCII_SYMBOLS
from wizard.domain.throttle import Verdict
from wizard.extensions import tools
from wizard.journeys.model import StepRefused
from wizard.locale import clock
from wizard.services import enrolment, new_passwords
from wizard.services.new_passwords import NewPassword
from wizard.services.visits import current_visit

NAME_PROBLEMS = {
    Reason.TOO_LONG: _l("Use %(most)s characters or fewer.", most=LONGEST_DISPLAY_NAME),
    Reason.LINK: _l("Enter a name. This looks like a web address."),
}


class StepForm(FlaskForm):  # type: ignore[misc]
    """A step's form. `choices_offered` are the values of its `choice` buttons, the main way first."""

    choices_offered: ClassVar[tuple[str, ...]] = ("continue",)
    choice = StringField()

    @property
    def chosen(self) -> str:
        """The pressed button; a form sent by the Enter key carries the main one or none."""
        return self.choice.data or self.choices_offered[0]


class Needed:
    """The field must hold something besides blanks, but only when the main way on was pressed."""

    field_flags: ClassVar[dict[str, Any]] = {}

    def __init__(self, message: Any, longest: int = 1024, too_long: Any = None) -> None:
        self.message = message
        self.longest = longest
        self.too_long = too_long or message

    def __call__(self, form: StepForm, field: Any) -> None:
        if form.chosen != form.choices_offered[0]:
            field.errors[:] = []
            raise StopValidation
        if not (field.data or "").strip():
            raise StopValidation(self.message)
        if len(field.data) > self.longest:
            raise StopValidation(self.too_long)


def named_symbols() -> str:
    """The signs that a page about a new password names as symbols; none where the rules ask for no kinds of characters."""
    return ASCII_SYMBOLS if tools().settings.password_rules == "classic" else ""


def judged_password(form: StepForm, facts: Facts) -> NewPassword:
    """The hash of what stands in the form's `new_password`. Raises `StepRefused` with the first reason against it."""
    account = current_visit().account
    assert account is not None
    problems, made = new_passwords.judge(account, facts, form["new_password"].data or "")
    if made is None:
        raise StepRefused("new_password", problems[0].id, problems[0].message)
    return made


def begin_enrolment(kind: str) -> None:
    """Begin to bind an authenticator of `kind`. Raises `StepRefused` when the proofs of this session do not allow it any more."""
    if enrolment.begin(current_visit(), kind) is None:
        raise StepRefused("", "not-allowed", _l("A new second step needs your password again. Sign in once more."))


def refuse_in_pause(field: str, verdict: Verdict) -> None:
    """While codes are paused none is looked at, and `field` says until when. Raises `StepRefused`."""
    if not verdict.allowed and verdict.paused_until is not None:
        message = _l(
            "Codes are paused until %(time)s because of too many wrong codes.", time=clock(verdict.paused_until)
        )
        raise StepRefused(field, "paused", message)


def too_many_mails(again_at: datetime | None) -> StepRefused:
    """No other mail leaves now; from `again_at` on there may be one, None: nobody knows when."""
    if again_at is None:
        message = _("There were several emails already. Look for them in your mailbox.")
    else:
        message = _("There were several emails already. Ask for a new one at %(time)s.", time=clock(again_at))
    return StepRefused("", "too-many-mails", message)
