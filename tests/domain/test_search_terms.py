"""Folding for the search: whoever is written one way is found by the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.search_terms import LONGEST_WORD, MOST_WORDS, beginning, fold, stored_text, trigrams, words


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("LEA MOREL", "Léa Morel"),
        ("gonzalez", "González"),
        ("strasse", "Straße"),
        ("istanbul", "İstanbul"),
        ("isik", "Işık"),
        ("lodz", "Łódź"),
        ("soren", "Søren"),
        ("obrien", "O’Brien"),
        ("o'brien", "O’Brien"),
        ("jean-luc", "Jean‑Luc"),
        ("иванов", "ИВАНОВ"),
        ("федор", "Фёдор"),
        ("νικος", "Νίκος"),
        ("محمد", "مُحَمَّد"),
        ("احمد", "أحمد"),
        ("علي", "علی"),
        ("فاطمه", "فاطمة"),
        ("محمد", "محـــمد"),
        ("שלום", "שָׁלוֹם"),
        ("abc", "ＡＢＣ"),
        ("42", "٤٢"),
        ("amina", "\u202eAmina\u202c"),
        ("a b", "a\x00b"),
    ],
)
def test_ways_of_writing_are_one(typed: str, written: str) -> None:
    assert fold(typed) == fold(written)


@pytest.mark.parametrize(("one", "other"), [("иванов", "иванова"), ("علي", "عمر"), ("小明", "小红"), ("김", "박")])
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def is_found(question: str, *texts: str) -> bool:
    stored = stored_text(texts)
    return bool(words(question)) and all(word in stored for word in words(question))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("小明", "王小明"),
        ("王", "王小明"),
        ("田中", "田中 さくら"),
        ("さく", "田中 さくら"),
        ("김", "김철수"),
        ("철수", "김철수"),
        ("keita amina", "Amina Keita"),
        ("a.keita@", "a.keita@harbour.example"),
    ],
)
def test_parts_of_names_are_found_in_any_script(question: str, text: str) -> None:
    assert is_found(question, text)
    assert not is_found(question + "qq", text)


def test_a_word_of_the_question_that_is_missing_finds_nothing() -> None:
    assert not is_found("amina morel", "Amina Keita")


def test_each_word_stands_once_behind_two_blanks() -> None:
    assert stored_text(["Amina Keita", None, "", "amina", "Harbour  Aid"]) == "  amina  keita  harbour  aid"


def test_a_question_without_letters_and_digits_has_no_words() -> None:
    assert words(' " * - ( ) @ . % _ ') == ()


def test_a_question_counts_its_first_words_only_and_each_once() -> None:
    assert words("a A b a") == ("a", "b")
    assert len(words(" ".join(f"w{number}" for number in range(50)))) == MOST_WORDS
    assert len(words("x" * 5000)[0]) <= LONGEST_WORD


def test_even_the_beginning_of_one_letter_has_a_trigram() -> None:
    assert trigrams(beginning("a")) == ("  a",)
    assert trigrams(beginning("ami")) == (" am", "ami")
    assert trigrams("anana") == ("ana", "nan")
    assert trigrams("am") == ()


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(min_size=1, max_size=60))
def test_everybody_is_found_by_their_whole_name(name: str) -> None:
    if words(name):
        assert len(words(name)) == MOST_WORDS or is_found(name, name)
        assert all(trigrams(beginning(word)) for word in words(name))
