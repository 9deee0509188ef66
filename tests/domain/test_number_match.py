"""The number and what a phone signs: every digit counts, every value of an answer is covered, none can pass for another."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from wizard.domain.number_match import NOT_ME, YES, Answer, fold_number, new_number

ANSWER = Answer("request", "challenge", "sign-in", "47", YES, "account", "https://access.tamaris.example")


@pytest.mark.parametrize("digits", [2, 3, 6])
def test_a_number_has_its_digits_and_never_begins_with_a_zero(digits: int) -> None:
    drawn = {new_number(digits) for _ in range(500)}
    assert all(len(number) == digits and number.isdigit() and number[0] != "0" for number in drawn)
    assert len(drawn) > 50


def test_every_number_of_two_digits_can_come() -> None:
    drawn = {new_number(2) for _ in range(5000)}
    assert drawn == {str(number) for number in range(10, 100)}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 4 7 ", "47"),
        ("4\u00a07", "47"),
        ("4-7", "47"),
        ("\u200f47\u200e", "47"),
        ("٤٧", "47"),
        ("۴۷", "47"),
        ("４７", "47"),
        ("४७", "47"),
        ("4x", "4x"),
        ("", ""),
        ("4" * 65, ""),
    ],
)
def test_a_number_is_read_however_it_is_written(typed: str, read: str) -> None:
    assert fold_number(typed) == read


def test_a_number_of_ten_megabytes_is_no_number() -> None:
    assert fold_number("4" * 10_000_000) == ""


@pytest.mark.parametrize("name", [field.name for field in fields(Answer)])
def test_an_answer_covers_each_of_its_values(name: str) -> None:
    other = replace(ANSWER, **{name: "another"})
    assert other.message() != ANSWER.message()
    assert other.digest() != ANSWER.digest()


def test_a_yes_never_passes_for_a_no() -> None:
    assert replace(ANSWER, decision=NOT_ME, number="").message() != replace(ANSWER, number="").message()


def test_what_is_signed_names_what_it_is_for() -> None:
    assert ANSWER.message().startswith(b"perron approval 1\n")
    assert ANSWER.message().count(b"\n") == len(fields(Answer))
