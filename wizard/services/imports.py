"""The people import: rows are checked one by one and settled in batches, each in one write transaction.

A kill loses at most the current batch, and running the import again completes it: a row whose key has an account
already is compared, never added twice. The unique key on the user name decides when two imports run at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT
from wizard.extensions import tools
from wizard.models import db
from wizard.models.database import DatabaseBusy
from wizard.services import (
    import_batches,
    import_files,
    import_reports,
    import_scratch,
    import_transactions,
    invitations,
    organisations,
)
from wizard.services.import_batches import Rules, Settled
from wizard.services.import_reports import CONFLICT, LISTED, REFUSED, RESULTS, RowResult
from wizard.services.import_rows import REQUIRED, Checked, Reader
from wizard.services.import_transactions import BATCH, ImportStopped
from wizard.services.invitations import Run
from wizard.services.people import OPERATOR


@dataclass(frozen=True)
class Order:
    """What was asked for: `update` applies changed values, `invite` sends invitations, `report` is a file.

    `by` is who does it, for the trail; `uploaded_at` when the file came in through the console (None: it is a command's).
    """

    path: Path
    journey: str = FIRST_CONNECTION
    dry_run: bool = False
    update: bool = False
    invite: bool = False
    report: Path | None = None
    by: str = OPERATOR
    uploaded_at: datetime | None = None


@dataclass
class Summary:
    """What became of the rows, counted once a row; `listed` names the first conflicts and refusals, once a value.

    `organisations` and `offices` are how many are new, `doubtful` how many people were added whose address alone names
    nobody, `invited` how many mails were written in `sending` and `passed_over` why others were not.
    """

    unknown_columns: tuple[str, ...] = ()
    unused_columns: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    listed: list[RowResult] = field(default_factory=list)
    not_listed: int = 0
    organisations: int = 0
    offices: int = 0
    doubtful: int = 0
    invited: int = 0
    passed_over: dict[str, int] = field(default_factory=dict)
    sending: str | None = None

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    def take(self, settled: Settled) -> None:
        """Take a batch's results in."""
        self.organisations += settled.organisations
        self.offices += settled.offices
        self.doubtful += settled.doubtful
        for results in settled.results:
            self._count(results)

    def _count(self, results: list[RowResult]) -> None:
        self.counts[results[0].result] += 1
        for result in results:
            if result.result in (CONFLICT, REFUSED):
                if len(self.listed) < LISTED:
                    self.listed.append(result)
                else:
                    self.not_listed += 1


def run(order: Order, on_bytes: Callable[[int], object] = lambda _count: None) -> Summary:
    """Import a file of people and say what became of its rows.

    `on_bytes` is told how many bytes of the file have been read. Raises `FileRefused` before anything was written,
    `ImportStopped` when the database gave up on a batch, `OSError` when file or report cannot be opened.
    """
    settings = tools().settings
    header = import_files.check(order.path, REQUIRED[order.journey])
    summary = Summary(header.unknown, unused_columns(order.journey, header.columns))
    inviting = Run("invitation", by=order.by)
    with import_reports.report_file(order.report) as report, import_scratch.scratch() as kept:
        reader = Reader(order.journey, settings.languages, settings.placeholder_domains, kept)
        rows = reader.rows(order.path, header, on_bytes)
        rules = Rules(
            order.journey,
            settings.languages[0],
            update=order.update,
            invite=order.invite,
            guesses="office_kind" not in header.said,
            kept=kept if order.dry_run else None,
            by=order.by,
            uploaded_at=order.uploaded_at,
        )
        while batch := list(islice(rows, BATCH)):
            settled = _settled(batch, rules)
            summary.take(settled)
            for results in settled.results:
                report(results)
            if order.invite and not order.dry_run:
                _invite(settled.to_invite, inviting)
                _invite(settled.to_invite_again, inviting, again=True)
    summary.invited, summary.passed_over, summary.sending = (
        inviting.sent,
        dict(inviting.passed_over),
        inviting.sending_id,
    )
    return summary


def unused_columns(journey: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `columns` that Perron knows and that people of this journey have no use for."""
    return () if journey == MIGRATED_ACCOUNT else tuple(each for each in columns if each in organisations.COLUMNS)


def _settled(batch: list[Checked], rules: Rules) -> Settled:
    return import_transactions.settled(
        lambda: import_batches.settle(batch, rules, tools().clock.now()), batch[0].line, writes=rules.kept is None
    )


def _invite(account_ids: list[str], inviting: Run, *, again: bool = False) -> None:
    try:
        if account_ids:
            invitations.send_to(account_ids, again=again, run=inviting)
    except (DatabaseBusy, SQLAlchemyError) as error:
        raise ImportStopped(_("The database did not take the invitations.")) from error
    finally:
        db.session.expunge_all()
