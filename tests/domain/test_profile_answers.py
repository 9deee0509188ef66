"""Answers of every type: what is read, what is refused and in which words, and what a stored one is worth later."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.profile import CHOICES, KINDS, Kind, Option, Question
from wizard.domain.profile_answers import AnswerRefused, NotOffered, fits, print_of, read, read_imported
from wizard.words import Words

YEAR = 2026
WORDS = Words((("en", "Words"),))
OPTIONS = tuple(
    Option(name, Words((("en", name.title()), ("fr", f"le {name}")))) for name in ("wells", "pumps", "taps")
)


def question(kind: Kind, **facts: Any) -> Question:
    usual: dict[str, Any] = {"longest": 1000, "highest": 10**9} if kind != "year" else {"lowest": 1900}
    return Question(id="q", kind=kind, words=WORDS, options=OPTIONS if kind in CHOICES else (), **{**usual, **facts})


def said(kind: Kind, *texts: str, **facts: Any) -> str:
    with pytest.raises(AnswerRefused) as refused:
        read(question(kind, **facts), texts, YEAR)
    return str(refused.value.message)


@pytest.mark.parametrize(
    ("kind", "texts", "value"),
    [
        ("text", ["  Harbour \t Aid\u00a0 "], "Harbour Aid"),
        ("text", ["Cafe\u0301"], "Café"),
        ("text", ["می\u200cخواهم"], "می\u200cخواهم"),
        ("text", ["=SUM(A1)"], "=SUM(A1)"),
        ("text", ["a\u2028b"], "ab"),
        ("long-text", [" one\r\n\r\ntwo \n"], "one\n\ntwo"),
        ("number", ["1 200"], 1200),
        ("number", ["١٢"], 12),
        ("number", ["007"], 7),
        ("year", ["1998"], 1998),
        ("year", ["2026"], 2026),
        ("yes-no", ["yes"], True),
        ("yes-no", ["no"], False),
        ("choice", ["pumps"], "pumps"),
        ("choice", ["", "pumps"], "pumps"),
        ("choices", ["taps", "wells"], ["wells", "taps"]),
        ("web-address", [" https://www.harbour.example/über?q=1#x "], "https://www.harbour.example/über?q=1#x"),
        ("web-address", ["HTTPS://harbour.example:8443"], "HTTPS://harbour.example:8443"),
    ],
)
def test_an_answer_is_read(kind: Kind, texts: list[str], value: Any) -> None:
    assert read(question(kind), texts, YEAR) == value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("texts", [[], [""]])
def test_nothing_is_an_open_answer_of_every_type(kind: Kind, texts: list[str]) -> None:
    assert read(question(kind), texts, YEAR) is None


@pytest.mark.parametrize("text", ["  ", "\u200b\u202e", "\x00", "\r\n"])
def test_what_cannot_be_seen_is_no_answer(text: str) -> None:
    assert read(question("text"), [text], YEAR) is None
    assert read(question("long-text"), [text], YEAR) is None


def test_a_text_that_is_too_long_says_how_long_it_may_be() -> None:
    assert said("text", "x" * 10_000, longest=30) == "Use 30 characters or fewer. This has 10000."
    assert read(question("text", longest=30), ["x" * 30], YEAR) == "x" * 30


@pytest.mark.parametrize("text", ["12.5", "1,200", "-1", "−1", "twelve", "1e3", "10-20", "²", "0x10", "9" * 21, "½"])
def test_what_is_no_whole_number_is_not_guessed(text: str) -> None:
    assert said("number", text) == "Enter a whole number in digits, for example 1200."


def test_a_number_says_its_limits() -> None:
    assert said("number", "4", lowest=5) == "Enter 5 or more."
    assert said("number", "11", highest=10) == "Enter 10 or less."
    assert read(question("number", lowest=5, highest=5), ["5"], YEAR) == 5


def test_a_year_ends_with_this_one_unless_the_file_says_otherwise() -> None:
    assert said("year", "2027") == "Enter a year from 1900 to 2026."
    assert said("year", "1899") == "Enter a year from 1900 to 2026."
    assert said("year", "2001", highest=2000) == "Enter a year from 1900 to 2000."
    assert said("year", "last year") == "Enter the year with four digits, for example 1998."


@pytest.mark.parametrize(
    "text",
    [
        "harbour.example",
        "http://harbour.example",
        "javascript:alert(1)",
        "//harbour.example",
        "ftp://a.example",
        "data:,x",
    ],
)
def test_an_address_begins_with_https(text: str) -> None:
    assert said("web-address", text) == "Start the address with https://, for example https://www.example.org."


@pytest.mark.parametrize(
    "text",
    [
        "https://",
        "https:///path",
        "https://localhost",
        "https://.example",
        "https://a..example",
        "https://user@harbour.example",
        "https://user:word@harbour.example",
        "https://harbour.example:port",
        "https://harbour.example:99999",
        "https://[::1",
        "https://harbour.example/a b",
        "https://harbour.example\\@evil.example",
        'https://harbour.example/"onclick=x',
        "https://harbour.example/<script>",
        f"https://{'a' * 60}.{'b.' * 120}example",
    ],
)
def test_an_address_that_would_not_open_is_refused(text: str) -> None:
    assert said("web-address", text).startswith("Copy the whole address")


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("yes-no", ["perhaps"]),
        ("yes-no", ["Yes"]),
        ("choice", ["gold"]),
        ("choice", ["wells", "pumps"]),
        ("choices", ["wells", "gold"]),
        ("choices", ["wells", "wells"]),
    ],
)
def test_what_was_not_offered_is_no_answer_of_a_page(kind: Kind, texts: list[str]) -> None:
    with pytest.raises(NotOffered):
        read(question(kind), texts, YEAR)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("yes-no", "TRUE", True),
        ("yes-no", "0", False),
        ("choice", "Le Pumps", "pumps"),
        ("choices", "Taps | wells|taps", ["wells", "taps"]),
        ("choices", " | ", None),
        ("number", "12", 12),
        ("text", "", None),
    ],
)
def test_a_cell_of_a_file_names_options_by_id_or_words(kind: Kind, cell: str, value: Any) -> None:
    assert read_imported(question(kind), cell, YEAR) == value


@pytest.mark.parametrize(("kind", "cell"), [("yes-no", "perhaps"), ("choice", "gold"), ("choices", "wells|gold")])
def test_a_cell_that_names_nothing_offered_is_refused(kind: Kind, cell: str) -> None:
    with pytest.raises(NotOffered):
        read_imported(question(kind), cell, YEAR)


@pytest.mark.parametrize(
    ("kind", "value", "still"),
    [
        ("text", "x", True),
        ("text", "", False),
        ("text", 5, False),
        ("text", None, False),
        ("number", 0, True),
        ("number", True, False),
        ("number", "5", False),
        ("yes-no", False, True),
        ("yes-no", "yes", False),
        ("choice", "wells", True),
        ("choice", "gold", False),
        ("choice", ["wells"], False),
        ("choices", ["wells"], True),
        ("choices", [], False),
        ("choices", ["wells", "gold"], False),
        ("choices", [["wells"]], False),
        ("choices", "wells", False),
    ],
)
def test_a_stored_value_counts_while_it_fits_the_question(kind: Kind, value: Any, still: bool) -> None:
    assert fits(question(kind), value) == still


@given(st.sampled_from(KINDS), st.lists(st.text(max_size=40), max_size=3))
def test_whatever_is_sent_is_an_answer_that_fits_or_is_refused(kind: Kind, texts: list[str]) -> None:
    try:
        value = read(question(kind), texts, YEAR)
    except (AnswerRefused, NotOffered):
        return
    assert value is None or fits(question(kind), value)


@given(st.sampled_from(["text", "long-text"]), st.text(max_size=200))
def test_a_text_read_again_stays_the_same(kind: Kind, text: str) -> None:
    value = read(question(kind), [text], YEAR)
    assert read(question(kind), [str(value or "")], YEAR) == value
    assert "\x00" not in str(value)


def test_prints_tell_values_apart() -> None:
    values: list[Any] = [None, "", "None", "1", 1, True, ["1"], [], "null"]
    assert len({print_of(value) for value in values}) == len(values)
