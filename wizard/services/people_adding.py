"""Adding one person by command, by the same rules as an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from wizard.extensions import tools
from wizard.models import write
from wizard.services import import_batches, organisations
from wizard.services.import_batches import Rules
from wizard.services.import_files import Row
from wizard.services.import_reports import ADDED, REFUSED, RowResult
from wizard.services.import_rows import Reader
from wizard.services.import_scratch import scratch
from wizard.services.people import NameTaken, Problem


class NotUsable(ValueError):
    """What is said about the person cannot be used; `problems` names everything that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{problem.column}: {problem.reason}" for problem in problems))


class AlreadyThere(Exception):
    """Somebody has this user name or, without one, this address."""


@dataclass(frozen=True)
class Added:
    """The new account; `notes` are what is to be known about it, in sentences."""

    account_id: str
    key: str
    notes: list[str]


def add(values: Mapping[str, str], journey: str) -> Added:
    """Add the person of whom `values` tell by column name, with organisation and office where the journey knows them.

    Raises `NotUsable` or `AlreadyThere`; then nothing was added.
    """
    settings = tools().settings
    with scratch() as kept:
        row = Reader(journey, settings.languages, settings.placeholder_domains, kept).read(Row(1, dict(values)))
    if row.person is None:
        raise NotUsable(_problems(row.refused))
    guesses = not values.get("office_kind")
    try:
        with write():
            rules = Rules(journey, settings.languages[0], guesses=guesses, source="command")
            settled = import_batches.settle([row], rules, tools().clock.now())
            (results,) = settled.results
            if results[0].result == REFUSED and results[0].column in organisations.COLUMNS:
                raise NotUsable(_problems(results))
            if results[0].result != ADDED:
                raise AlreadyThere
    except (NameTaken, IntegrityError):
        raise AlreadyThere from None
    return Added(settled.added[0]["id"], row.key, [result.reason for result in results if result.reason])


def _problems(results: list[RowResult]) -> list[Problem]:
    return [Problem(result.column, result.reason) for result in results]
