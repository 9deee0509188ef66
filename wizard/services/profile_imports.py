"""Importing answers to the profile: rows are checked one by one and settled in batches, each in one write transaction.

The rules are those of the people import: good rows go in, bad ones are named and leave nothing behind, the same file again changes
nothing, and a value that differs is a conflict until `update` applies it. Offices are found, never made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from wizard.domain import profile_answers
from wizard.domain.profile import Question
from wizard.domain.profile_answers import SEPARATOR, Answer, AnswerRefused, NotOffered
from wizard.models import Office, Organisation, ProfileAnswer, db
from wizard.services import audit, import_files, import_reports, import_scratch, import_transactions, profiles
from wizard.services.import_files import BadRow, Header, Row, shown
from wizard.services.import_reports import ADDED, CONFLICT, LISTED, REFUSED, RESULTS, UNCHANGED, UPDATED, RowResult
from wizard.services.import_scratch import Scratch
from wizard.services.import_transactions import BATCH
from wizard.services.organisations import name_key

COLUMNS = ("organisation", "office", "question", "answer")
NAMES_COMPARED = 2000  # offices among which misspelt ones of a batch are looked for
_EMPTY = "This is empty. It is needed."


@dataclass(frozen=True)
class Order:
    """What the operator asked for: `update` applies changed values, `report` is a file."""

    path: Path
    dry_run: bool = False
    update: bool = False
    report: Path | None = None


@dataclass
class Summary:
    """What became of the rows; `listed` names the first conflicts and refusals, `not_listed` counts the rest."""

    unknown_columns: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    listed: list[RowResult] = field(default_factory=list)
    not_listed: int = 0

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    def take(self, result: RowResult) -> None:
        """Take one row's result in."""
        self.counts[result.result] += 1
        if result.result in (CONFLICT, REFUSED):
            if len(self.listed) < LISTED:
                self.listed.append(result)
            else:
                self.not_listed += 1


@dataclass(frozen=True)
class _Checked:
    """One row that was read. `refused` is why not, else `question` and `office_key` (organisation, office) say what is answered."""

    line: int
    key: str
    refused: RowResult | None = None
    office_key: tuple[str, str] = ("", "")
    question: Question | None = None
    answer: str = ""


def run(order: Order, on_bytes: Callable[[int], object] = lambda _count: None) -> Summary:
    """Import a file of answers and say what became of its rows.

    `on_bytes` is told how many bytes of the file have been read. Raises `FileRefused` before anything was written, `ImportStopped` when
    the database gave up on a batch, `OSError` when file or report cannot be opened.
    """
    header = import_files.check(order.path, COLUMNS, COLUMNS)
    summary = Summary(header.unknown)
    # What a command prints is English, whatever the installation's first language is.
    with force_locale("en"), import_reports.report_file(order.report) as report, import_scratch.scratch() as kept:
        rows = _checked(order.path, header, on_bytes, kept)
        while batch := list(islice(rows, BATCH)):
            results = import_transactions.settled(
                partial(_settled, batch, order), batch[0].line, writes=not order.dry_run
            )
            for result in results:
                summary.take(result)
            report(results)
    return summary


def _checked(path: Path, header: Header, on_bytes: Callable[[int], object], kept: Scratch) -> Iterator[_Checked]:
    for row in import_files.read_rows(path, header, on_bytes):
        if isinstance(row, BadRow):
            yield _Checked(row.line, "", RowResult(row.line, "", REFUSED, row.column, row.reason))
        else:
            yield _read(row, kept)


def _read(row: Row, kept: Scratch) -> _Checked:
    said = row.cells
    key = " / ".join(shown(said[column]) for column in ("organisation", "office", "question"))

    def refused(column: str, reason: str) -> _Checked:
        return _Checked(row.line, key, RowResult(row.line, key, REFUSED, column, reason))

    for column in ("organisation", "office", "question"):
        if not said[column]:
            return refused(column, _EMPTY)
    questions = profiles.profile().questions
    name = said["question"].lower()
    question = questions.get(name)
    if question is None:
        return refused("question", f"The profile has no such question.{_meant(name, questions)}")
    office_key = name_key(said["organisation"]), name_key(said["office"])
    first = kept.first_line("\n".join((*office_key, question.id)), row.line)
    if first != row.line:
        return refused("question", f"This office's answer to this question is on line {first} already.")
    return _Checked(row.line, key, None, office_key, question, said["answer"])


@dataclass(frozen=True)
class _Known:
    """What a batch names, as the database has it: offices by the keys of organisation and office, answers by office and question."""

    organisations: dict[str, str]
    offices: dict[tuple[str, str], Office]
    kinds: dict[str, str]
    answers: dict[tuple[str, str], ProfileAnswer]
    near: dict[str, dict[str, str]]


def _settled(batch: list[_Checked], order: Order) -> list[RowResult]:
    known = _known([row for row in batch if row.refused is None], lock=not order.dry_run)
    changed: dict[str, list[str]] = {}
    results = []
    for row in batch:
        result = row.refused or _refusal(row, known)
        if result is None and row.question is not None:
            result = _compared(row, row.question, known, order, changed)
        assert result is not None
        results.append(result)
    for office_id, questions in changed.items():
        audit.record("profile-answered", account_id=None, actor="operator", office=office_id, questions=questions)
    return results


def _refusal(row: _Checked, known: _Known) -> RowResult | None:
    organisation, office = row.office_key
    if organisation not in known.organisations:
        return RowResult(row.line, row.key, REFUSED, "organisation", "This organisation is not known here.")
    found = known.offices.get(row.office_key)
    if found is None:
        names = known.near.get(known.organisations[organisation], {})
        reason = f"This organisation has no such office.{_meant(office, names)}"
        return RowResult(row.line, row.key, REFUSED, "office", reason)
    assert row.question is not None
    if not row.question.is_asked(found.kind, known.kinds[found.organisation_id]):
        return RowResult(row.line, row.key, REFUSED, "question", "This office is not asked this question.")
    return None


def _compared(
    row: _Checked, question: Question, known: _Known, order: Order, changed: dict[str, list[str]]
) -> RowResult:
    office = known.offices[row.office_key]
    try:
        said = profile_answers.read_imported(question, row.answer, profiles.this_year())
    except AnswerRefused as refused:
        return RowResult(row.line, row.key, REFUSED, "answer", str(refused.message))
    except NotOffered:
        return RowResult(row.line, row.key, REFUSED, "answer", f"Write one of these: {_offered(question)}.")
    stored = known.answers.get((office.id, question.id))
    here = stored.value if stored and profile_answers.fits(question, stored.value) else None
    if said is None or said == here:
        return RowResult(row.line, row.key, UNCHANGED)
    if here is not None and not order.update:
        reason = f"It is “{_words(here)}” here and “{_words(said)}” in the file."
        return RowResult(row.line, row.key, CONFLICT, "answer", reason)
    if not order.dry_run:
        profiles.put(office.id, question.id, said, by=None, row=stored)
        changed.setdefault(office.id, []).append(question.id)
    if here is None:
        return RowResult(row.line, row.key, ADDED)
    return RowResult(row.line, row.key, UPDATED, "answer", f"It was “{_words(here)}” and is now “{_words(said)}”.")


def _known(rows: list[_Checked], *, lock: bool) -> _Known:
    """Read what the rows name, a few queries for the whole batch. `lock` lets imports and people who answer take turns."""
    asked = {row.office_key for row in rows}
    organisations = list(
        db.session.scalars(select(Organisation).where(Organisation.name_key.in_({key for key, _ in asked})))
    )
    ids = {each.name_key: each.id for each in organisations}
    of_them = Office.organisation_id.in_(ids.values())
    keys = {each.id: each.name_key for each in organisations}
    named = select(Office).where(of_them, Office.name_key.in_({key for _, key in asked})).order_by(Office.id)
    found = db.session.scalars(named.with_for_update() if lock else named)
    offices = {(keys[office.organisation_id], office.name_key): office for office in found}
    offices = {key: office for key, office in offices.items() if key in asked}
    answers = db.session.scalars(
        select(ProfileAnswer).where(
            ProfileAnswer.office_id.in_({office.id for office in offices.values()}),
            ProfileAnswer.question.in_({row.question.id for row in rows if row.question}),
        )
    )
    near: dict[str, dict[str, str]] = {}
    unknown = {ids[key] for key, office in asked if key in ids and (key, office) not in offices}
    if unknown:
        others = select(Office.organisation_id, Office.name_key, Office.name).where(Office.organisation_id.in_(unknown))
        for organisation_id, key, name in db.session.execute(others.limit(NAMES_COMPARED)):
            near.setdefault(organisation_id, {})[key] = name
    kinds = {each.id: each.kind for each in organisations}
    return _Known(ids, offices, kinds, {(each.office_id, each.question): each for each in answers}, near)


def _meant(name: str, names: dict[str, Any]) -> str:
    likely = get_close_matches(name, names, n=1)
    found = names[likely[0]] if likely else ""
    return f" Did you mean “{likely[0] if isinstance(found, Question) else found}”?" if likely else ""


def _offered(question: Question) -> str:
    names = [option.id for option in question.options] or [profile_answers.YES, profile_answers.NO]
    several = f" (several with {SEPARATOR} between them)" if question.kind == "choices" else ""
    return ", ".join(names) + several


def _words(value: Answer) -> str:
    if isinstance(value, bool):
        return profile_answers.YES if value else profile_answers.NO
    return shown(SEPARATOR.join(value) if isinstance(value, list) else str(value))
