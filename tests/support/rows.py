"""The rows of an installation as a test reads or changes them beside its pages, in a context of its own."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import TypeVar

from flask import Flask
from sqlalchemy import select

from wizard.models import Base, db

Result = TypeVar("Result")
Row = TypeVar("Row", bound=Base)
Tables = dict[str, list[tuple[object, ...]]]

NOTES_OF_POSTS = frozenset({"outcomes", "throttles"})
"""What a refused post may leave behind: how often it was tried and what became of it."""


def beside(app: Flask, act: Callable[[], Result]) -> Result:
    """Run `act` with an application context of its own, as a command of the operator would."""

    def run() -> Result:
        with app.app_context():
            return act()

    return contextvars.Context().run(run)


def rows_of(app: Flask, model: type[Row], **columns: object) -> list[Row]:
    """The rows of `model` with these values, in the order in which they were written where the table knows it."""
    order = model.__table__.c.get("created_at", model.__table__.c.get("at"))

    def read() -> list[Row]:
        statement = select(model).filter_by(**columns)
        return list(db.session.scalars(statement.order_by(order) if order is not None else statement))

    return beside(app, read)


def row_of(app: Flask, model: type[Row], **columns: object) -> Row:
    """The only row of `model` with these values; fails when there are more or none."""
    found = rows_of(app, model, **columns)
    assert len(found) == 1, f"There are {len(found)} rows of {model.__tablename__} with {columns}, not one."
    return found[0]


def change(app: Flask, model: type[Base], row_id: str, **columns: object) -> None:
    """Write these values into one row."""

    def write_them() -> None:
        found = db.session.get(model, row_id)
        for name, value in columns.items():
            setattr(found, name, value)
        db.session.commit()

    beside(app, write_them)


def tables(app: Flask, besides: frozenset[str] = frozenset()) -> Tables:
    """Everything that the database holds, table by table, but for those named: equal before and after means that
    nothing has changed.
    """

    def read() -> Tables:
        connection = db.session.connection()
        found = {}
        for table in Base.metadata.sorted_tables:
            if table.name not in besides:
                rows = connection.execute(select(table)).fetchall()
                found[table.name] = sorted((tuple(row) for row in rows), key=repr)
        return found

    return beside(app, read)
