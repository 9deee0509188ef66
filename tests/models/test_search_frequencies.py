"""Counting what is frequent in PostgreSQL's texts: true counts, made again in time, and never a matter of who is found."""

from __future__ import annotations

import zlib

import pytest
from flask import Flask

from tests.models.test_search_index import fill, found
from tests.support.accounts import add_account
from wizard.models import search_frequencies, search_in_postgresql, search_index, search_questions, write

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def test_shares_are_those_of_the_texts_and_marks(app_context: Flask) -> None:
    fill()
    assert search_frequencies.share_of("ami") == pytest.approx(1 / 5)
    assert search_frequencies.share_of("C:NE") == 1
    assert 0 < search_frequencies.share_of("xyz") < 1 / 5


def test_nobody_is_there_yet(app_context: Flask) -> None:
    assert search_frequencies.share_of("ami") > 0


def test_few_are_counted_again_soon_because_an_import_may_follow(
    app_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(search_frequencies, "monotonic", lambda: now)
    assert search_frequencies.share_of("ami") == 0.5
    fill()
    assert search_frequencies.share_of("ami") == 0.5
    now += search_frequencies.COUNTED_EVERY_WHILE_FEW
    assert search_frequencies.share_of("ami") == pytest.approx(1 / 5)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_was_counted_the_same_people_are_found(
    app_context: Flask, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    fill()
    monkeypatch.setattr(search_in_postgresql, "share_of", lambda name: zlib.crc32(f"{seed}{name}".encode()) / 2**32)
    assert found("ami keita", "C:NE") == ["amina"]
    assert found("eita", "C:NE", "N:AMINA") == ["amina"]
    assert found("ковал иван") == ["ivan"]
    assert found("小明") == ["wang"]
    assert found("quoted near(x) slash") == ["odd"]
    assert found("amina ковал") == []
    assert found("amina", "C:NE", "N:IVAN") == []


def test_pieces_without_three_letters_are_found_too(app_context: Flask) -> None:
    account_id = add_account("short").id
    with write() as session:
        search_index.put(session.connection(), {account_id: ("  x-ray  a.b", " C:NE ")})
    assert search_questions.ranked(["x-r"], (), 20) == [account_id]
    assert search_questions.ranked(["a.b"], ("C:NE",), 20) == [account_id]
