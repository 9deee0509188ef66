"""Files of people that an agent uploads: kept, checked without changing anything, and imported after a look at what would happen.

The work is done by a background thread, so that no request waits for it. A job is taken with a lease by one conditional UPDATE; one whose
process died is taken up again, which an import stands: the same file again changes nothing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import structlog
from babel import Locale
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, BulkJob, db, write
from wizard.models.database import DatabaseBusy, rows_changed
from wizard.services import audit, imports, staff
from wizard.services.import_files import FileRefused
from wizard.services.import_transactions import ImportStopped
from wizard.services.imports import Order, Summary
from wizard.services.mail_message import fitting_language
from wizard.services.staff import Agent, Scope

CHECKING, CHECKED, IMPORTING, DONE, REFUSED, STOPPED = "checking", "checked", "importing", "done", "refused", "stopped"
KEPT = timedelta(days=1)
LEASE = timedelta(minutes=30)
PAUSE = 2.0  # seconds between looks
CHUNK = 64 * 1024
NAMES = (".csv", ".xlsx")
_log = structlog.get_logger(__name__)


class TooLarge(ValueError):
    """The file has more bytes than an upload may have."""


@dataclass(frozen=True)
class Upload:
    """What an agent hands in: the file's name as the browser says it, and its content."""

    name: str
    content: IO[bytes]
    journey: str


def receive(agent_id: str, upload: Upload) -> str:
    """Keep the file and have it checked; returns the job's id. Raises `TooLarge`, and then keeps nothing."""
    now, job_id = tools().clock.now(), new_id()
    suffix = Path(upload.name).suffix.lower()
    path = _folder() / f"{job_id}{suffix if suffix in NAMES else '.csv'}"
    _keep(upload.content, path)
    with write() as session:
        session.add(
            BulkJob(
                id=job_id,
                agent_id=agent_id,
                journey=upload.journey,
                file_name=upload.name.replace("\0", "")[:200],
                state=CHECKING,
                created_at=now,
                ends_at=now + KEPT,
            )
        )
        audit.record("file-uploaded", account_id=None, actor=agent_id, job=job_id)
    return job_id


def order(job_id: str, agent_id: str, *, update_values: bool, invite: bool) -> bool:
    """Import what was checked, in the name of who orders it; False when it was not checked, or is already being imported."""
    checked = update(BulkJob).where(BulkJob.id == job_id, BulkJob.state == CHECKED)
    with write():
        values = {"state": IMPORTING, "update": update_values, "invite": invite, "agent_id": agent_id}
        began = rows_changed(checked.values(values)) == 1
        if began:
            audit.record("file-imported", account_id=None, actor=agent_id, job=job_id)
    return began


def may_import(agent: Agent) -> bool:
    """Whether the agent brings in people: who sees only a part of them does not."""
    return agent.may("supervise") and agent.scope == Scope()


def report_of(job: BulkJob) -> Path | None:
    """The file that says what became of every row; None when there is none any more."""
    path = _folder() / f"{job.id}.report.csv"
    return path if path.is_file() else None


def newest() -> list[BulkJob]:
    """The last uploads of everybody, newest first."""
    return list(db.session.scalars(select(BulkJob).order_by(BulkJob.created_at.desc()).limit(20)))


def work_until(stop: threading.Event) -> None:
    """Do what was ordered until `stop` is set; a busy database is waited for."""
    while not stop.is_set():
        did = False
        try:
            did = work()
        except (DatabaseBusy, SQLAlchemyError) as error:
            _log.warning("bulk-waits", error=type(error).__name__)
        finally:
            db.session.remove()
        if not did:
            stop.wait(PAUSE)


def work() -> bool:
    """Do one job that waits; False when there is none. Files whose time is over are removed."""
    job_id = _take()
    if job_id is None:
        return False
    job = db.session.get_one(BulkJob, job_id)
    account = db.session.get(Account, job.agent_id)
    with force_locale(_locale_of(account)):
        _do(job, staff.agent(account))
    return True


def _locale_of(account: Account | None) -> Locale:
    """What is said about a file is kept in words: in those of the agent who sent it."""
    language = fitting_language(account.language if account else "")
    return Locale.parse(language, sep="-" if "-" in language else "_")


def _do(job: BulkJob, agent: Agent | None) -> None:
    job_id = job.id
    if agent is None or not may_import(agent):
        _settle(job_id, STOPPED, problem=_("The agent who asked for this may not import people any more."))
        return
    wanted = Order(
        _file(job), job.journey, dry_run=job.state == CHECKING, update=job.update, invite=job.invite,
        report=_folder() / f"{job.id}.report.csv", by=agent.name, uploaded_at=job.created_at,
    )  # fmt: skip
    db.session.rollback()
    try:
        found = imports.run(wanted)
    except FileRefused as refused:
        _settle(job_id, REFUSED, problem=str(refused))
    except (ImportStopped, OSError) as stopped:
        _settle(job_id, STOPPED, problem=str(stopped) if isinstance(stopped, ImportStopped) else None)
    else:
        most = tools().settings.upload_rows
        if wanted.dry_run and found.rows > most:
            words = _(
                "The file has %(rows)s rows; %(most)s is the most. Have the operator import it.",
                rows=found.rows,
                most=most,
            )
            _settle(job_id, REFUSED, problem=words)
        else:
            _settle(job_id, CHECKED if wanted.dry_run else DONE, found=_told(found))


def _take() -> str | None:
    now = tools().clock.now()
    _sweep(now)
    is_free = or_(BulkJob.taken_until.is_(None), BulkJob.taken_until < now)
    waits = (BulkJob.state.in_((CHECKING, IMPORTING)), is_free)
    job_id = db.session.scalar(select(BulkJob.id).where(*waits).order_by(BulkJob.created_at).limit(1))
    db.session.rollback()
    if job_id is None:
        return None
    with write():
        taken = update(BulkJob).where(BulkJob.id == job_id, *waits)
        return job_id if rows_changed(taken.values(taken_until=now + LEASE)) == 1 else None


def _sweep(now: datetime) -> None:
    over = select(BulkJob.id).where(
        BulkJob.ends_at <= now, BulkJob.finished_at.is_not(None), BulkJob.found.is_not(None)
    )
    folder = _folder()
    kept = {path.name.partition(".")[0] for path in folder.iterdir()}
    if not kept:
        return
    for job_id in db.session.scalars(over.where(BulkJob.id.in_(kept))):
        for path in folder.glob(f"{job_id}.*"):
            path.unlink(missing_ok=True)


def _settle(job_id: str, state: str, *, problem: str | None = None, found: dict[str, Any] | None = None) -> None:
    values: dict[str, Any] = {
        "state": state,
        "taken_until": None,
        "finished_at": tools().clock.now(),
        "problem": problem,
    }
    with write():
        rows_changed(update(BulkJob).where(BulkJob.id == job_id).values(values | ({"found": found} if found else {})))


def _told(summary: Summary) -> dict[str, Any]:
    """What a page shows of an import: counts, and the first conflicts and refusals."""
    listed = [[each.line, each.key, each.result, each.column, each.reason] for each in summary.listed]
    return {
        "rows": summary.rows,
        "counts": summary.counts,
        "organisations": summary.organisations,
        "offices": summary.offices,
        "doubtful": summary.doubtful,
        "unknown_columns": list(summary.unknown_columns),
        "unused_columns": list(summary.unused_columns),
        "listed": listed,
        "not_listed": summary.not_listed,
        "invited": summary.invited,
    }


def _keep(content: IO[bytes], path: Path) -> None:
    left = tools().settings.upload_size
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            while chunk := content.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise TooLarge
                file.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _file(job: BulkJob) -> Path:
    return next(
        (path for path in _folder().glob(f"{job.id}.*") if path.suffix in NAMES and ".report" not in path.name),
        Path(job.id),
    )


def _folder() -> Path:
    folder = tools().settings.instance / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
