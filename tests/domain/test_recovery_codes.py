"""Recovery codes: ten of 80 bit, read however they are copied from paper."""

from __future__ import annotations

import base64
import re

import pytest

from wizard.domain.recovery_codes import fold_recovery_code, is_shaped_like_one, new_codes

CODE = "k7qm-3dpa-x2vn-h6tc"
FOLDED = "k7qm3dpax2vnh6tc"


def test_a_set_has_ten_different_codes_of_eighty_bit() -> None:
    codes = new_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", code)
        assert len(base64.b32decode(code.replace("-", "").upper())) * 8 == 80


def test_two_sets_share_nothing() -> None:
    assert not set(new_codes()) & set(new_codes())


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.upper(),
        f"  {CODE} ",
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        CODE.replace("-", " – "),
        CODE.replace("-", "\u00a0"),
        "\u200e" + CODE,
        "ｋ７ｑｍ３ｄｐａｘ２ｖｎｈ６ｔｃ",
        CODE.replace("7", "٧"),
    ],
)
def test_a_code_is_read_however_it_is_written(typed: str) -> None:
    assert fold_recovery_code(typed) == FOLDED
    assert is_shaped_like_one(fold_recovery_code(typed))


def test_digits_that_no_code_has_are_read_as_the_letters_they_look_like() -> None:
    assert fold_recovery_code("0181") == "olbl"


@pytest.mark.parametrize(
    "typed", ["", "k7qm-3dpa-x2vn", CODE + "a", "k7qm-3dpa-x2vn-h6t!", "é7qm-3dpa-x2vn-h6tc", "a" * 10_000_000]
)
def test_what_is_no_whole_code_is_told_apart(typed: str) -> None:
    assert not is_shaped_like_one(fold_recovery_code(typed))


def test_every_code_made_is_shaped_like_one() -> None:
    assert all(is_shaped_like_one(fold_recovery_code(code)) for code in new_codes())
