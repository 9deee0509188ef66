"""The mails of the one person, read once each: nothing is delivered, whoever owns the mailbox sees the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.mails import Mail
from wizard.models import OutboxMail, db
from wizard.services import outbox

if TYPE_CHECKING:
    from tests.journeys.random_people.installation import Installation


@dataclass(frozen=True)
class Letter:
    """A mail with something to use in it. `asked_by` is the browser whose request wrote it."""

    id: str
    kind: str
    asked_by: str
    button: str
    code: str
    temporary_password: str


def new_letters(installation: Installation, after: int, asked_by: str) -> tuple[list[Letter], int]:
    """The mails written since row `after`, and the number of the newest row."""
    assert installation.reader is not None
    rows = installation.reader.execute(
        "SELECT rowid, id, kind FROM outbox WHERE rowid > ? AND recipient IS NOT NULL ORDER BY rowid", (after,)
    ).fetchall()
    useful = [row["id"] for row in rows if row["kind"] in {"invitation", "mailed_code"}]
    letters = installation.inside(lambda: [_opened(found, asked_by) for found in useful]) if useful else []
    return letters, rows[-1]["rowid"] if rows else after


def _opened(mail_id: str, asked_by: str) -> Letter:
    row = db.session.get_one(OutboxMail, mail_id)
    mail = Mail(outbox.read_message(row), kind=row.kind)
    return Letter(
        id=row.id,
        kind=row.kind,
        asked_by=asked_by,
        button=mail.button_path or "",
        code=mail.code or "",
        temporary_password=mail.temporary_password or "",
    )
