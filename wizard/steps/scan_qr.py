"""Scan the QR code with the phone's own camera: the phone opens a page of this installation and is linked (S-62)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from wizard.adapters import qr
from wizard.domain.browsers import is_handheld
from wizard.extensions import tools
from wizard.journeys import polling
from wizard.journeys.model import Chose, Done, Guide, Step, StepRefused, nothing
from wizard.journeys.needs import enrolment_needs
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.models import write
from wizard.services import devices, enrolment, link_alarms, phone_links
from wizard.services.visits import current_visit
from wizard.steps.forms import StepForm, begin_enrolment

blueprint = step_blueprint("scan_qr")


class ScanQrForm(StepForm):
    choices_offered = ("continue", "phone", "again", "code-app")


@dataclass(frozen=True)
class ScanQrPage:
    """`address` is what the QR code holds, `ends` until when; both None when the link has run out or a phone has claimed it.

    `opened_again`: after the phone that claimed it another one has come. `handheld`: the page itself is read on a phone or tablet.
    """

    qr_svg: Markup | None
    address: str | None
    ends: datetime | None
    claimed: bool
    one_computer: bool
    opened_again: bool = False
    handheld: bool = False


def page(progress: Progress) -> ScanQrPage:
    pending = progress.pending_of(devices.PHONE)
    link = phone_links.shown_link(current_visit(), pending.id) if pending else None
    address = phone_links.address_of(link) if link else None
    return ScanQrPage(
        qr_svg=qr.svg(address) if address else None,
        address=address,
        ends=link.ends_at if link else None,
        claimed=is_done(progress),
        one_computer=tools().settings.demo,
        opened_again=pending is not None and link_alarms.is_shown(current_visit(), pending.id),
        handheld=is_handheld(request.user_agent.string or ""),
    )


def arrive(progress: Progress) -> None:
    """The link is made once; loading the page again shows the same until its end."""
    pending, visit = progress.pending_of(devices.PHONE), current_visit()
    if pending is None or is_done(progress) or phone_links.shown_link(visit, pending.id) is not None:
        return
    with write():
        visit.reload()
        if visit.account is not None and visit.session is not None:
            phone_links.make(visit, pending.id)


@blueprint.get("/wait")
def wait() -> ResponseReturnValue:
    """Tells the page when a phone has claimed the link."""
    return polling.poll(_state)


def _state(progress: Progress) -> str:
    pending = progress.pending_of(devices.PHONE)
    if pending is None:
        return "ended"
    if pending.device_id:
        return "answered"
    return "waiting" if phone_links.shown_link(current_visit(), pending.id) else "ended"


def do(chosen: str, progress: Progress) -> Done | Chose:
    visit, pending = current_visit(), progress.pending_of(devices.PHONE)
    if chosen == "code-app":
        begin_enrolment(enrolment.CODE_APP)
        return Chose("code-app")
    if pending is None or (chosen == "continue" and is_done(progress)):
        return Done()
    if chosen == "again":
        enrolment.forget_device(visit)
        phone_links.make(visit, pending.id)
        return Chose("again")
    if chosen == "phone":
        link = phone_links.shown_link(visit, pending.id) or phone_links.make(visit, pending.id)
        return Chose("phone", f"{phone_links.address_of(link)}?here=1")
    raise StepRefused(
        "", "not-yet", _l("No phone has opened the code yet. Scan it, or open the address below it on the phone.")
    )


def is_done(progress: Progress) -> bool:
    return bool(progress.counting_authenticators) or any(item.device_id for item in progress.pending)


step = Step(
    name="scan_qr",
    form=ScanQrForm,
    guide=Guide(
        title=_l("Scan the QR code with your phone"),
        actions=(
            _l("Open the camera of your phone."),
            _l("Point it at the QR code, without pressing the button."),
            _l("Touch the link that appears, then “Use this phone”."),
        ),
        notes=(
            _l("Nothing to install. The page on the computer goes on by itself."),
            _l("Is the phone the only device? Press “I am on my phone now”."),
        ),
    ),
    blueprint=blueprint,
    page=page,
    specimen=ScanQrPage(qr_svg=None, address=None, ends=None, claimed=False, one_computer=False),
    guard=lambda progress: progress.pending_of(devices.PHONE) is not None or bool(progress.counting_authenticators),
    arrive=arrive,
    check=lambda form, _progress: form.chosen,
    is_done=is_done,
    do=do,
    needs=enrolment_needs,
    undo=nothing,
    sets="claimed",
    when_off=False,
)
