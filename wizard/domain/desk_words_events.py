"""What has happened to an account, in plain words for agents: audit events, and what posts to steps led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain.desk_rights import Reason
from wizard.domain.desk_words import STEP_WORDS, said

EVENT_WORDS: dict[str, LazyString] = {
    "access-requested": _l("Sent a message to the helpdesk: there is no account for the address."),
    "access-request-settled": _l("The helpdesk settled a message about this address."),
    "account-added": _l("The account was added."),
    "account-changed": _l("Data of the account were changed."),
    "account-changed:email": _l("Data of the account were changed, among them the email address."),
    "account-disabled": _l("The account was closed."),
    "account-enabled": _l("The account was opened again."),
    "address-confirmed": _l("The address was confirmed as this one person’s."),
    "address-confirmation-withdrawn": _l("The confirmation of the address was withdrawn."),
    "announced": _l("The announcement of the move was sent."),
    "link-opened-again": _l("A second phone or browser opened the QR code."),
    "organisation-added": _l("An organisation was added."),
    "organisation-changed": _l("Data of an organisation were changed."),
    "office-added": _l("An office was added."),
    "office-changed": _l("Data of an office were changed."),
    "membership-added": _l("Became a member of an office."),
    "membership-moved": _l("Moved to another office."),
    "membership-offered": _l("A membership was offered."),
    "membership-accepted": _l("Accepted a membership."),
    "membership-ended": _l("A membership ended."),
    "role-changed": _l("The role in the organisation was changed."),
    "name-correction-settled": _l("An administrator answered a corrected name."),
    "colleague-invited": _l("A colleague was invited."),
    "invited": _l("An invitation was written."),
    "password-proven": _l("Entered the right password."),
    "password-proven:button": _l("Pressed the button of the invitation."),
    "password-proven:temporary": _l("Entered the temporary password."),
    "issue-taken-over": _l("The invitation was used in another browser, and the first one was ended."),
    "address-proven": _l("Proved the email address."),
    "address-proven:button": _l("Pressed the button of an email: the address is proven."),
    "address-proven:mailed-button": _l("Pressed the button of an email: the address is proven."),
    "address-proven:mailed-code": _l("Entered the code of an email: the address is proven."),
    "factor-proven": _l("Proved the second step."),
    "factor-proven:number": _l("Matched the number on the phone."),
    "factor-proven:totp": _l("Entered the right code of the code app."),
    "enrolment-begun": _l("Chose a way to confirm."),
    "enrolment-begun:phone": _l("Chose a phone as the way to confirm."),
    "enrolment-begun:code-app": _l("Chose a code app as the way to confirm."),
    "enrolment-dropped": _l("Went back, and chose another way to confirm."),
    "authenticator-bound": _l("A way to confirm was set up."),
    "authenticator-bound:phone": _l("A phone was linked."),
    "authenticator-bound:code-app": _l("A code app was set up."),
    "authenticator-ended": _l("A way to confirm was ended."),
    "authenticator-ended:lost": _l("The phone was said to be lost; it confirms nothing any more."),
    "authenticator-ended:removed": _l("Removed a way to confirm."),
    "password-set": _l("Chose a new password."),
    "password-ended": _l("The password was ended."),
    "password-ended:not-me": _l("The password was ended, because somebody answered “It is not me”."),
    "desk-act": _l("An agent acted: %(act)s.", act="{act}"),
    "desk-act:asked": _l("An agent asked for a second agent’s approval: %(act)s.", act="{act}"),
    "desk-act:approved": _l("A second agent approved: %(act)s.", act="{act}"),
    "desk-act:refused": _l("A second agent refused: %(act)s.", act="{act}"),
    "desk-act:undone": _l("An agent’s act was undone: %(act)s.", act="{act}"),
    "desk-act:run-out": _l("An agent’s request was not approved in time: %(act)s.", act="{act}"),
    "desk-act:reset": _l(
        "“%(step)s” was reset by %(agent)s: %(reason)s.", step="{step}", agent="{agent}", reason="{reason}"
    ),
    "details-confirmed": _l("Confirmed the details."),
    "factor-skipped": _l("Left the second step for later."),
    "phone-claimed": _l("A phone opened the QR code."),
    "approval-asked": _l("The phone was asked."),
    "approval-answered": _l("The phone answered."),
    "approval-answered:yes": _l("The phone answered yes, with the right number."),
    "approval-answered:wrong": _l("The phone answered with another number."),
    "approval-answered:not-me": _l("The phone answered “It is not me”."),
    "approvals-many": _l("Very many requests went to the phone within a day."),
    "caller-answered": _l("The phone answered an agent’s question."),
    "caller-answered:yes": _l("The phone answered an agent’s question with yes, and with the right number."),
    "caller-answered:wrong": _l("The phone answered an agent’s question with another number."),
    "caller-asked": _l("An agent asked the phone who is calling."),
    "caller-asked:act": _l("An agent asked the phone who is calling, for this: %(act)s.", act="{act}"),
    "caller-flagged": _l("On the phone somebody said that the caller had called them."),
    "caller-flagged:not-me": _l("On the phone somebody said that they are in no call."),
    "card-opened": _l("An agent opened this card."),
    "codes-kept": _l("Kept the recovery codes."),
    "codes-skipped": _l("Left the recovery codes for later."),
    "file-imported": _l("An agent imported a file of people."),
    "file-uploaded": _l("An agent uploaded a file of people."),
    "funnel-exported": _l("An agent exported the figures of a journey."),
    "mails-sent": _l("An agent sent invitations or announcements."),
    "profile-answered": _l("Answered questions of the organisation’s profile."),
    "recovery-code-used": _l("Used a recovery code."),
    "signed-in": _l("Signed in."),
    "signed-out": _l("Signed out."),
    "sending-paused": _l("A sending of emails was paused."),
    "sending-resumed": _l("A sending of emails went on."),
    "sessions-ended": _l("Sessions in other browsers were ended."),
    "sign-in-paused": _l("Too many wrong passwords: sign-in was paused."),
    "staff-appointed": _l("Became an agent of the helpdesk, or got another role there."),
    "staff-dismissed": _l("Is no agent of the helpdesk any more."),
    "step-reset": _l("“%(step)s” was reset by %(agent)s.", step="{step}", agent="{agent}"),
    "temporary-pass-made": _l("A temporary pass was given."),
    "temporary-pass-used": _l("Used a temporary pass."),
}
"""By kind, or by kind and what the payload says of it (`kind:detail`). What is in braces stays for `event_words`."""

DETAILS = ("turn", "method", "kind", "answer", "reason")
"""The fields of a payload that may choose another sentence, the first that is there."""

ACT_WORDS: dict[str, LazyString] = {
    "resend": _l("the email sent again"),
    "new-code": _l("a new code allowed"),
    "unlock": _l("pauses ended"),
    "send-guide": _l("the guide sent"),
    "end-sessions": _l("all sessions ended"),
    "report-abuse": _l("abuse reported"),
    "reset-step": _l("a step reset"),
    "disable": _l("the account closed"),
    "enable": _l("the account opened again"),
    "change-address": _l("the address changed"),
    "temporary-pass": _l("a temporary pass given"),
    "withdraw-pass": _l("the temporary pass withdrawn"),
    "switch-off-second-step": _l("the second step switched off"),
}
"""What an agent's act was, behind a colon."""
RESET_OF_STEP = _l("“%(step)s” reset", step="{step}")
"""The same for the reset of a step that is known."""

ACT_REASON_WORDS: dict[Reason, LazyString] = {
    "asked": _l("the person asked for it"),
    "not-arrived": _l("the email had not arrived"),
    "too-many-tries": _l("there were too many tries"),
    "phone-new": _l("the phone is new or broken"),
    "phone-lost": _l("the phone is lost or stolen"),
    "forgotten": _l("the password is forgotten"),
    "wrong-data": _l("what was stored is wrong"),
    "abuse": _l("somebody else may be using the account"),
    "left": _l("the person has left the organisation"),
    "other": _l("for another reason"),
}
"""Why an agent acted, behind a colon."""

CHOSEN_WORDS: dict[str, LazyString] = {
    "again": _l("Asked for a new number or QR code at “%(step)s”.", step="{step}"),
    "new-qr": _l("Asked for a new QR code at “%(step)s”.", step="{step}"),
    "resend": _l("Asked for a new email."),
    "skip": _l("Left “%(step)s” for later.", step="{step}"),
    "other": _l("Wanted to use another account or address."),
    "phone": _l("Went on at the phone itself."),
    "code-app": _l("Changed over to a code app."),
    "message": _l("Sent a message to the helpdesk."),
    "portal": _l("Went on to the portal."),
    "new-session": _l("Began a new session: signed out on this computer."),
}
DONE = _l("Finished “%(step)s”.", step="{step}")
REFUSED = _l("Was refused at “%(step)s”: %(why)s.", step="{step}", why="{why}")

ACTOR_WORDS: dict[str, LazyString] = {"operator": _l("the operator"), "administrator": _l("an administrator")}
"""Who acted, where it is neither the person nor an agent by name."""

REASON_WORDS: dict[str, LazyString] = {
    "missing": _l("nothing was entered"),
    "not-understood": _l("what was entered could not be read"),
    "wrong-password": _l("wrong password"),
    "wrong-code": _l("wrong code"),
    "wrong-pass": _l("wrong temporary pass"),
    "code-used": _l("the code was used before"),
    "code-expired": _l("the code had run out"),
    "clock": _l("the clock of the phone is wrong"),
    "paused": _l("paused after too many tries"),
    "too-many-mails": _l("too many emails"),
    "not-an-address": _l("not an email address"),
    "not-a-name": _l("not a name"),
    "not-allowed": _l("not possible at this place"),
    "not-yet": _l("the phone had not answered yet"),
    "number-differs": _l("another number on the phone"),
    "not-me": _l("“It is not me” on the phone"),
    "expired": _l("the request had run out"),
    "replaced": _l("a newer request had replaced it"),
    "changed-elsewhere": _l("the password was changed in another window"),
    "empty": _l("nothing was entered"),
    "too-short": _l("the password is too short"),
    "too-long": _l("the password is too long"),
    "too-few-kinds": _l("the password has too few kinds of characters"),
    "contains-username": _l("the user name is in the password"),
    "contains-organisation": _l("the name of the organisation is in the password"),
    "common": _l("a common password"),
    "same-as-temporary": _l("the temporary password once more"),
    "same-as-last": _l("the former password once more"),
}
"""Why a post was refused, as it stands behind a colon. What has no words is said by its own name."""


def event_words(kind: str, payload: Mapping[str, Any] | None, actor: str = "") -> str:
    """The sentence of an audit event in the language of the moment; a kind that has none is said by its own name.

    `actor` is who acted, in words, for the sentences that name them.
    """
    told, words = payload or {}, _words(kind, payload)
    if words is None:
        return kind
    step = str(said(STEP_WORDS, str(told.get("step") or "")))
    act = ACT_WORDS.get(told.get("act", ""), told.get("act", ""))
    if told.get("act") == "reset-step" and step:
        act = str(RESET_OF_STEP).format(step=step)
    reason = ACT_REASON_WORDS.get(told.get("reason", ""), "")
    return str(words).format(act=act, step=step, agent=actor, reason=reason)


def names_actor(kind: str, payload: Mapping[str, Any] | None) -> bool:
    """Whether the sentence of this event itself says who acted."""
    return "{agent}" in str(_words(kind, payload))


def _words(kind: str, payload: Mapping[str, Any] | None) -> LazyString | None:
    told = payload or {}
    detail = next((str(told[name]) for name in DETAILS if name in told), "")
    if (told.get("act"), detail) == ("reset-step", "done") and told.get("step") and told.get("reason"):
        detail = "reset"
    if "email" in told.get("fields", ()):
        detail = "email"
    if kind == "caller-asked" and told.get("act"):
        detail = "act"
    return EVENT_WORDS.get(f"{kind}:{detail}") or EVENT_WORDS.get(kind)
