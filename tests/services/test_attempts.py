"""Tries are counted in the database before the secret is looked at, alike for names that exist and names that do not."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.races import at_once
from tests.support.rows import beside, rows_of
from wizard.domain.throttle import Backoff, Window
from wizard.models import Throttle, write
from wizard.services import attempts

RULE = Backoff(limit=3, first=60, longest=900, fade=43_200)
WINDOW = Window(5, 60)


def test_a_count_is_kept_and_a_pause_begins(each_database: str, app_context: Flask, clock: MovableClock) -> None:
    verdicts = [attempts.count("password", "amina", RULE, f"wrong {n}") for n in range(4)]
    assert [(verdict.allowed, verdict.left) for verdict in verdicts] == [(True, 2), (True, 1), (True, 0), (False, 0)]
    assert attempts.paused_until("password", "amina") == verdicts[2].paused_until
    clock.advance(seconds=61)
    assert attempts.paused_until("password", "amina") is None
    assert attempts.count("password", "amina", RULE, "wrong 9").allowed


def test_names_and_kinds_are_counted_apart(app_context: Flask) -> None:
    for _ in range(4):
        attempts.count("password", "amina", RULE)
    assert attempts.count("password", "lea", RULE).allowed
    assert attempts.count("code", "amina", RULE).allowed


def test_the_same_wrong_one_counts_once_and_is_not_readable_in_the_row(app: Flask, app_context: Flask) -> None:
    for _ in range(6):
        assert attempts.count("password", "amina", RULE, "amina\0hunter2").left == 2
    (row,) = rows_of(app, Throttle)
    assert row.count == 1
    assert "hunter2" not in repr(vars(row))
    assert "amina" not in repr(vars(row))


def test_of_several_counters_none_moves_unless_all_allow(app: Flask, app_context: Flask) -> None:
    narrow, wide = ("mail-sends", "amina", Window(2, 60)), ("mail-sends-day", "amina", Window(100, 86_400))
    answers = [all(verdict.allowed for verdict in attempts.count_all([narrow, wide])) for _ in range(4)]
    assert answers == [True, True, False, False]
    assert {row.kind: row.count for row in rows_of(app, Throttle)} == {"mail-sends": 2, "mail-sends-day": 2}


def test_looking_how_many_are_left_takes_none(app: Flask, app_context: Flask) -> None:
    assert attempts.left_of("source", "x", WINDOW) == (5, None)
    attempts.count("source", "x", WINDOW)
    for _ in range(3):
        assert attempts.left_of("source", "x", WINDOW) == (4, None)
    for _ in range(4):
        attempts.count("source", "x", WINDOW)
    assert attempts.left_of("source", "x", WINDOW)[0] == 0


def test_a_right_try_begins_anew_and_a_shared_counter_takes_back_one(app: Flask, app_context: Flask) -> None:
    for _ in range(3):
        attempts.count("password", "amina", RULE)
        attempts.count("source", "x", WINDOW)
    with write():
        attempts.reset("password", "amina")
        attempts.take_back("source", "x")
    assert {row.kind: row.count for row in rows_of(app, Throttle)} == {"password": 0, "source": 2}
    assert attempts.paused_until("password", "amina") is None


def test_fifty_at_once_are_each_counted(each_database: str, app: Flask) -> None:
    """Nobody's first try makes a row of its own beside another's."""
    verdicts = at_once(
        [lambda: beside(app, lambda: attempts.count("source", "new", Window(20, 60))) for _ in range(50)]
    )
    assert sorted(verdict.allowed for verdict in verdicts) == [False] * 30 + [True] * 20
    assert [row.count for row in rows_of(app, Throttle)] == [20]


@pytest.mark.settings(password_tries=2, password_pause=5, password_longest_pause=7)
def test_the_rule_is_the_installations(app_context: Flask, clock: MovableClock) -> None:
    rule = attempts.password_rule()
    attempts.count("password", "amina", rule, "a")
    second = attempts.count("password", "amina", rule, "b")
    assert second.paused_until is not None
    assert (second.paused_until - clock.now()).total_seconds() == 5
    clock.advance(seconds=5)
    third = attempts.count("password", "amina", rule, "c")
    assert third.paused_until is not None
    assert (third.paused_until - clock.now()).total_seconds() == 7
