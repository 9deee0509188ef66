"""Which act suits how somebody stands: the card draws it first and filled, so that the usual press of a call is found at once."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.domain.desk_rights import ActName
from wizard.models.outbox import REFUSED
from wizard.services import addresses
from wizard.services.desk_card_facts import Pause
from wizard.services.desk_card_mails import MailLine
from wizard.services.desk_standing import Standing

BY_STATE: dict[str, ActName] = {
    "invited": "resend",
    "not-invited": "resend",
    "invitation-ended": "resend",
    "no-way-on": "temporary-pass",
    "disabled": "enable",
}


def fitting(standing: Standing, page: str, pauses: list[Pause], lost: MailLine | None) -> Iterator[ActName]:
    """Acts that suit, the best first; whether each is possible and allowed is not looked at.

    `page` is the state of the page that is open, `lost` the mail that is waited for in vain. What anybody can bring about by typing the
    name, a mailed code that is refused or guessed at, suggests nothing while the browser has not proven the account.
    """
    if standing.state == "disabled":
        yield BY_STATE[standing.state]
        return
    at_code = standing.trail.is_proven and standing.step is not None and standing.step.slug == "verify-email"
    if any(pause.kind != addresses.BROWSER or (at_code and page == "paused") for pause in pauses):
        yield "unlock"
    if lost is not None and (at_code or not lost.is_code or lost.state != REFUSED):
        yield "change-address" if lost.state == REFUSED else "new-code" if lost.is_code else "resend"
    elif standing.state in BY_STATE:
        yield BY_STATE[standing.state]
    elif standing.step is not None and lost is None:
        if page == "temporary":
            yield "resend"
        if standing.step.slug == "verify-email":
            yield "new-code"
        yield "send-guide"
