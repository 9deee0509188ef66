"""The mails that wait in an installation's outbox, opened with its keys."""

from __future__ import annotations

import contextvars

from flask import Flask
from sqlalchemy import select

from tests.support.mails import Mail
from wizard.models import OutboxMail, db
from wizard.services import outbox


class Mailbox:
    """The outbox of `app`, oldest mail first. A mail that was handed over is wiped: read it at the server."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def all(self, kind: str | None = None, to: str | None = None) -> list[Mail]:
        """The mails that still hold their text, of this `kind`, to this address."""
        return contextvars.Context().run(self._read, kind, to)

    def newest(self, kind: str | None = None, to: str | None = None) -> Mail:
        """The mail written last; fails naming what there is when none fits."""
        found = self.all(kind, to)
        assert found, f"No mail of kind {kind!r} to {to!r} waits in the outbox, only {self.all()}."
        return found[-1]

    def count(self, kind: str | None = None) -> int:
        """How many mails were ever written, whatever became of them."""
        return contextvars.Context().run(self._count, kind)

    def _read(self, kind: str | None, to: str | None) -> list[Mail]:
        with self.app.app_context():
            rows = [row for row in self._rows(kind) if row.message is not None and to in {None, row.recipient}]
            return [Mail(outbox.read_message(row), kind=row.kind, state=row.state) for row in rows]

    def _count(self, kind: str | None) -> int:
        with self.app.app_context():
            return len(self._rows(kind))

    def _rows(self, kind: str | None) -> list[OutboxMail]:
        rows = list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.created_at)))
        return [row for row in rows if kind in {None, row.kind}]
