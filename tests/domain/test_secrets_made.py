"""Secrets and ids: long enough, of the promised form, and read back as people type them."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.secrets_made import (
    UNAMBIGUOUS_LETTERS,
    fold_temporary_password,
    new_id,
    new_mailed_code,
    new_temporary_password,
    new_token,
)


def test_a_token_has_256_bits_and_stands_in_an_address_as_it_is() -> None:
    made = {new_token() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in made)


def test_an_id_has_128_bits_in_small_letters() -> None:
    made = {new_id() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[a-z2-7]{26}", made_id) for made_id in made)


def test_a_mailed_code_has_six_digits_and_keeps_its_zeros() -> None:
    made = [new_mailed_code() for _ in range(5_000)]
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in made)
    assert {code[0] for code in made} == set("0123456789")
    assert {code[-1] for code in made} == set("0123456789")
    assert len(set(made)) > 4_900


def test_a_temporary_password_has_at_least_70_bits_in_groups() -> None:
    made = {new_temporary_password() for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(r"[a-km-np-z2-9]{4}-[a-km-np-z2-9]{5}-[a-km-np-z2-9]{5}", one) for one in made)
    assert 14 * math.log2(len(set(UNAMBIGUOUS_LETTERS))) >= 70


def test_no_two_characters_of_a_temporary_password_are_the_same_when_folded() -> None:
    assert fold_temporary_password(UNAMBIGUOUS_LETTERS) == UNAMBIGUOUS_LETTERS
    assert not set("lo01") & set(UNAMBIGUOUS_LETTERS)


@pytest.mark.parametrize(
    "typed",
    [
        "tulk-9mora-3vepi",
        "tulk9mora3vepi",
        " TULK 9MORA 3VEPI ",
        "Tulk–9mora—3vepi",
        "\uff54ulk-\uff19mora-3vepi",  # full-width t and 9
        "\u2066tulk-9mora-3vepi\u2069",
        "tulk-۹mora-٣vepi",
        "tuik-9mora-3vepl",
        "tu1k-9mora-3vep1",
    ],
)
def test_a_temporary_password_is_recognised_as_people_type_it(typed: str) -> None:
    assert fold_temporary_password(typed) == "tuik9mora3vepi"


def test_another_temporary_password_is_another_one() -> None:
    assert fold_temporary_password("tulk-9mora-3vepi") != fold_temporary_password("tulk-9mora-3vepj")


@given(st.text())
def test_any_text_is_folded_and_a_very_long_one_is_none(text: str) -> None:
    folded = fold_temporary_password(text)
    assert folded == "" or len(text) <= 64
