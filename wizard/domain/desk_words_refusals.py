"""What a page has said when it refused, by step and reason: outcomes keep the reason only, never the words or what was typed.

The sentences are those of the steps, letter for letter, so that each is translated once.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from flask_babel.speaklater import LazyString

from wizard.domain.secrets_made import MAILED_CODE_LENGTH

FIELDS: dict[str, str] = {
    "enter-username": "username",
    "enter-email": "email",
    "enter-password": "password",
    "verify-email": "code",
    "enter-code": "code",
    "use-recovery-code": "code",
    "use-temporary-pass": "pass",
    "create-password": "new_password",
    "change-password": "new_password",
    "no-account": "organisation_kind",
    "check-details": "display_name",
}
"""The field at which a step says its refusal; a step that is not listed has none."""

WHOLE_FORM = frozenset({"not-allowed", "not-yet", "too-many-mails", "expired", "replaced", "number-differs", "not-me"})
"""Reasons that belong to no field."""


@dataclass(frozen=True)
class Numbers:
    """The live figures that the words need: tries that are `left`, `until` when a pause lasts, as a clock time, and for how many
    `minutes` a mailed code is good. `by_address`: the person signs in with an address and has no user name.
    """

    left: int = 0
    until: str = ""
    minutes: int = 0
    by_address: bool = False


def refusal_words(step: str, reason: str, numbers: Numbers) -> LazyString:
    """What the page says above its form. A reason that the step's words cannot be told from is said in general words."""
    known = _numbered(step, reason, numbers)
    if known is None:
        known = _WORDS.get((step, reason)) or _WORDS.get(("", reason))
    return known or _l("This was not accepted. The page says at the field what to change.")


def field_of(step: str, reason: str) -> str:
    """The field's name, "" when the refusal belongs to the whole form."""
    return "" if reason in WHOLE_FORM else FIELDS.get(step, "")


def _numbered(step: str, reason: str, numbers: Numbers) -> LazyString | None:
    if (step, reason, numbers.by_address) == ("enter-password", "wrong-password", True):
        return lazy_ngettext(
            "This address and this password do not go together. %(num)s try is left before a pause.",
            "This address and this password do not go together. %(num)s tries are left before a pause.",
            num=numbers.left,
        )
    if (step, reason) == ("enter-password", "wrong-password"):
        return lazy_ngettext(
            "This user name and this password do not go together. %(num)s try is left before a pause.",
            "This user name and this password do not go together. %(num)s tries are left before a pause.",
            num=numbers.left,
        )
    if (step, reason) == ("verify-email", "code-expired"):
        return lazy_ngettext(
            "The code has run out. Ask for a new email below; its code is good for %(num)s minute.",
            "The code has run out. Ask for a new email below; its code is good for %(num)s minutes.",
            num=numbers.minutes,
        )
    return _paused(step, numbers.until) if reason == "paused" and numbers.until else None


def _paused(step: str, until: str) -> LazyString | None:
    if step == "enter-password":
        return _l("Sign-in is paused until %(time)s because of too many wrong passwords.", time=until)
    if step == "match-number":
        return _l("For your safety no phone is asked until %(time)s. Use another way.", time=until)
    if step == "verify-email":
        return None
    return _l("Codes are paused until %(time)s because of too many wrong codes.", time=until)


_WORDS: dict[tuple[str, str], LazyString] = {
    ("enter-username", "missing"): _l("Enter your user name."),
    ("enter-username", "not-understood"): _l("Enter your user name. This text is too long for one."),
    ("enter-email", "missing"): _l("Enter your email address."),
    ("enter-email", "not-understood"): _l("Enter your email address. This text is too long for one."),
    ("enter-email", "not-an-address"): _l("Enter an email address like name@example.org."),
    ("enter-password", "missing"): _l("Enter the password."),
    ("enter-password", "not-understood"): _l("Enter the password."),
    ("verify-email", "missing"): _l("Enter the %(num)s digits that are in the email.", num=MAILED_CODE_LENGTH),
    ("verify-email", "wrong-code"): _l(
        "This is not the code that we sent. Look at the newest email, or press the button in it."
    ),
    ("verify-email", "code-used"): _l("This code was used already. Ask for a new email below."),
    ("verify-email", "paused"): _l(
        "There were too many wrong codes. Now only the button in the email works: open the email and press it."
    ),
    ("verify-email", "too-many-mails"): _l("There were several emails already. Look for them in your mailbox."),
    ("no-account", "missing"): _l("Select the kind of organisation."),
    ("no-account", "too-many-mails"): _l("The helpdesk has your message already. It answers to this address."),
    ("no-account", "not-allowed"): _l("Verify your address once more."),
    ("check-details", "missing"): _l("Enter your given names and your family name."),
    ("check-details", "not-a-name"): _l("Enter the name with letters only. There is a character that cannot be seen."),
    ("choose-authenticator", "not-allowed"): _l("This organisation asks everybody for a second step. Choose one."),
    ("scan-qr", "not-yet"): _l(
        "No phone has opened the code yet. Scan it, or open the address below it on the phone."
    ),
    ("scan-qr", "not-allowed"): _l("A new second step needs your password again. Sign in once more."),
    ("match-number", "not-yet"): _l(
        "Your phone has not answered yet. Enter the number on the phone, then press “Continue”."
    ),
    ("match-number", "number-differs"): _l(
        "The number on the phone was another one, so this request has ended. Ask for a new number."
    ),
    ("match-number", "not-me"): _l(
        "On the phone it was answered that it is not you. If that was a mistake, call the number below."
    ),
    ("match-number", "expired"): _l("The request has run out. Ask for a new number."),
    ("match-number", "replaced"): _l(
        "A newer request has replaced this one. Ask for a new number here, or go on in the other window."
    ),
    ("match-number", "not-allowed"): _l("This phone cannot be used any more. Choose another way."),
    ("enter-code", "missing"): _l("Enter the 6 digits that the app shows."),
    ("enter-code", "wrong-code"): _l("This code does not fit. Wait for the next one in the app and enter that."),
    ("enter-code", "code-used"): _l("This code was used already. Wait for the next one in the app and enter that."),
    ("enter-code", "clock"): _l(
        "The clock of your phone is wrong. Let it set its time by itself, then enter the next code."
    ),
    ("use-recovery-code", "missing"): _l("Enter one of your recovery codes."),
    ("use-recovery-code", "wrong-code"): _l(
        "This code does not fit, or it was used already. Each code works once: try the next one."
    ),
    ("use-temporary-pass", "missing"): _l("Enter the temporary pass that the helpdesk has read out to you."),
    ("use-temporary-pass", "wrong-pass"): _l(
        "This pass does not fit, was used already or has run out. Have the helpdesk read it out once more."
    ),
    ("create-password", "changed-elsewhere"): _l("The password was created in another window. Enter it here."),
    ("keep-recovery-codes", "not-allowed"): _l("These codes are not good any more. Look at the new ones."),
    ("", "empty"): _l("Enter a password."),
    ("", "too-short"): _l("The password is too short. Use more characters."),
    ("", "too-long"): _l("The password is too long. Use fewer characters."),
    ("", "too-few-kinds"): _l("Add characters of another kind: capital letters, small letters, digits or symbols."),
    ("", "contains-username"): _l("Leave out your user name."),
    ("", "contains-organisation"): _l("Leave out your user name and the name of your organisation."),
    ("", "common"): _l("Use another one. This one is on lists of common passwords."),
    ("", "same-as-temporary"): _l("Use a new password. This is your temporary password."),
    ("", "same-as-last"): _l("Use a new password. This is the one you had before."),
    ("", "changed-elsewhere"): _l("The password was changed in another window. Choose it again here."),
}  # fmt: skip
