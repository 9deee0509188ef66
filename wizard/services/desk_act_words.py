"""The helpdesk's acts in words: on the agent's pages, on the caller's phone and in the person's mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain.desk_rights import ActName, Check, Reason
from wizard.locale import day_clock
from wizard.services import desk_act_endings, resets

ACT_WORDS: dict[ActName, LazyString] = {
    "resend": _l("Send the mail again"),
    "new-code": _l("Allow a new code"),
    "unlock": _l("End the pause"),
    "send-guide": _l("Send the guide"),
    "end-sessions": _l("End all sessions"),
    "report-abuse": _l("Report abuse: end everything that is open"),
    "reset-step": _l("Reset a step"),
    "disable": _l("Close the account"),
    "enable": _l("Open the account again"),
    "change-address": _l("Change the email address"),
    "temporary-pass": _l("Give a temporary pass"),
    "withdraw-pass": _l("Withdraw the pass"),
    "switch-off-second-step": _l("Switch the second step off"),
}
DANGEROUS: frozenset[ActName] = frozenset({"report-abuse", "disable"})

RESET_WORDS: dict[str, LazyString] = {
    "enter-password": _l("Reset the invitation"),
    "verify-email": _l("Reset the mailed codes"),
    "create-password": _l("Reset the password"),
    "change-password": _l("Reset the password"),
    "choose-authenticator": _l("Reset the second step"),
    "enter-code": _l("Reset the second step"),
    "keep-recovery-codes": _l("Reset the recovery codes"),
    "check-details": _l("Reset the details"),
}

ONE_WAY = _l("Reset one way to confirm")

CHECK_WORDS: dict[Check, LazyString] = {
    "phone": _l("The caller has typed the number on the linked phone"),
    "called-back": _l("I called back on the number that the organisation has stored"),
    "known": _l("I know the caller in person"),
    "administrator": _l("An administrator of the organisation has vouched for the caller"),
    "none": _l("Not checked: this act does not need it"),
}

REASON_WORDS: dict[Reason, LazyString] = {
    "asked": _l("The caller asks for it"),
    "not-arrived": _l("The mail has not arrived"),
    "too-many-tries": _l("Too many tries"),
    "phone-new": _l("The phone is new or broken"),
    "phone-lost": _l("The phone is lost or stolen"),
    "forgotten": _l("The password is forgotten"),
    "wrong-data": _l("What is stored is wrong"),
    "abuse": _l("Somebody else may be using the account"),
    "left": _l("The person has left the organisation"),
    "other": _l("Another reason, written below"),
}


def act_words(act: str, step: str | None = None) -> LazyString:
    """What is done, as its button says it; for a reset the step, for one way its label too."""
    if act != "reset-step" or not step:
        return ACT_WORDS[act]  # type: ignore[index]
    if step.startswith(resets.WAY):
        found = desk_act_endings.ways_of([step.removeprefix(resets.WAY)])
        return way_words(found[0].label, found[0].proven_at or found[0].created_at) if found else ONE_WAY
    return RESET_WORDS.get(step, ACT_WORDS["reset-step"])


def way_words(label: str, since: datetime | None = None) -> LazyString:
    """The reset of one way to confirm, by its label; `since`: with when it was set up, as two may be called the same."""
    if since is None:
        return _l("Reset “%(name)s”", name=label)
    return _l("Reset “%(name)s”, set up on %(time)s", name=label, time=LazyString(day_clock, since))


def phone_words(act: str, step: str | None = None) -> LazyString:
    """The same for the caller's phone: without labels, which are stored text."""
    one_way = bool(step) and str(step).startswith(resets.WAY)
    if act not in ACT_WORDS or one_way:
        return ONE_WAY if one_way else _l("Change your account")
    return act_words(act, step)


@dataclass(frozen=True)
class Notice:
    """What the mail to the person says: what was done, and what to do next."""

    what: LazyString
    todo: LazyString


PASS_BUTTONS = {
    "use": _l("Use a temporary pass"),
    "phone": _l("I cannot use my phone"),
    "app": _l("I cannot use my code app"),
}
"""What leads to the field for a temporary pass, as the buttons say it: where it is offered, and what opens that way."""

CLOSED = _l("Your account is still closed. If you need it, call the helpdesk.")
"""What somebody does next whose account is closed, whatever was done."""
_SIGN_IN = _l("Sign in as usual: the pages say what to do next.")
_NEW_CODE = _l("Go back to the page that asks for the code, and have a new one sent.")

NOTICES: dict[str, Notice] = {
    "new-code": Notice(_l("The helpdesk has made it possible again to send codes to you."), _NEW_CODE),
    "unlock": Notice(_l("The helpdesk has ended the pause after too many tries."), _SIGN_IN),
    "end-sessions": Notice(_l("The helpdesk has signed you out in all browsers."), _SIGN_IN),
    "report-abuse": Notice(
        _l("The helpdesk has ended everything that was open in your account, because somebody else may be using it."),
        _l("Sign in and choose a new password. If you cannot sign in, call the helpdesk."),
    ),
    "disable": Notice(
        _l("The helpdesk has closed your account. Nobody can sign in to it."),
        _l("If you know nothing of this, or still need it, call the helpdesk."),
    ),
    "enable": Notice(_l("The helpdesk has opened your account again."), _SIGN_IN),
    "temporary-pass": Notice(
        _l("The helpdesk has given out a temporary pass for your account. It works once and for a short time."),
        _l(
            "Sign in as usual. Where your phone or a code is asked for, press “%(use)s”; where that is not offered, press “%(phone)s” "
            "or “%(app)s” first, and choose what has happened if the page asks. Enter the pass, and set up a new way to confirm.",
            **PASS_BUTTONS,
        ),
    ),
    "withdraw-pass": Notice(
        _l("The helpdesk has withdrawn the temporary pass for your account. It does not work any more."),
        _l("If you still need one, call the helpdesk."),
    ),
    "switch-off-second-step": Notice(
        _l("The helpdesk has switched the second step of your account off. Your password alone opens it now."),
        _l("Sign in and set up a phone or a code app again as soon as you have one."),
    ),
    "reset-step:enter-password": Notice(
        _l("The helpdesk has ended your invitation: its button and its temporary password no longer work."),
        _l("Wait for a new invitation. If none comes, call the helpdesk."),
    ),
    "reset-step:verify-email": Notice(
        _l("The helpdesk has ended the codes that were mailed to you. They no longer work."), _NEW_CODE
    ),
    "reset-step:password": Notice(
        _l("The helpdesk has set your account back to its beginning. Your invitation no longer works."),
        _l("Wait for a new invitation. If none comes, call the helpdesk."),
    ),
    "reset-step:choose-authenticator": Notice(
        _l("The helpdesk has ended the ways in which your sign-ins were confirmed: phones and code apps."),
        _l("Sign in as usual: the pages then ask you to set up a new way."),
    ),
    "reset-step:way": Notice(
        _l("The helpdesk has ended one of the ways in which your sign-ins were confirmed."),
        _l("Sign in as usual, with another way."),
    ),
    "reset-step:keep-recovery-codes": Notice(
        _l("The helpdesk has ended your recovery codes. They no longer work."),
        _l("Sign in and make new ones on your account’s page."),
    ),
    "reset-step:check-details": Notice(
        _l("The helpdesk has asked that you check your name and your other details once more."), _SIGN_IN
    ),
}
