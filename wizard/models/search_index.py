"""How the folded texts and marks of `search_entries` are indexed: with the questions' the only SQL that one database alone knows.

SQLite: an FTS5 table of trigrams beside the texts, kept by triggers. It stores no positions: it names candidates, and the text itself
decides. PostgreSQL: pg_trgm's index where the extension can be made. It knows the letters that the database's character type knows; where
that is "C", and where there is no extension, words are indexed by their beginnings instead (`kind`).
"""

from __future__ import annotations

from typing import Any, Literal
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from wizard.models.database import db
from wizard.models.search_entry import SearchEntry

Kind = Literal["trigrams", "latin-trigrams", "prefixes"]
"""Parts of words in any script; parts of words in ASCII and beginnings of all others; beginnings only."""

PREFIX = "search_index"
"""The name of SQLite's table, and how every other table and index begins that is made here; the models do not know them."""
BEGINNINGS = "array_to_tsvector(array_remove(string_to_array(text, ' '), ''))"
MARKS = "string_to_array(marks, ' ')"
_IN_SQLITE = (
    """CREATE VIRTUAL TABLE search_index USING fts5(text, marks, content='search_entries', content_rowid='number',
        tokenize='trigram case_sensitive 1', detail=none, columnsize=0)""",
    """CREATE TRIGGER search_index_added AFTER INSERT ON search_entries BEGIN
        INSERT INTO search_index(rowid, text, marks) VALUES (new.number, new.text, new.marks); END""",
    """CREATE TRIGGER search_index_removed AFTER DELETE ON search_entries BEGIN
        INSERT INTO search_index(search_index, rowid, text, marks)
        VALUES ('delete', old.number, old.text, old.marks); END""",
    """CREATE TRIGGER search_index_changed AFTER UPDATE OF number, text, marks ON search_entries BEGIN
        INSERT INTO search_index(search_index, rowid, text, marks)
        VALUES ('delete', old.number, old.text, old.marks);
        INSERT INTO search_index(rowid, text, marks) VALUES (new.number, new.text, new.marks); END""",
    "INSERT INTO search_index(search_index) VALUES ('rebuild')",
)
# Without a list of new entries: a search would have to read all of it.
_GIN = "CREATE INDEX search_index_{} ON search_entries USING gin ({}, (" + MARKS + ")) WITH (fastupdate = off)"
_PARTS_INDEX = _GIN.format("parts", "text gin_trgm_ops")
_WORDS_INDEX = _GIN.format("words", f"({BEGINNINGS})")

_kinds: WeakKeyDictionary[Engine, Kind] = WeakKeyDictionary()


# What is made


def create(connection: Connection) -> None:
    """Make the index for an empty or a filled `search_entries`, as well as this database can; what is there is made anew."""
    drop(connection)
    if connection.dialect.name == "sqlite":
        for statement in _IN_SQLITE:
            connection.exec_driver_sql(statement)
        return
    has_parts = _has_trigrams(connection)
    if has_parts:
        connection.exec_driver_sql(_PARTS_INDEX)
    if not has_parts or not _knows_all_letters(connection):
        connection.exec_driver_sql(_WORDS_INDEX)


def drop(connection: Connection) -> None:
    """Take away what `create` made; the extension stays, because others may use it."""
    _kinds.pop(connection.engine, None)
    if connection.dialect.name == "sqlite":
        for trigger in ("added", "removed", "changed"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {PREFIX}_{trigger}")
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {PREFIX}")
        return
    for index in ("parts", "words"):
        connection.exec_driver_sql(f"DROP INDEX IF EXISTS {PREFIX}_{index}")


def is_of_the_models(name: str | None, type_: str, parents: Any) -> bool:  # noqa: ARG001 - Alembic's hook `include_name`
    """Whether Alembic shall compare this table or index with the models: not those that are made here."""
    return not (name or "").startswith(PREFIX)


def kind() -> Kind:
    """What can be found in this database; said by `perron doctor`. Asked once a process."""
    engine = db.engine
    if engine not in _kinds:
        with engine.connect() as connection:
            _kinds[engine] = _kind(connection)
    return _kinds[engine]


def _kind(connection: Connection) -> Kind:
    if connection.dialect.name == "sqlite":
        return "trigrams"
    named = "SELECT to_regclass('search_index_parts') IS NOT NULL, to_regclass('search_index_words') IS NOT NULL"
    parts, words = connection.exec_driver_sql(named).one()
    if not parts:
        return "prefixes"
    return "latin-trigrams" if words else "trigrams"


def _has_trigrams(connection: Connection) -> bool:
    """Make the extension; an owner of the database may, since it is a trusted one. False where it is missing or forbidden."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError:
        return False
    return True


def _knows_all_letters(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT cardinality(show_trgm('жам')) > 0").scalar_one())


# What is written


def put(connection: Connection, texts: dict[str, tuple[str, str]]) -> None:
    """Keep these texts and marks, by account, in the open transaction. What has not changed is not written."""
    if not texts:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(SearchEntry)
    said = {"text": statement.excluded.text, "marks": statement.excluded.marks}
    is_new = or_(*(getattr(SearchEntry, name) != value for name, value in said.items()))
    statement = statement.on_conflict_do_update(index_elements=["account_id"], set_=said, where=is_new)
    rows = [{"account_id": key, "text": folded, "marks": marks} for key, (folded, marks) in sorted(texts.items())]
    connection.execute(statement, rows)


def learn(connection: Connection) -> None:
    """After many texts were written: let PostgreSQL learn what is frequent. SQLite needs no such thing."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE search_entries")
