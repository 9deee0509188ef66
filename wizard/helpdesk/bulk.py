"""`/helpdesk/bulk`: a file of people with a look at what would happen, and invitations in batches."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge

from wizard.domain.digits import fold_digits
from wizard.extensions import csrf, tools
from wizard.helpdesk.funnel_filters import asked, flights
from wizard.helpdesk.guard import agents_only, current_agent, kept_here
from wizard.journeys.drawing import FieldError
from wizard.models import BulkJob, db, write
from wizard.services import audit, bulk_jobs, desk_act_mailing, desk_queue, invitations, invitees
from wizard.services.bulk_jobs import TooLarge, Upload
from wizard.services.desk_queue import PAGES, Wanted
from wizard.services.import_rows import REQUIRED

blueprint = Blueprint("helpdesk_bulk", __name__)
MOST_MAILS = 1000  # of one press
ROOM_FOR_FIELDS = 64 * 1024  # bytes
NOT_TAKEN = "not-taken"  # in the address to which a file leads that came with too old a second step


def whole_installation(view: Any) -> Any:
    """Who sees only a part of the people does not bring in others: 404."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not bulk_jobs.may_import(current_agent()):
            raise NotFound
        return view(*args, **kwargs)

    return guarded


@blueprint.get("/helpdesk/bulk")
@agents_only("supervise", acts=True)
@whole_installation
def page() -> ResponseReturnValue:
    """What can be sent from here wants a fresh second step: it is asked for before a file is chosen, not after."""
    return _draw("", None, 200, kept_here())


def _draw(field: str, error: str | None, status: int, typed: Mapping[str, str] | None = None) -> ResponseReturnValue:
    waiting = {
        kind: invitees.number(invitees.waits(kind, again=False, journey=None))
        for kind in ("invitation", "announcement")
    }
    drawn = render_template(
        "helpdesk/bulk.html",
        jobs=bulk_jobs.newest(),
        journeys=tuple(REQUIRED),
        waiting=waiting,
        most=MOST_MAILS,
        errors=[FieldError(field, error)] if error else [],
        typed=typed or {},
        not_taken=NOT_TAKEN in request.args,
        sent=request.args.get("sent", type=int),
    )
    return drawn, status


@blueprint.post("/helpdesk/bulk")
@agents_only("supervise", acts=True, back=f"/helpdesk/bulk?{NOT_TAKEN}=1")
@whole_installation
def upload() -> ResponseReturnValue:
    """Take a file in. Its own limit stands for the small one of other forms, so the form's token is asked for afterwards."""
    request.max_content_length = tools().settings.upload_size + ROOM_FOR_FIELDS
    try:
        csrf.protect()
        file, journey = request.files.get("file"), request.form.get("journey", "")
    except RequestEntityTooLarge:
        return _draw("file", _too_large(), 413)
    if journey not in REQUIRED or len(request.files.getlist("file")) > 1:
        raise BadRequest
    if file is None or not file.filename:
        return _draw("file", _("Choose a file."), 422)
    try:
        job_id = bulk_jobs.receive(current_agent().account_id, Upload(file.filename, file.stream, journey))
    except TooLarge:
        return _draw("file", _too_large(), 413)
    return redirect(f"/helpdesk/bulk/{job_id}", 303)


csrf.exempt(upload)


def _too_large() -> str:
    megabytes = tools().settings.upload_size // 1_000_000
    return str(_("The file is larger than %(num)s MB. Split it, or have the operator import it.", num=megabytes))


@blueprint.get("/helpdesk/bulk/<job_id>")
@agents_only("supervise")
@whole_installation
def job(job_id: str) -> ResponseReturnValue:
    """What would happen, or what has happened."""
    return render_template("helpdesk/bulk_job.html", job=_job(job_id), typed=kept_here())


@blueprint.post("/helpdesk/bulk/<job_id>")
@agents_only("supervise", acts=True, keeps=("update", "invite"))
@whole_installation
def import_(job_id: str) -> ResponseReturnValue:
    """Import it after all. Pressed twice, it is imported once."""
    found = _job(job_id)
    bulk_jobs.order(
        found.id, current_agent().account_id, update_values="update" in request.form, invite="invite" in request.form
    )
    return redirect(f"/helpdesk/bulk/{found.id}", 303)


@blueprint.get("/helpdesk/bulk/<job_id>/report.csv")
@agents_only("supervise")
@whole_installation
def report(job_id: str) -> ResponseReturnValue:
    path = bulk_jobs.report_of(_job(job_id))
    if path is None:
        raise NotFound
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name="report.csv")


@blueprint.post("/helpdesk/bulk/invite")
@agents_only("supervise", acts=True, back="/helpdesk/bulk", keeps=("kind", "limit", "per_minute"))
@whole_installation
def invite() -> ResponseReturnValue:
    """Write to the next people who wait for such a mail."""
    kind = request.form.get("kind", "")
    limit, pace = (_number(name) for name in ("limit", "per_minute"))
    if kind not in {"invitation", "announcement"} or len(request.form.getlist("kind")) > 1:
        raise BadRequest
    wrong = "limit" if not limit else "per_minute" if pace == 0 else None
    if wrong:
        return _draw(wrong, _("Enter a number from 1 to %(most)s.", most=MOST_MAILS), 422, request.form)
    by = current_agent().name
    sent = invitations.send(kind=kind, limit=limit, per_minute=pace, by=by).sent  # type: ignore[arg-type]
    _write_down(kind, sent)
    return redirect(f"/helpdesk/bulk?sent={sent}", 303)


@blueprint.post("/helpdesk/bulk/resend")
@agents_only("supervise", acts=True, back="/helpdesk/queue")
@whole_installation
def resend() -> ResponseReturnValue:
    """Send the invitation again to everybody who is stuck at a step, as the list of those who wait shows them.

    Who has a password by now, or was disabled, is passed over; so is who had five this hour, from the card or from here, and who was
    on the way here within a day: they would be taken back to where the new invitation is asked for.
    """
    stairs = flights()
    steps = {tread.slug for stair in stairs.values() for tread in stair.treads}
    step = request.args.get("step", "")
    narrowed = asked(current_agent().scope)
    if step not in steps or narrowed.errors:
        raise BadRequest
    wanted = Wanted(current_agent(), narrowed.filters, step)
    ids: list[str] = []
    for number in range(1, PAGES + 1):
        found = desk_queue.stuck(wanted, stairs.values(), number)
        ids += [person.account_id for person in found.people]
        if not found.more:
            break
    left_alone = invitees.on_the_way(ids)
    ids = [each for each in ids if each not in left_alone and desk_act_mailing.may_resend(each)]
    sent = invitations.send_to(ids, again=True, by=current_agent().name) if ids else 0
    _write_down("invitation", sent)
    said = request.args.to_dict() | {"sent": str(sent), "left_alone": str(len(left_alone))}
    return redirect(f"/helpdesk/bulk/resend?{urlencode(said)}", 303)


@blueprint.get("/helpdesk/bulk/resend")
@agents_only("supervise")
@whole_installation
def resent() -> ResponseReturnValue:
    """What came of sending it again, and the way back to the same list."""
    sent, left_alone = (request.args.get(name, -1, type=int) for name in ("sent", "left_alone"))
    if not (0 <= sent <= MOST_MAILS and 0 <= left_alone <= MOST_MAILS):
        raise BadRequest
    asked_for = {name: value for name, value in request.args.items() if name not in {"sent", "left_alone", "page"}}
    return render_template(
        "helpdesk/bulk_resent.html", sent=sent, left_alone=left_alone, back=f"/helpdesk/queue?{urlencode(asked_for)}"
    )


def _write_down(kind: str, count: int) -> None:
    """How many at once; each mail's own event stands with its person."""
    with write():
        audit.record("mails-sent", account_id=None, actor=current_agent().account_id, kind=kind, count=count)


def _number(name: str) -> int | None:
    """The number in this field: None when it is empty, 0 when it is none of those that may be."""
    typed = fold_digits(request.form.get(name, ""))
    if not typed:
        return None
    return int(typed) if typed.isdecimal() and len(typed) < 5 and int(typed) <= MOST_MAILS else 0


def _job(job_id: str) -> BulkJob:
    found = db.session.get(BulkJob, job_id)
    if found is None:
        raise NotFound
    return found
