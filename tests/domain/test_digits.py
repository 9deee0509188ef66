"""Digits of any script, however they were typed or pasted."""

import sys
import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.digits import LONGEST_CODE_TYPED, fold_digits


@pytest.mark.parametrize(
    "typed",
    [
        "123456",
        "123 456",
        " 123-456\n",
        "123\u00a0456",  # no-break space
        "123\u202f456",  # narrow no-break space
        "123\u2013456",  # en dash
        "123\u2212456",  # minus sign
        "\u2066123456\u2069",  # isolate marks, as copied from a right-to-left page
        "12\u200b34\u200d56\ufeff",
        "١٢٣٤٥٦",
        "۱۲۳۴۵۶",
        "१२३४५६",
        "\uff11\uff12\uff13\uff14\uff15\uff16",  # full-width
        "١23۴56",
    ],
)
def test_a_code_means_the_same_in_every_script_and_with_any_gaps(typed: str) -> None:
    assert fold_digits(typed) == "123456"


def test_every_decimal_digit_of_unicode_becomes_its_ascii_digit() -> None:
    digits = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) == "Nd"]
    assert len(digits) > 600
    for digit in digits:
        assert fold_digits(digit) == str(unicodedata.decimal(digit))


def test_letters_stay_so_that_they_can_be_refused_by_name() -> None:
    assert fold_digits("12a 4é6") == "12a4é6"


def test_a_text_of_ten_megabytes_is_refused_and_costs_nothing() -> None:
    text = "1" * 10_000_000
    tracemalloc.start()
    try:
        folded = fold_digits(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert folded == ""
    assert peak < 10_000


def test_the_longest_text_is_read_and_one_more_character_is_not() -> None:
    assert fold_digits(" " * (LONGEST_CODE_TYPED - 1) + "7") == "7"
    assert fold_digits(" " * LONGEST_CODE_TYPED + "7") == ""


@given(st.text())
def test_any_text_is_folded_once_and_for_all(text: str) -> None:
    folded = fold_digits(text)
    assert fold_digits(folded) == folded
    assert len(folded) <= len(text)
