"""The index of texts on both databases: what can be found, what is nobody's difference, and what it takes away again."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, select, text, update

from tests.support.accounts import add_account
from tests.support.databases import close, migrate
from tests.support.postgresql import PostgresqlServer
from tests.support.settings import make_settings
from wizard import extensions
from wizard.domain import search_terms
from wizard.models import (
    SearchEntry,
    db,
    search_in_postgresql,
    search_in_sqlite,
    search_index,
    search_questions,
    write,
)

NAMES = {
    "amina": "Amina Keita",
    "ivan": "Иван Ковальчук",
    "fatima": "فاطمة محمد",
    "wang": "王小明",
    "odd": """100% _raw_ "quoted" back\\slash NEAR(x) star* (round)""",
}


@pytest.fixture
def filled(app_context: Flask) -> dict[str, str]:
    """Ids of accounts, by the keys of NAMES."""
    return fill()


def fill() -> dict[str, str]:
    ids = {key: add_account(key).id for key in NAMES}
    with write() as session:
        texts = {ids[key]: (search_terms.stored_text([name]), f" C:NE N:{key.upper()} ") for key, name in NAMES.items()}
        search_index.put(session.connection(), texts)
    return ids


def found(question: str, *marks: str) -> list[str]:
    ids = ranked(search_terms.words(question), *marks)
    return [key for key in NAMES if any(add in ids for add in ids_of(key))]


def ranked(words: Sequence[str], *marks: str, most: int = 20) -> list[str]:
    db.session.rollback()
    return search_questions.ranked(words, marks, most)


def ids_of(key: str) -> list[str]:
    stored = search_terms.stored_text([NAMES[key]])
    return list(db.session.scalars(select(SearchEntry.account_id).where(SearchEntry.text == stored)))


@pytest.mark.parametrize(
    ("question", "who"),
    [
        ("amina", "amina"),
        ("AMÍ", "amina"),
        ("a", "amina"),
        ("ke am", "amina"),
        ("eita", "amina"),
        ("иван", "ivan"),
        ("محم", "fatima"),
        ("王", "wang"),
        ("小明", "wang"),
        ("100%", "odd"),
        ("_raw_", "odd"),
        ('"quoted"', "odd"),
        ("back\\sl", "odd"),
        ("near(x)", "odd"),
        ("star*", "odd"),
        ("(round", "odd"),
    ],
)
def test_a_question_finds_whom_it_means(each_database: str, filled: dict[str, str], question: str, who: str) -> None:
    assert found(question) == [who]


@pytest.mark.parametrize(
    "question", ["1%0", "am_na", "ami*", "amina OR иван", "NEAR(amina keita)", "keita'--", "é" * 300]
)
def test_no_mark_of_a_query_language_means_anything(each_database: str, filled: dict[str, str], question: str) -> None:
    assert found(question) == []


def test_a_changed_text_is_found_by_the_new_words_only(each_database: str, filled: dict[str, str]) -> None:
    with write() as session:
        session.execute(update(SearchEntry).where(SearchEntry.account_id == filled["amina"]).values(text="  leila"))
    assert ranked(["lei"]) == [filled["amina"]]
    assert ranked(["amina"]) == []


def test_marks_leave_out_who_has_none_and_nobody_can_type_one(each_database: str, filled: dict[str, str]) -> None:
    assert found("a", "C:NE") == found("a", "C:NE", "N:AMINA") == ["amina"]
    assert found("иван", "C:NE", "N:IVAN") == ["ivan"]
    assert found("a", "C:N") == found("a", "C:NE", "N:IVAN") == found("иван", "N:AMINA") == []
    assert found("N:AMINA") == found("c:ne") == []


def test_changed_marks_count_at_once(each_database: str, filled: dict[str, str]) -> None:
    with write() as session:
        session.execute(update(SearchEntry).where(SearchEntry.account_id == filled["amina"]).values(marks=" C:ML "))
    assert (found("amina", "C:ML"), found("amina", "C:NE")) == (["amina"], [])


def test_a_removed_text_is_not_found(each_database: str, filled: dict[str, str]) -> None:
    with write() as session:
        session.execute(text("DELETE FROM search_entries"))
    assert found("amina") == []


def test_writing_the_same_text_again_keeps_the_entry(each_database: str, filled: dict[str, str]) -> None:
    numbers = select(SearchEntry.number, SearchEntry.account_id).order_by(SearchEntry.number)
    before = db.session.execute(numbers).all()
    with write() as session:
        stored = {filled["amina"]: ("  amina  keita", " C:NE "), filled["ivan"]: ("  иван", " C:NE ")}
        search_index.put(session.connection(), stored)
        search_index.put(session.connection(), {})
    assert db.session.execute(numbers).all() == before


def test_frequent_words_come_in_order_and_beginnings_first(
    each_database: str, app_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_in_postgresql, "SAMPLE", 40)
    monkeypatch.setattr(search_in_sqlite, "WINDOW", 10)
    ids = [add_account(f"user{number}").id for number in range(60)]
    with write() as session:
        for number, account_id in enumerate(ids):  # one by one, so that their order is known
            word = "maria" if number in {55, 57} else "annamaria"
            mark = " C:ML " if number % 2 else " C:NE "
            search_index.put(session.connection(), {account_id: (f"  {word}  user{number}", mark)})
    others = [each for number, each in enumerate(ids) if number not in {55, 57}]
    assert ranked(["maria"]) == [ids[55], ids[57], *others[:18]]
    assert ranked(["maria"], most=70) == [ids[55], ids[57], *others]
    assert ranked(["annam"], most=30) == others[:30]
    assert ranked(["annam", "user9"], most=30) == [ids[9]]
    assert ranked(["maria"], "C:ML") == [ids[55], ids[57], *[each for each in others if each in ids[1::2]][:18]]
    assert ranked(["annam"], "C:NE") == ids[0::2][:20]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresql_plans_the_rest_of_the_transaction_as_before(filled: dict[str, str]) -> None:
    names = search_in_postgresql._PLANNING

    def settings() -> list[str]:
        return [str(db.session.scalar(text(f"SHOW {name}"))) for name in names]

    before = settings()
    search_questions.ranked(["amina"], (), 20)
    assert settings() == before


def test_what_is_made_here_is_no_difference_to_the_models(each_database: str, app_context: Flask) -> None:
    with db.engine.connect() as connection:
        options = {"compare_type": True, "user_module_prefix": "base."}
        hidden = MigrationContext.configure(connection, opts=options | {"include_name": search_index.is_of_the_models})
        assert compare_metadata(hidden, db.metadata) == []
        seen = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(seen, db.metadata) != []


def test_what_was_made_can_be_taken_away_and_made_again(each_database: str, filled: dict[str, str]) -> None:
    def made() -> list[str]:
        with db.engine.connect() as connection:
            there = inspect(connection)
            names = there.get_table_names() + [str(each["name"]) for each in there.get_indexes("search_entries")]
            return sorted(name for name in names if name.startswith(search_index.PREFIX))

    before = made()
    with write() as session:
        search_index.drop(session.connection())
    assert made() == []
    with write() as session:
        search_index.create(session.connection())
        search_index.create(session.connection())
    assert made() == before
    assert found("eita") == ["amina"]


def test_each_database_says_what_it_can_find(each_database: str, app_context: Flask) -> None:
    # The tests' own PostgreSQL has the character type C, which knows no letters but those of ASCII.
    assert search_index.kind() == ("trigrams" if each_database == "sqlite" else "latin-trigrams")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_without_the_extension_the_beginnings_of_words_are_found(filled: dict[str, str]) -> None:
    role = f"plain_{uuid.uuid4().hex[:8]}"
    with write() as session:
        for statement in (
            f"CREATE ROLE {role}",
            "DROP EXTENSION pg_trgm CASCADE",
            f"GRANT CREATE, USAGE ON SCHEMA public TO {role}",
            f"ALTER TABLE search_entries OWNER TO {role}",
            f"SET LOCAL ROLE {role}",
        ):
            session.execute(text(statement))
        search_index.create(session.connection())
        session.execute(text("RESET ROLE"))
    try:
        assert search_index.kind() == "prefixes"
        assert [found(question) for question in ("kei am", "王", "محم", "100%", "back\\", "\"quo")] == [
            ["amina"], ["wang"], ["fatima"], ["odd"], ["odd"], ["odd"],
        ]  # fmt: skip
        assert found("eita") == found("o'x") == found("am:*") == []
    finally:
        with write() as session:
            session.execute(
                text(f"ALTER TABLE search_entries OWNER TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}")
            )


@pytest.fixture
def with_all_letters(postgresql: PostgresqlServer, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database whose character type knows the letters of every script."""
    name = f"perron_test_{uuid.uuid4().hex[:12]}"
    admin = re.sub(r"\+psycopg", "", postgresql.url("postgres"))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'")
    migrate(postgresql.url(name), tmp_path)
    app = Flask("wizard")
    extensions.init_app(app, make_settings(tmp_path, database_url=postgresql.url(name)))
    with app.app_context():
        yield app
    close(app)
    postgresql.drop(name)


def test_a_database_that_knows_all_letters_finds_parts_of_words_in_all_scripts(with_all_letters: Flask) -> None:
    fill()
    assert search_index.kind() == "trigrams"
    assert [found(question) for question in ("вальч", "طمه", "小明", "eita")] == [
        ["ivan"],
        ["fatima"],
        ["wang"],
        ["amina"],
    ]
