"""The sentence to say: what an agent tells a caller who stands at a step, by the step and what it waits for.

An agent never asks for a secret, so where the page asks for one the sentence says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain.secrets_made import MAILED_CODE_LENGTH

WAITS, REFUSED = "waits", "refused"

SENTENCES: dict[str, dict[str, LazyString]] = {
    "prepare": {
        WAITS: _l("Have your phone at hand, and the email or the letter with your user name. Then press “Continue”."),
        REFUSED: _l("Press “Continue” once more. Nothing is asked on this page."),
    },
    "enter-username": {
        WAITS: _l("Enter your user name as it stands in the email or the letter, and press “Continue”."),
        REFUSED: _l("The field for the user name was empty or too long. Enter the user name alone, and press “Continue”."),
    },
    "enter-email": {
        WAITS: _l("Enter the email address that you used in the old portal, and press “Continue”."),
        REFUSED: _l("Something is wrong in the address. Look for a blank or a missing @, and press “Continue” again."),
    },
    "enter-password": {
        WAITS: _l("Enter the password that you have chosen for this page, and press “Continue”. Do not tell it to me."),
        "temporary": _l(
            "Enter the temporary password from the email or the letter. Dashes and blanks do not matter. Do not tell it to me."
        ),
        REFUSED: _l(
            "This password does not go with your user name. Press “Show”, look at what you type, and try again. Do not tell it to me."
        ),
        "paused": _l(
            "There were too many wrong passwords. Wait until the time on your page, or choose a new password by the link there."
        ),
    },
    "verify-email": {
        WAITS: _l(
            "Open your mailbox and look for our email, also among the unwanted mail. "
            "Enter its %(num)s digits, or press the button in it. Do not tell me the digits.",
            num=MAILED_CODE_LENGTH,
        ),
        REFUSED: _l(
            "That is not the newest code. Open the newest email from us and enter its %(num)s digits. Do not tell them to me.",
            num=MAILED_CODE_LENGTH,
        ),
        "paused": _l("There were too many wrong codes. Open the newest email from us and press the button in it: that works."),
        "mail-refused": _l(
            "Our email could not be delivered to your mailbox. Tell me your email address: I compare it with the one that we have."
        ),
        "mail-given-up": _l("Our email could not be sent in time. Press “Send a new email” on your page."),
        "mail-waiting": _l("Our email has not left yet. Leave your page open: the email comes by itself."),
        "went-on": _l(
            "You went on in another window or on another device: go on there. To go on here instead, ask for a new email."
        ),
        "code-expired": _l("The code is too old. Press “Send a new email” and enter the digits of the new one."),
        "too-many-mails": _l("We have sent you several emails already. Look for the newest one, also among the unwanted mail."),
    },
    "no-account": {
        WAITS: _l("Your address is in no account here. Select the kind of your organisation and press “Send a message”."),
        REFUSED: _l("First select the kind of your organisation, then press “Send a message”."),
    },
    "choose-authenticator": {
        WAITS: _l("Choose “My phone” when you have one with a camera. Otherwise choose “A code app”."),
        REFUSED: _l("A second step is needed here. Choose “My phone” or “A code app”."),
    },
    "scan-qr": {
        WAITS: _l(
            "Take your phone, open its camera and point it at the QR code on the computer. Take no picture. "
            "A link appears: touch it, then touch “Use this phone”."
        ),
        "handheld": _l(
            "You are on your phone already, so no camera is needed. Press “I am on my phone now”, and then “Use this phone”. "
            "If you want to use another phone, touch “I have another phone”."
        ),
        "answered": _l("Your phone has opened the QR code. Press “Continue” on the computer."),
        "ended": _l("The QR code has run out. Press “Show a new QR code”, and point the camera of your phone at it."),
        REFUSED: _l("No phone has opened the QR code yet. Point the camera at it again, and touch the link that appears."),
    },
    "match-number": {
        WAITS: _l(
            "Take your phone and open its page: it asks whether it is you. "
            "Enter there the number from the computer and touch “Yes, it is me”. Do not tell me the number."
        ),
        "handheld": _l(
            "Press “Confirm on this phone” on your page. If it is not there, take the phone that you have linked, open its page and "
            "enter there the number from your page. Do not tell me the number."
        ),
        "answered": _l("Your phone has answered. Press “Continue” on the computer."),
        "ended": _l("That number does not count any more. Press “Ask for a new number”, and enter the new one on the phone."),
        REFUSED: _l("The phone has not confirmed it. Look at the phone, enter there the number from the computer, and try again."),
        "pass-open": _l(
            "Press “I cannot use my phone” on your page, choose what has happened to it, and enter the pass that was read out to you."
        ),
        "not-me": _l("On your phone somebody answered “It is not me”. Was it you who answered?"),
        "paused": _l("The phone is not asked for a while. Use another way, which your page offers, or wait until the time it says."),
    },
    "enter-code": {
        WAITS: _l("Open the code app and enter the 6 digits that it shows now. Do not tell them to me."),
        "setting-up": _l(
            "Open the code app, add an account and scan the QR code of the page. "
            "Then enter the 6 digits that the app shows. Do not tell them to me."
        ),
        "pass-open": _l(
            "Press “I cannot use my code app” on your page, choose what has happened to it, and enter the pass that was read out to you."
        ),
        REFUSED: _l("Wait until the app shows its next 6 digits, and enter those. Do not tell them to me."),
        "clock": _l("The clock of your phone is wrong. In its settings let it set its time by itself, then enter the next code."),
        "paused": _l("There were too many wrong codes. Wait until the time on your page, then enter the newest code of the app."),
    },
    "use-recovery-code": {
        "pass-open": _l(
            "Press “Use a temporary pass” on your page; if it is not there, go back, press “I cannot use my phone” and choose what has "
            "happened to it. Enter the pass that was read out to you."
        ),
        WAITS: _l("Take the recovery codes that you have kept, and enter one that you have not used. Do not read it out to me."),
        REFUSED: _l("That code does not fit or was used before. Enter the next one of your list. Do not read it out to me."),
        "paused": _l("There were too many wrong codes. Wait until the time on your page, then enter another code of your list."),
    },
    "use-temporary-pass": {
        WAITS: _l("Enter the temporary pass that was read out to you, and press “Continue”."),
        REFUSED: _l("The pass does not fit. We go through it once more, letter by letter."),
        "paused": _l("There were too many wrong passes. Wait until the time on your page, then enter the pass again."),
    },
    "create-password": {
        WAITS: _l(
            "Look whether the page names your organisation. Then choose a password that nobody else knows, I neither. "
            "The page ticks off what it must be like."
        ),
        REFUSED: _l("The page says at the field what the password lacks. Change it until every line has its tick."),
    },
    "change-password": {
        WAITS: _l("Choose a password that nobody else knows, I neither. The page ticks off what it must be like."),
        REFUSED: _l("The page says at the field what the password lacks. Change it until every line has its tick."),
    },
    "check-details": {
        WAITS: _l("Look at your organisation, your office and your name. When they are right, press “Continue”."),
        REFUSED: _l("The page says at the field which name cannot stay like this. Correct it and press “Continue”."),
    },
    "keep-recovery-codes": {
        WAITS: _l("Print the codes or write them down, and press “I have kept them”. Do not read them out to me."),
        REFUSED: _l("There are newer codes on the page now. Keep those, and press “I have kept them”."),
    },
    "finish": {
        WAITS: _l("You are in. Add the sign-in page to your favourites, and press the button that leads on."),
        REFUSED: _l("You are in. Press the button that leads on once more."),
    },
}  # fmt: skip
"""By the step's slug; every step has what is said while it waits and after a refusal. A reason may have words of its own."""

BESIDES: dict[str, LazyString] = {
    "away:forgotten-password": _l("Open the sign-in page, press “I have forgotten my password” and enter your name."),
    "away": _l("Open the sign-in page again and enter your name: what you have done is kept."),
    "signed-in": _l("You are signed in. What do you want to do next?"),
    "connected": _l("Open the sign-in page and enter your user name or your email address."),
    "invited": _l("Look for our invitation in your mailbox, also among the unwanted mail, and press the button in it."),
    "invited:mail-refused": _l(
        "Our invitation could not be delivered to your mailbox. Tell me your email address: I compare it with the one that we have."
    ),
    "invited:mail-given-up": _l("Our invitation could not be sent in time. I see to it that you get a new one."),
    "invited:mail-waiting": _l("Our invitation has not left yet. It comes by itself: look into your mailbox later."),
    "not-invited": _l("You have no invitation yet. I see to it that you get one."),
    "not-invited:migrated-account": _l("Open our page and enter the email address that you used in the old portal."),
    "invitation-ended": _l("Your invitation has ended. I see to it that you get a new one."),
    "no-way-on": _l("This does not go on without your second step. First I check that it is you, then I open a way for you."),
    "disabled": _l("Your account is closed. I pass your question on to those who decide about it."),
}  # fmt: skip
"""What is said to somebody who has no page open, by how they stand, and where it matters by the journey that waits for them or what
became of their mail."""


WARNED: dict[str, LazyString] = {
    "flagged": _l("I end this call now. Call us again on the number that you know."),
    "doubted": _l("First I check that it is you. Then I say how it goes on."),
}
"""What is said in place of all this while a warning is fresh: somebody else may be calling in this person’s name."""


def sentence(step: str | None, states: Iterable[str]) -> LazyString:
    """What to say at `step` (a slug) in the first of `states` that has words; without a step, how somebody stands.

    Raises LookupError when no state has words.
    """
    table = BESIDES if step is None else SENTENCES[step]
    return next(table[state] for state in states if state in table)
