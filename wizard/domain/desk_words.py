"""The console's short words: steps as the stair names them, states, ways, marks; read by agents, never by the person they help."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

STEP_WORDS: dict[str, LazyString] = {
    "prepare": _l("Before the start"),
    "enter-username": _l("User name"),
    "enter-email": _l("Email address"),
    "enter-password": _l("Password"),
    "verify-email": _l("Email"),
    "no-account": _l("No account"),
    "choose-authenticator": _l("Way to confirm"),
    "scan-qr": _l("QR code"),
    "match-number": _l("Number"),
    "enter-code": _l("Code"),
    "use-recovery-code": _l("Recovery code"),
    "use-temporary-pass": _l("Temporary pass"),
    "create-password": _l("First password"),
    "change-password": _l("New password"),
    "check-details": _l("Details"),
    "keep-recovery-codes": _l("Recovery codes"),
    "finish": _l("You are in"),
    "button": _l("The email’s button"),
    "password": _l("Password of the account"),
    "one-way": _l("One way to confirm"),
}
"""By slug: every step, what else writes outcomes, and what else is reset. No two are alike: agents know a step by its word alone."""

TREAD_WORDS: dict[str, LazyString] = STEP_WORDS | {
    "match-number": _l("Number or code"),
    "use-recovery-code": _l("Proof without the phone"),
}
"""The same for figures, where a tread on which one of several steps is walked has the slug of the first of them."""

STATE_WORDS: dict[str, LazyString] = {
    "here": _l("Waits at %(step)s", step="{step}"),
    "here-since": _l("Waits at %(step)s %(waited)s", step="{step}", waited="{waited}"),
    "away": _l("Has gone away; goes on at %(step)s", step="{step}"),
    "finished": _l("Has finished, and has the last page open"),
    "signed-in": _l("Is signed in"),
    "connected": _l("Is set up, and not signed in now"),
    "invited": _l("Is invited, and has not begun"),
    "not-invited": _l("Is not invited yet"),
    "invitation-ended": _l("The invitation has ended"),
    "no-way-on": _l("Cannot go on without the helpdesk"),
    "disabled": _l("The account is closed"),
}
"""How somebody stands. `{step}` stays for the page, which sets the step's word in bold, and `{waited}` such as "for 14 minutes"."""

CLOSED_WORDS: dict[str, LazyString] = {
    "helpdesk": _l("Closed by the helpdesk."),
    "operator": _l("Closed by the operator. Only the operator opens it again."),
    "administrator": _l(
        "Closed when an administrator of the organisation withdrew the invitation. A new invitation opens it again."
    ),
}
"""Who has closed an account."""

BY_WORDS: dict[str, LazyString] = {
    "button": _l("by the email’s button"),
    "temporary": _l("by the temporary password"),
    "own": _l("by the own password"),
    "mailed-code": _l("by the code in the email"),
    "mailed-button": _l("by the email’s button"),
    "number": _l("by a number on the phone"),
    "totp": _l("by the code app"),
    "recovery-code": _l("by a recovery code"),
    "temporary-pass": _l("by a temporary pass"),
    "phone": _l("a phone"),
    "code-app": _l("a code app"),
    "skip": _l("left for later"),
}
"""By what a step was done: methods of proofs, kinds of authenticators, choices."""

KIND_WORDS: dict[str, LazyString] = {"phone": _l("Phone"), "code-app": _l("Code app")}

MAIL_KIND_WORDS: dict[str, LazyString] = {
    "invitation": _l("Invitation"),
    "migrated_invitation": _l("Invitation"),
    "colleague_invitation": _l("Invitation"),
    "announcement": _l("Announcement"),
    "mailed_code": _l("Code and button"),
}
"""What the mails are called that somebody waits for; every other kind is a notice."""
NOTICE = _l("Notice")

MAIL_STATE_WORDS: dict[str, LazyString] = {
    "waiting": _l("waits to be sent"),
    "handed-over": _l("accepted by their mail server"),
    "refused": _l("refused by their mail server"),
    "given-up": _l("given up"),
    "opened": _l("button pressed"),
}

PAUSE_WORDS: dict[str, LazyString] = {
    "password": _l("No password is checked until %(time)s: there were too many wrong ones.", time="{time}"),
    "code": _l("No code of the code app is checked until %(time)s: there were too many wrong ones.", time="{time}"),
    "recovery-code": _l("No recovery code is checked until %(time)s: there were too many wrong ones.", time="{time}"),
    "temporary-pass": _l("No temporary pass is checked until %(time)s: there were too many wrong ones.", time="{time}"),
    "mailed-code": _l(
        "No mailed code is checked until %(time)s: there were too many wrong ones. The button works.", time="{time}"
    ),
    "mailed-code-browser": _l(
        "In a browser that asked for a code in this person’s name no mailed code is checked until %(time)s: "
        "there were too many wrong ones. The button works.",
        time="{time}",
    ),
    "mail-sends": _l("No further email with a code is sent until %(time)s: there were several already.", time="{time}"),
    "approvals": _l(
        "The phone is not asked until %(time)s: requests were refused, wrong or not answered.", time="{time}"
    ),
}
"""`{time}` stays for the page, which knows the clock of its reader."""

CAUTION_WORDS: dict[str, LazyString] = {
    "reset": _l("%(step)s was reset on %(time)s by %(agent)s.", step="{step}", time="{time}", agent="{agent}"),
    "not-me": _l("On a linked phone somebody answered “It is not me” on %(time)s.", time="{time}"),
    "lost-but-used": _l("A phone was said to be lost, and it was used again on %(time)s.", time="{time}"),
    "opened-again": _l("A QR code was opened by a second phone or browser on %(time)s.", time="{time}"),
    "flagged": _l("A caller was flagged on %(time)s: somebody else may be calling in this name.", time="{time}"),
    "taken-over": _l("The invitation was used in two browsers on %(time)s.", time="{time}"),
    "many-requests": _l("Very many requests went to the phone on %(time)s.", time="{time}"),
    "abuse": _l("Abuse was reported on %(time)s by %(agent)s.", time="{time}", agent="{agent}"),
    "address": _l("The email address was changed on %(time)s.", time="{time}"),
    "second-step-off": _l("The second step was switched off on %(time)s by %(agent)s.", time="{time}", agent="{agent}"),
    "mail-refused": _l("Their mail server has refused our email of %(time)s: it is not in the mailbox.", time="{time}"),
    "mail-given-up": _l("Our email of %(time)s could not be sent in time and was given up.", time="{time}"),
    "mail-waiting": _l("Our email of %(time)s has not left yet.", time="{time}"),
    "temporary-pass": _l("A temporary pass was given on %(time)s by %(agent)s.", time="{time}", agent="{agent}"),
}


def said(table: dict[str, LazyString], key: str) -> LazyString | str:
    """The words of `key`; what has none is said by its own name."""
    return table.get(key, key)
