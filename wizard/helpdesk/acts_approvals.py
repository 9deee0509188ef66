"""`/helpdesk/approvals`: acts of other agents that wait for a second one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import BadRequest, NotFound

from wizard.helpdesk.guard import agents_only, current_agent, kept_here
from wizard.journeys.drawing import FieldError
from wizard.models import Account, DeskAct, db
from wizard.services import desk_act_address, desk_act_approvals
from wizard.services.desk_act_address import ADDRESS, KEY
from wizard.services.desk_act_approvals import Awaited
from wizard.services.desk_act_doing import REFUSED, Changed, dry_run
from wizard.services.desk_act_hold import OutOfReach
from wizard.services.desk_act_plans import NotPossible
from wizard.services.desk_act_words import CHECK_WORDS, REASON_WORDS, act_words
from wizard.services.desk_card_facts import urgent_cautions_of
from wizard.services.desk_subject import Subject

YES, NO = "yes", "no"
TAKEN_BACK = _l("Not checked any more: a linked phone has warned since then, or was asked again and has not said yes")


@dataclass(frozen=True)
class Asked:
    """One act that waits, in words."""

    id: str
    words: LazyString
    person: Account
    agent: str
    reason: LazyString
    note: str
    checked: LazyString
    address: str
    at: datetime
    until: datetime
    is_taken_back: bool


def acts_to_approve() -> int:
    """For templates: how many acts wait for this request's agent."""
    return desk_act_approvals.how_many_awaited(current_agent())


@agents_only("approve")
def approvals() -> ResponseReturnValue:
    """The list, the oldest first, and what became of the one that was just settled."""
    waiting = [_asked(found) for found in desk_act_approvals.awaited(current_agent())]
    return render_template("helpdesk/acts_approvals.html", waiting=waiting, notice=_notice())


def _notice() -> str:
    did = request.args.get("did", "")[:32].replace("\0", "")
    row = db.session.get(DeskAct, did) if did else None
    if row is None or row.approver_id != current_agent().account_id:
        return ""
    words = act_words(row.act, row.step)
    if row.state == REFUSED:
        return str(_("Refused: %(act)s.", act=words))
    return str(_("Approved: %(act)s.", act=words))


@agents_only("approve", acts=True)
def approval(act_id: str) -> ResponseReturnValue:
    return _draw(_find(act_id))


@agents_only("approve", acts=True, keeps=("choice",))
def settle(act_id: str) -> ResponseReturnValue:
    """Approve or refuse. Pressed twice, or by two at once: the first word counts, and everybody lands on the list."""
    choice = request.form.getlist("choice")
    if choice not in ([YES], [NO]) or set(request.form) - {"csrf_token", "choice", "seen"} or request.files:
        raise BadRequest
    try:
        row = desk_act_approvals.settle(
            current_agent().account_id, act_id, approve=choice == [YES], seen=request.form.get("seen", "")
        )
    except OutOfReach:
        raise NotFound from None
    except Changed:
        words = _("What this would end has changed meanwhile. Read it once more, then press the button again.")
        return _draw(_find(act_id), [FieldError("", words)], "changed")
    except NotPossible as refusal:
        return _draw(_find(act_id), [FieldError("", refusal.words)], "not-possible")
    return redirect(f"/helpdesk/approvals?did={row.id}", 303)


def _find(act_id: str) -> Awaited:
    for found in desk_act_approvals.awaited(current_agent()):
        if found.row.id == act_id:
            return found
    raise NotFound


def _draw(found: Awaited, errors: list[FieldError] | None = None, refused: str | None = None) -> tuple[str, int]:
    subject, row = Subject(found.person), found.row
    dry, why_not = None, desk_act_approvals.why_not(row)
    agent = current_agent()
    item = _asked(found)
    try:
        dry = dry_run(subject, row.act, row.step) if why_not is None else None  # type: ignore[arg-type]
    except NotPossible as refusal:
        why_not = refusal.words
    page = render_template(
        "helpdesk/acts_approval.html",
        item=item,
        dry=dry,
        why_not=why_not,
        doubts=desk_act_address.doubts(agent, found.person, str(row.details[KEY])) if KEY in row.details else (),
        sees_part_only=desk_act_address.sees_part_only(agent),
        urgent=urgent_cautions_of(subject),
        came_back_to=not errors and bool(kept_here()),
        errors=errors or [],
        refused=refused,
    )
    return page, 422 if refused else 200


def _asked(found: Awaited) -> Asked:
    row = found.row
    taken_back = desk_act_approvals.why_not(row) is not None
    return Asked(
        id=row.id,
        words=act_words(row.act, row.step),
        person=found.person,
        agent=found.asking.name or found.asking.email,
        reason=REASON_WORDS[row.reason],  # type: ignore[index]
        note=str(row.details.get("note", "")),
        checked=TAKEN_BACK if taken_back else CHECK_WORDS[row.checked_how],  # type: ignore[index]
        address=str(row.details.get(ADDRESS, "")),
        at=row.created_at,
        until=desk_act_approvals.runs_out(row),
        is_taken_back=taken_back,
    )
