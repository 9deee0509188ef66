"""The people import: rows are checked one by one and settled in batches, each in one write transaction.

A kill loses at most the current batch, and running the import again completes it: a row whose key has an account
already is compared, never added twice. The unique key on the user name decides when two imports run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from wizard.extensions import tools
from wizard.models import Issue, db, write
from wizard.models.database import DatabaseBusy
from wizard.services import import_files, import_reports, invitations, people
from wizard.services.import_files import BadRow, FirstLines, Header, Row
from wizard.services.import_reports import RowResult
from wizard.services.people import FIRST_CONNECTION, Change, Kept, Person

ADDED, UNCHANGED, UPDATED, CONFLICT, REFUSED = RESULTS = ("added", "unchanged", "updated", "conflict", "refused")
REQUIRED = {FIRST_CONNECTION: ("username", "email")}
OF_ORGANISATIONS = frozenset({"organisation", "organisation_kind", "office", "office_kind", "country", "role"})
BATCH = 500  # rows
_AGAIN = "What went in before stays. Run the import again to complete it."
LISTED = 100  # results that a summary names; the report has them all
TRIES = 5
PATIENCE = 30.0  # seconds for one batch in the writers' queue: an import can wait longer than a person


class ImportStopped(Exception):
    """The database gave up on a batch. What went in before stays, and running the import again completes it."""


@dataclass(frozen=True)
class Order:
    """What the operator asked for: `update` applies changed values, `invite` sends invitations, `report` is a file."""

    path: Path
    journey: str = FIRST_CONNECTION
    dry_run: bool = False
    update: bool = False
    invite: bool = False
    report: Path | None = None


@dataclass
class Summary:
    """What became of the rows, counted once a row; `listed` names the first conflicts and refusals, once a value."""

    unknown_columns: tuple[str, ...] = ()
    unused_columns: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    listed: list[RowResult] = field(default_factory=list)
    not_listed: int = 0
    invited: int = 0

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    def count(self, results: list[RowResult]) -> None:
        """Take one row's results in."""
        self.counts[results[0].result] += 1
        for result in results:
            if result.result in (CONFLICT, REFUSED):
                if len(self.listed) < LISTED:
                    self.listed.append(result)
                else:
                    self.not_listed += 1


@dataclass(frozen=True)
class _Checked:
    """One row that was read: a person, or the reasons why not."""

    line: int
    key: str
    person: Person | None
    refused: list[RowResult]


@dataclass
class _Settled:
    """What became of a batch; the accounts to invite for the first time, and those whose address is a new one."""

    results: list[list[RowResult]] = field(default_factory=list)
    to_invite: list[str] = field(default_factory=list)
    to_invite_again: list[str] = field(default_factory=list)


def run(order: Order, on_bytes: Callable[[int], object] = lambda _count: None) -> Summary:
    """Import a file of people and say what became of its rows.

    `on_bytes` is told how many bytes of the file have been read. Raises `FileRefused` before anything was written,
    `ImportStopped` when the database gave up on a batch, `OSError` when file or report cannot be opened.
    """
    settings = tools().settings
    header = import_files.check(order.path, REQUIRED[order.journey])
    summary = Summary(header.unknown, tuple(column for column in header.columns if column in OF_ORGANISATIONS))
    with import_reports.report_file(order.report) as report, import_files.first_lines() as seen:
        rows = _checked(order.path, header, on_bytes, seen, settings.languages)
        while batch := list(islice(rows, BATCH)):
            settled = _settle(batch, order, tools().clock.now(), settings.languages[0])
            for results in settled.results:
                summary.count(results)
                report(results)
            if order.invite and not order.dry_run:
                summary.invited += _invite(settled.to_invite) + _invite(settled.to_invite_again, again=True)
    return summary


def _checked(
    path: Path, header: Header, on_bytes: Callable[[int], object], seen: FirstLines, languages: tuple[str, ...]
) -> Iterator[_Checked]:
    for row in import_files.read_rows(path, header, on_bytes):
        yield _unreadable(row) if isinstance(row, BadRow) else _read(row, seen, languages)


def _unreadable(row: BadRow) -> _Checked:
    return _Checked(row.line, "", None, [RowResult(row.line, "", REFUSED, row.column, row.reason)])


def _read(row: Row, seen: FirstLines, languages: tuple[str, ...]) -> _Checked:
    key, person, problems = people.read_person(row.cells, languages)
    refused = [RowResult(row.line, key, REFUSED, problem.column, problem.reason) for problem in problems]
    first = seen.first_line(key, row.line) if key else row.line
    if first != row.line:
        refused.append(RowResult(row.line, key, REFUSED, "username", f"This user name is on line {first} already."))
    return _Checked(row.line, key, None if refused else person, refused)


def _settle(batch: list[_Checked], order: Order, now: datetime, language: str) -> _Settled:
    """Settle one batch; again when another import or a request came between, which the second reading then finds."""
    problem: Exception | None = None
    for _try in range(TRIES):
        try:
            if order.dry_run:
                return _settle_in_transaction(batch, order, now, language)
            with write(PATIENCE):
                return _settle_in_transaction(batch, order, now, language)
        except (people.NameTaken, OperationalError) as error:
            problem = error
        except (DatabaseBusy, SQLAlchemyError) as error:
            problem = error
            break
        finally:
            db.session.rollback()
            db.session.expunge_all()
    raise ImportStopped(f"The database did not take the rows from line {batch[0].line} on. {_AGAIN}") from problem


def _invite(account_ids: list[str], *, again: bool = False) -> int:
    try:
        return invitations.send_to(account_ids, again=again) if account_ids else 0
    except (DatabaseBusy, SQLAlchemyError) as error:
        raise ImportStopped(f"The database did not take the invitations. {_AGAIN}") from error
    finally:
        db.session.expunge_all()


def _settle_in_transaction(batch: list[_Checked], order: Order, now: datetime, language: str) -> _Settled:
    found = people.kept_by_key([row.key for row in batch if row.person], lock=order.update and not order.dry_run)
    settled, added = _Settled(), []
    for row in batch:
        account = found.get(row.key)
        if row.person is None:
            settled.results.append(row.refused)
        elif account is None:
            added.append(people.new_account(row.person, journey=order.journey, language=language, now=now))
            settled.results.append([RowResult(row.line, row.key, ADDED)])
        elif account.journey != order.journey:
            reason = "This user name is taken by an account of another journey."
            settled.results.append([RowResult(row.line, row.key, REFUSED, "username", reason)])
        else:
            settled.results.append(_compare(row, row.person, account, order, now))
    if added and not order.dry_run:
        people.add(added, source="import")
    if order.invite:
        fresh, moved = _left_uninvited(found, order.journey)
        settled.to_invite, settled.to_invite_again = [row["id"] for row in added] + fresh, moved
    return settled


def _compare(row: _Checked, person: Person, account: Kept, order: Order, now: datetime) -> list[RowResult]:
    changed = people.changes(account, person)
    if not changed:
        return [RowResult(row.line, row.key, UNCHANGED)]
    if order.update and not order.dry_run:
        people.apply_changes(account, person, changed, now)
    return [RowResult(row.line, row.key, *_in_words(change, update=order.update)) for change in changed]


def _in_words(change: Change, *, update: bool) -> tuple[str, str, str]:
    if update:
        return UPDATED, change.column, f"It was “{change.here}” and is now “{change.said}”."
    return CONFLICT, change.column, f"It is “{change.here}” here and “{change.said}” in the file."


def _left_uninvited(found: dict[str, Kept], journey: str) -> tuple[list[str], list[str]]:
    """Accounts that were there already: those never invited, those whose invitation ended with their address."""
    of_journey = (row for row in found.values() if row.journey == journey and not row.disabled_at)
    waiting = [row.id for row in of_journey if not row.password_hash]
    ends: dict[str, set[str | None]] = {}
    issues = select(Issue.account_id, Issue.ended_reason).where(Issue.account_id.in_(waiting))
    for account_id, reason in db.session.execute(issues):
        ends.setdefault(account_id, set()).add(reason)
    moved = [each for each, reasons in ends.items() if people.ADDRESS_CHANGED in reasons and None not in reasons]
    return [account_id for account_id in waiting if account_id not in ends], moved
