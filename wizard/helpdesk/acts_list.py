"""What the card shows of acts: the buttons, what was done a moment ago, what may be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from wizard.domain.desk_rights import ActName
from wizard.locale import clock
from wizard.models import Account, DeskAct, db
from wizard.services.desk_act_approvals import is_awaited, runs_out, why_not
from wizard.services.desk_act_doing import UNDONE
from wizard.services.desk_act_hold import rights_on
from wizard.services.desk_act_offers import Offer, Recent, offered, recent
from wizard.services.desk_act_words import act_words
from wizard.services.desk_subject import DONE, WAITING, Subject
from wizard.services.staff import Agent
from wizard.services.visits import current_visit


@dataclass(frozen=True)
class OnCard:
    """`notice` says what the agent's last press led to, empty when there was none; `filled` is the offer to draw filled, which
    stands first.
    """

    offers: list[Offer]
    filled: Offer | None
    recent: list[Recent]
    notice: str


def for_card(agent: Agent, subject: Subject, fits: Sequence[ActName]) -> OnCard:
    """What the card shows to `agent`; `fits` are the acts that suit how the person stands, the best first."""
    rights = rights_on(agent, subject.account)
    offers = offered(rights, subject)
    possible = {offer.act: offer for offer in reversed(offers) if offer.disabled is None}
    suits = next((possible[act] for act in fits if act in possible), None)
    return OnCard(
        sorted(offers, key=lambda offer: offer is not suits),
        None if subject.closed_by else suits,  # whether a closed account is opened is to be thought over
        recent(agent, rights, subject),
        _notice(subject.account),
    )


def _notice(person: Account) -> str:
    undo = {
        "over": _("The time for taking this back is over, or it was taken back already. Nothing has changed."),
        "changed": _("Something new was bound or set meanwhile, so this cannot be taken back. Nothing has changed."),
    }
    if request.args.get("undo") in undo:
        return str(undo[request.args["undo"]])
    did = request.args.get("did", "")[:32].replace("\0", "")
    row = db.session.get(DeskAct, did) if did else None
    if row is None or row.account_id != person.id:
        return ""
    return _said(row, act_words(row.act, row.step))


def _said(row: DeskAct, words: object) -> str:
    if row.state == UNDONE:
        return str(_("Taken back: %(act)s. The person is told by email.", act=words))
    if row.state == DONE:
        return str(_("Done: %(act)s. The person is told by email.", act=words))
    if row.state != WAITING:
        return str(_("Not done: %(act)s. It was refused, or nobody approved it in time.", act=words))
    if is_awaited(row, current_visit().now):
        if why_not(row) is not None:  # its own line says so
            return ""
        until = clock(runs_out(row))
        return str(_("A second agent must approve it until %(time)s: %(act)s.", time=until, act=words))
    return str(_("Approved: %(act)s.", act=words))
