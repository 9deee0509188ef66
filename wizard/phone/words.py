"""What a request is for, in words that the phone shows."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain.journey_names import FIRST_CONNECTION, FORGOTTEN_PASSWORD, REPLACE_PHONE, SIGN_IN
from wizard.services import caller_checks
from wizard.services.desk_act_words import phone_words


def act_words(purpose: str) -> LazyString | None:
    """The act that an agent asks the caller to allow; None for every other request."""
    wanted = caller_checks.wanted_of(purpose)
    return phone_words(wanted.act, wanted.step) if wanted else None


def purpose_words(purpose: str, *, by_address: bool) -> LazyString:
    """Who asks for what: the sentence at the head of the page. `by_address`: the account has no user name."""
    if purpose.startswith(caller_checks.CALLER):
        return _l("The helpdesk asks whether it is you who is calling.")
    name = _l("Somebody is signing in with your user name.")
    words: dict[str, LazyString] = {
        SIGN_IN: _l("Somebody is signing in with your email address.") if by_address else name,
        FIRST_CONNECTION: _l("This phone is to confirm your sign-ins from now on."),
        REPLACE_PHONE: _l("This phone is to replace your earlier second step."),
        FORGOTTEN_PASSWORD: _l("Somebody is choosing a new password for your account."),
        "new-password": _l("Somebody is changing the password of your account."),
        "ways": _l("Somebody is changing how sign-ins to your account are confirmed."),
        "codes": _l("Somebody is making new recovery codes for your account."),
    }
    return words.get(purpose, words[SIGN_IN])


def asked_for_words(purpose: str) -> LazyString:
    """What a request was for, once it is answered."""
    return _ASKED_FOR.get(purpose, _ASKED_FOR[SIGN_IN])


_ASKED_FOR: dict[str, LazyString] = {
    SIGN_IN: _l("signing in"),
    FIRST_CONNECTION: _l("linking a phone"),
    REPLACE_PHONE: _l("linking a phone"),
    FORGOTTEN_PASSWORD: _l("choosing a new password"),
    "new-password": _l("choosing a new password"),
    "ways": _l("changing how sign-ins are confirmed"),
    "codes": _l("making new recovery codes"),
}
