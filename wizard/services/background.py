"""Work that no request waits for: mails are handed over, audit events sealed, uploaded files read.

`perron serve` runs it in three threads of each process, and `perron mail deliver --loop` in a process of its own beside another WSGI
server. Several at once do each other no harm: a mail is claimed with a lease, and the chain of seals has unique numbers.
"""

from __future__ import annotations

import threading

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from wizard.adapters.mail import transport_for
from wizard.extensions import tools
from wizard.models import db
from wizard.models.database import DatabaseBusy
from wizard.services import audit, bulk_jobs, desk_act_undo, outbox

MAIL_PAUSE = 1.0  # seconds between looks
SEAL_PAUSE = 5.0
_log = structlog.get_logger(__name__)


class Background:
    """The three threads of one process. `stop` ends them after the mail in hand."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._deliver, name="perron-mail", daemon=True),
            threading.Thread(target=self._seal, name="perron-seal", daemon=True),
            threading.Thread(target=self._read_files, name="perron-files", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Ask them to end and wait at most `patience` seconds for each."""
        self._stop.set()
        for thread in self._threads:
            thread.join(patience)

    def _deliver(self) -> None:
        with self._app.app_context():
            outbox.deliver_until(self._stop, transport_for(tools().settings), MAIL_PAUSE)

    def _read_files(self) -> None:
        with self._app.app_context():
            bulk_jobs.work_until(self._stop)

    def _seal(self) -> None:
        with self._app.app_context():
            seal_until(self._stop)


def seal_until(stop: threading.Event) -> None:
    """Seal and settle what is due until `stop` is set; a busy database is waited for."""
    while not stop.is_set():
        sealed = 0
        try:
            sealed = audit.seal_due() + desk_act_undo.settle_due()
        except (DatabaseBusy, SQLAlchemyError, audit.TwoSealers) as error:
            _log.warning("sealing-waits", error=type(error).__name__)
        finally:
            db.session.remove()
        if not sealed:
            stop.wait(SEAL_PAUSE)
