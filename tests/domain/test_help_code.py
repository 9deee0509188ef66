"""The help code that a person reads to the desk."""

import re

import pytest

from wizard.domain.help_code import HELP_CODE_LETTERS, fold_help_code, help_code

KEY = b"k" * 32


def test_the_same_session_has_the_same_code_in_text_and_in_bytes() -> None:
    assert help_code("nonce", KEY) == help_code(b"nonce", KEY)


def test_the_code_is_the_hmac_that_was_promised() -> None:
    # HMAC-SHA-256 of b"help code\0nonce", by openssl, begins with 3fae66d2; its last 25 bits from the right.
    assert help_code("nonce", KEY) == "LQ-TWU"


def test_other_sessions_and_other_keys_have_other_codes() -> None:
    codes = [help_code(str(number), KEY) for number in range(1_000)]
    assert len(set(codes)) > 990
    assert help_code("nonce", KEY) != help_code("nonce", b"q" * 32)


def test_the_code_is_short_and_has_no_letters_that_are_confused() -> None:
    codes = [help_code(str(number), KEY) for number in range(1_000)]
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{2}-[2-9A-HJ-NP-Z]{3}", code) for code in codes)
    assert set("".join(codes)) == {*HELP_CODE_LETTERS, "-"}


@pytest.mark.parametrize("typed", ["K7-42L", "k742l", " k7 42l ", "K7–42L", "k7-421", "K7-42I"])
def test_an_agent_may_type_it_in_any_way(typed: str) -> None:
    assert fold_help_code(typed) == "K7-42L"


@pytest.mark.parametrize("typed", ["", "K7-42", "K7-42QQ", "K7-42O", "K7-420", "anna", "K7-42é", "K" * 10_000])
def test_what_is_no_help_code_is_none(typed: str) -> None:
    assert fold_help_code(typed) is None


def test_a_code_survives_being_read_and_typed() -> None:
    for number in range(200):
        code = help_code(str(number), KEY)
        assert fold_help_code(code.lower().replace("-", " ")) == code
