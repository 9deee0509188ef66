"""A statement is compiled once a process, not once for each test's connection to its database.

SQLAlchemy keeps what it has compiled with the engine, and under the engine's dialect. Each test has both anew, so each
test compiled anew what hundreds before it had compiled. Here all dialects of one kind count as the same one, and all
engines keep what they compile in one place.
"""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

MOST = 5000  # statements; the whole application has fewer
COMPILED: LRUCache[object, object] = LRUCache(MOST)


class OneOfAKind(DefaultDialect):
    """A dialect that is equal to every other one of its class: no two of them are set up differently here."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        super().engine_created(engine)
        engine.update_execution_options(compiled_cache=COMPILED)


class Sqlite(OneOfAKind, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class Postgresql(OneOfAKind, PGDialect_psycopg):
    supports_statement_cache = True


registry.register("sqlite", __name__, Sqlite.__name__)
registry.register("postgresql.psycopg", __name__, Postgresql.__name__)
