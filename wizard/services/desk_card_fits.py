"""Which act suits how somebody stands: the card draws it first and filled, so that the usual press of a call is found at once."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.domain.desk_rights import ActName
from wizard.models.outbox import REFUSED
from wizard.services.desk_card_facts import Pause
from wizard.services.desk_card_mails import CODE, MailLine
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

    `page` is the state of the page that is open, `lost` the mail that is waited for in vain.
    """
    if pauses:
        yield "unlock"
    if lost is not None:
        yield "change-address" if lost.state == REFUSED else "new-code" if lost.kind == CODE else "resend"
    elif standing.state in BY_STATE:
        yield BY_STATE[standing.state]
    elif standing.step is not None:
        if page == "temporary":
            yield "resend"
        if standing.step.slug == "verify-email":
            yield "new-code"
        yield "send-guide"
