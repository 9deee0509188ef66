"""Match the number: it stands on the computer, the linked phone says it back (S-63, S-64, S-80)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from wizard.adapters import qr
from wizard.domain import assurance
from wizard.extensions import tools
from wizard.journeys import polling
from wizard.journeys.model import Chose, Done, Guide, Step, StepRefused
from wizard.journeys.needs import enrolment_needs
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.locale import clock
from wizard.models import ApprovalRequest, write
from wizard.services import approvals, devices, enrolment, link_alarms, phone_links
from wizard.services.visits import current_visit
from wizard.steps.forms import StepForm

blueprint = step_blueprint("match_number")
WARNED = "warned"  # in the poll's address: the page says already that the QR code was opened again


_ENDED: dict[str, LazyString] = {
    "number-differs": _l("The number on the phone was another one, so this request has ended. Ask for a new number."),
    "not-me": _l("On the phone it was answered that it is not you. If that was a mistake, call the number below."),
    "expired": _l("The request has run out. Ask for a new number."),
    "replaced": _l("A newer request has replaced this one. Ask for a new number here, or go on in the other window."),
}


def _ended_words(state: str) -> LazyString:
    return _ENDED.get(state, _ENDED["expired"])


class MatchNumberForm(StepForm):
    choices_offered = ("continue", "again", "new-qr")


@dataclass(frozen=True)
class MatchNumberPage:
    """`state` is one of waiting, answered, number-differs, not-me, expired, replaced, none; `own_phone_url` when the linked phone
    is the very browser that signs in; `opened_again` when the QR code of the phone that is being linked was opened by another."""

    state: str
    number: str | None
    qr_svg: Markup | None
    scan_address: str | None
    ends: datetime | None
    paused_until: datetime | None
    own_phone_url: str | None
    one_computer: bool
    opened_again: bool = False

    @property
    def ended_words(self) -> LazyString:
        """Why nothing is waited for any more."""
        return _ended_words(self.state)


def _purpose(progress: Progress) -> str:
    return progress.purpose or progress.journey


def _found(progress: Progress) -> ApprovalRequest | None:
    return approvals.newest(current_visit(), _purpose(progress))


def page(progress: Progress) -> MatchNumberPage:
    visit, found = current_visit(), _found(progress)
    shown = approvals.shown(found) if found else None
    scanned = shown is not None and tools().settings.number_match == "typed-or-scanned"
    return MatchNumberPage(
        state=approvals.state(visit, found),
        number=shown.number if shown else None,
        qr_svg=qr.svg(shown.scan_address) if shown and scanned else None,
        scan_address=shown.scan_address if shown and scanned else None,
        ends=found.ends_at if found else None,
        paused_until=approvals.paused_until(progress.facts.account.id) if progress.facts.account else None,
        own_phone_url=f"/phone/requests/{found.id}" if found and shown and _is_own_phone(found) else None,
        one_computer=tools().settings.demo,
        opened_again=_is_opened_again(progress),
    )


def _is_opened_again(progress: Progress) -> bool:
    pending = progress.pending_of(devices.PHONE)
    return pending is not None and link_alarms.is_shown(current_visit(), pending.id)


def _is_own_phone(found: ApprovalRequest) -> bool:
    device = devices.current_device()
    return device is not None and any(row.account_id == found.account_id for row in devices.links_of(device))


def arrive(progress: Progress) -> None:
    """The first request goes out by itself; every further one needs a press."""
    account = progress.facts.account
    found = _found(progress)
    fresh = found is not None and found.claimed_at is None
    if account is None or fresh or not approvals.may_ask(account.id) or not approvals.count(account.id):
        return
    _ask(progress)


def _ask(progress: Progress) -> None:
    visit = current_visit()
    with write():
        visit.reload()
        if visit.account is not None and visit.session is not None:
            approvals.ask(visit, _purpose(progress))


def attempt(form: MatchNumberForm, progress: Progress) -> None:
    account = progress.facts.account
    assert account is not None
    if form.chosen == "again" and not approvals.count(account.id):
        raise _paused(account.id)


def _paused(account_id: str) -> StepRefused:
    until = approvals.paused_until(account_id)
    message = _l(
        "For your safety no phone is asked until %(time)s. Use another way.", time=clock(until) if until else ""
    )
    return StepRefused("", "paused", message)


@blueprint.get("/wait")
def wait() -> ResponseReturnValue:
    """Tells the page when the phone has answered."""
    return polling.poll(_poll_state)


def _poll_state(progress: Progress) -> str:
    found = approvals.state(current_visit(), _found(progress))
    if found == "waiting" and WARNED not in request.args and _is_opened_again(progress):
        return "ended"  # the page is loaded anew, and warns
    return found if found in {"waiting", "answered"} else "ended"


def do(chosen: str, progress: Progress) -> Done | Chose:
    visit = current_visit()
    if chosen == "again":
        approvals.ask(visit, _purpose(progress))
        return Chose("again")
    if chosen == "new-qr":
        return _new_qr(progress)
    found = _found(progress)
    row = approvals.claim(visit, found) if found is not None else None
    if row is None or found is None:
        raise _not_answered(approvals.state(visit, found))
    refused = enrolment.accept_number(visit, row, found.purpose, progress.journey)
    if refused:
        raise StepRefused("", refused, _l("This phone cannot be used any more. Choose another way."))
    link_alarms.tell_once_bound(row)
    return Done()


def _new_qr(progress: Progress) -> Chose:
    """The phone that has come is not the person's: it is let go, and another QR code is shown."""
    visit, pending = current_visit(), progress.pending_of(devices.PHONE)
    if pending is not None:
        enrolment.forget_device(visit)
        phone_links.make(visit, pending.id)
    return Chose("new-qr")


def _not_answered(state: str) -> StepRefused:
    if state == "waiting":
        message = _l("Your phone has not answered yet. Enter the number on the phone, then press “Continue”.")
        return StepRefused("", "not-yet", message)
    return StepRefused("", state, _ended_words(state))


def guard(progress: Progress) -> bool:
    bound = progress.facts.account.authenticators if progress.facts.account else ()
    counting = progress.counting_authenticators or bound
    return any(item.kind == devices.PHONE and item.device_id for item in (progress.pending or counting))


step = Step(
    name="match_number",
    form=MatchNumberForm,
    guide=Guide(
        title=_l("Enter this number on your phone"),
        actions=(
            _l("Look at your phone: it shows who is asking."),
            _l("Enter the number that the computer shows, and touch “Yes, it is me”."),
        ),
        notes=(
            _l("The computer goes on by itself."),
            _l("If you are not signing in yourself, touch “It is not me”: the sign-in ends at once."),
            _l("You can also scan the second QR code in place of typing the number."),
        ),
        way=_l("Confirm with my phone"),
    ),
    blueprint=blueprint,
    page=page,
    specimen=MatchNumberPage("waiting", "47", None, None, None, None, None, one_computer=False),
    guard=guard,
    arrive=arrive,
    attempt=attempt,
    check=lambda form, _progress: form.chosen,
    is_done=lambda progress: progress.has_proven_factor,
    do=do,
    needs=lambda progress: enrolment_needs(progress) if progress.pending else {},
    proves=assurance.FACTOR,
    when_off=False,
)
