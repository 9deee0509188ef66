"""The funnel as a file for spreadsheet programs, and as plain values for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from wizard.services.funnel_figures import Funnel, Part, TreadFigures
from wizard.services.import_reports import defused

COLUMNS = (
    "kind", "name", "came", "went_on", "here", "given_up", "middle_seconds", "slow_seconds", "refused", "new_ones", "contacts", "times",
    "contacts_per_100",
)  # fmt: skip
"""Of a row of kind step. Journey, week, language and organisation have `went_on` for those inside; a refusal has `times` alone."""


def csv_of(funnel: Funnel) -> str:
    """Everything in one table; no cell is taken for a formula (ASVS 5.0, 1.2.10)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(funnel):
        writer.writerow({column: defused(str(value)) for column, value in row.items() if value is not None})
    return "\ufeff" + out.getvalue()  # without the mark spreadsheet programs read the names as another encoding


def values_of(funnel: Funnel) -> dict[str, Any]:
    """The figures as JSON can say them."""
    whole = {"came": funnel.came, "inside": funnel.inside, "middle_seconds": funnel.middle}
    desk = {"contacts": funnel.contacts, "contacts_per_100": funnel.contacts_per_100}
    rows = list(_rows(funnel))
    return {"journey": funnel.journey, "since": funnel.since, "at": funnel.at, **whole, **desk, "rows": rows}


def text_of(funnel: Funnel) -> str:
    """The figures as tables for a terminal."""
    steps = [
        (
            tread.slug, tread.came, _percent(tread), tread.here, tread.given_up, _seconds(tread.middle), _seconds(tread.slow),
            tread.refused, tread.new_ones, tread.contacts,
        )
        for tread in funnel.treads
    ]  # fmt: skip
    refusals = [(tread.slug, times, reason) for tread in funnel.treads for reason, times in tread.reasons]
    parts = [
        *((monday.date().isoformat(), part) for monday, part in funnel.weeks),
        *((name or "language not known", part) for name, part in funnel.languages),
        *((name, part) for name, part in funnel.organisations),
    ]
    took = f" The middle one of those inside took {_seconds(funnel.middle)} s." if funnel.middle is not None else ""
    rate = funnel.contacts_per_100
    desk = f" The helpdesk had {funnel.contacts} contacts, {rate} for every 100 who came." if rate is not None else ""
    texts = [
        f"{funnel.journey} since {funnel.since:%Y-%m-%d}: {funnel.came} came, {funnel.inside} inside.{took}{desk}",
        _table(
            ("step", "came", "went on", "here now", "gave up", "middle s", "slow s", "refused", "new ones", "contacts"),
            steps,
        ),
    ]
    if refusals:
        texts.append(_table(("refused at", "times", "reason"), refusals))
    if parts:
        rows = [(name, part.came, part.inside, part.here, part.given_up) for name, part in parts]
        texts.append(_table(("of", "came", "inside", "under way", "gave up"), rows))
    return "\n\n".join(texts)


def _percent(tread: TreadFigures) -> str:
    return "-" if tread.percent is None else f"{tread.percent} %"


def _seconds(value: int | None) -> str:
    return "-" if value is None else str(value)


def _table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    """The first column to the left, the others to the right; what would move a terminal's cursor is left out."""
    lines = [head, *[tuple(_plain(str(cell)) for cell in row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())


def _rows(funnel: Funnel) -> list[dict[str, Any]]:
    steps = [
        {
            "kind": "step", "name": tread.slug, "came": tread.came, "went_on": tread.went_on, "here": tread.here,
            "given_up": tread.given_up, "middle_seconds": tread.middle, "slow_seconds": tread.slow, "refused": tread.refused,
            "new_ones": tread.new_ones, "contacts": tread.contacts,
        }
        for tread in funnel.treads
    ]  # fmt: skip
    refusals: list[dict[str, Any]] = [
        {"kind": "refusal", "name": f"{tread.slug}: {reason}", "times": times}
        for tread in funnel.treads
        for reason, times in tread.reasons
    ]
    weeks = [_part("week", monday.date().isoformat(), part) for monday, part in funnel.weeks]
    languages = [_part("language", name, part) for name, part in funnel.languages]
    organisations = [_part("organisation", name, part) for name, part in funnel.organisations]
    whole = {
        "kind": "journey", "name": funnel.journey, "came": funnel.came, "went_on": funnel.inside, "middle_seconds": funnel.middle,
        "contacts": funnel.contacts, "contacts_per_100": funnel.contacts_per_100,
    }  # fmt: skip
    return [*steps, whole, *refusals, *weeks, *languages, *organisations]


def _part(kind: str, name: str, part: Part) -> dict[str, Any]:
    return {
        "kind": kind, "name": name, "came": part.came, "went_on": part.inside, "here": part.here, "given_up": part.given_up,
    }  # fmt: skip
