"""Marks narrow a search to a scope; nobody bears one by a name, and nobody can type one."""

from __future__ import annotations

import pytest

from wizard.domain import search_marks, search_terms
from wizard.domain.search_marks import of_country, of_language, of_organisation, sought, stored_marks

MARKS = [of_organisation("abc2def"), of_country("ne"), of_language("pt-BR")]


def test_each_mark_is_stored_once_in_an_order_that_stays() -> None:
    assert stored_marks([*MARKS, *reversed(MARKS)]) == stored_marks(MARKS) == " C:NE L:PT-BR O:ABC2DEF "


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_found_whole_only(mark: str) -> None:
    assert sought(mark) in stored_marks(MARKS)
    assert sought(mark[:-1]) not in stored_marks(MARKS)
    assert sought(mark) not in stored_marks([])


@pytest.mark.parametrize("mark", MARKS)
def test_nobodys_name_and_no_question_is_a_mark(mark: str) -> None:
    assert mark not in search_terms.stored_text([mark])
    assert all(mark not in word for word in search_terms.words(mark))


def test_scopes_of_different_kinds_have_different_marks() -> None:
    assert len({kind("fr") for kind in (of_organisation, of_country, of_language)}) == 3
    assert search_marks.of_language("fr") == search_marks.of_language("FR")
