"""The two sets of password rules: what they list, what they refuse, and in which words."""

import string
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wizard.domain.password_rules import (
    ASCII_SYMBOLS,
    KINDS,
    PasswordContext,
    PasswordTooLong,
    kinds_in,
    normalised,
    problems,
    rules_for,
)

CLASSIC = PasswordContext(rules="classic", has_second_factor=True, username="anna.berg")
MODERN = PasswordContext(
    rules="modern", has_second_factor=True, username="anna.berg", organisation_words=("Hafenverein", "de")
)
ONE = "1 of the 3 kinds needed is there."
TWO = "2 of the 3 kinds needed are there."
ALONE = PasswordContext(rules="modern", has_second_factor=False)


def found(password: str, context: PasswordContext = CLASSIC) -> list[str]:
    return [problem.id for problem in problems(password, context)]


def told(password: str, context: PasswordContext = CLASSIC) -> list[str]:
    return [str(problem.message) for problem in problems(password, context)]


def test_the_symbols_are_the_32_of_ascii_in_the_order_of_the_guide() -> None:
    printed = "@ # $ % ^ & * - _ ! + = [ ] { } | \\ : ' , . ? / ` ~ \" ( ) ; < >"
    assert " ".join(ASCII_SYMBOLS) == printed
    assert sorted(ASCII_SYMBOLS) == sorted(string.punctuation)


def test_the_classic_rules_are_the_five_of_the_printed_guide() -> None:
    rules = rules_for("classic", has_second_factor=True, organisation_words=())
    assert [rule.id for rule in rules] == ["length", "kinds", "no-username", "not-common", "not-same"]
    assert str(rules[0].text) == "Use 8 characters or more."
    assert rules[1].kinds == KINDS == ("capital", "small", "digit", "symbol")
    assert [rule.id for rule in rules if rule.checked_later] == ["not-common", "not-same"]


@pytest.mark.parametrize(("has_second_factor", "least"), [(True, 8), (False, 15)])
def test_the_modern_rules_ask_for_no_kinds_and_for_length_when_the_password_stands_alone(
    has_second_factor: bool, least: int
) -> None:
    rules = rules_for("modern", has_second_factor=has_second_factor, organisation_words=("Hafenverein",))
    assert [rule.id for rule in rules] == ["length", "no-username", "not-common", "not-same"]
    assert str(rules[0].text) == f"Use {least} characters or more."
    assert str(rules[1].text) == "Leave out your user name and the name of your organisation."


def test_an_installation_may_set_its_own_length() -> None:
    assert str(rules_for("classic", has_second_factor=True, shortest=12)[0].text) == "Use 12 characters or more."
    context = PasswordContext(rules="classic", has_second_factor=True, shortest=12, longest=64)
    assert told("Abcde#12345") == []
    assert told("Abcde#12345", context) == ["Use 12 characters or more. This has 11."]
    assert found("Abcde#1234" * 7, context) == ["too-long"]


@pytest.mark.parametrize(
    "password",
    ["Tram4bus", "tram bus 9", "TRAM-BUS-9", "Tram bus", "Élan vital", "Ærø-1234", "صباح ال3خير", "早上好吗今天1!",
     "Tram4bus" * 32, "😀Tram😀Bus", "Tram\tbus"],
)  # fmt: skip
def test_good_passwords_have_no_problem(password: str) -> None:
    assert problems(password, CLASSIC) == ()


def test_an_empty_password_is_one_problem_only() -> None:
    assert told("") == ["Enter a password."]


def test_a_short_password_is_told_both_figures() -> None:
    assert told("Tram4b") == ["Use 8 characters or more. This has 6."]
    assert told("Tram 4 the bus", ALONE) == ["Use 15 characters or more. This has 14."]
    assert told("Tram 4 the buss", ALONE) == []


def test_a_long_password_is_refused_and_never_cut() -> None:
    assert problems("Ab1!" * 64, CLASSIC) == ()
    assert told("Ab1!" * 64 + "x") == ["Use 256 characters or fewer. This has 257."]


def test_length_is_counted_in_characters_of_normal_form_c() -> None:
    assert told("E\u0301le\u0301ph1") == ["Use 8 characters or more. This has 6."]
    assert problems("😀😀😀😀😀Aa1", CLASSIC) == ()


def test_a_text_of_ten_megabytes_is_refused_at_once() -> None:
    assert told("\u0958" * 10_000_000) == ["Use 256 characters or fewer. This has 10000000."]


def test_more_than_1024_bytes_are_refused_before_they_are_normalised() -> None:
    assert normalised("a" * 1024) == "a" * 1024
    for text in ("a" * 1025, "é" * 513, "\ud800" * 342):
        with pytest.raises(PasswordTooLong):
            normalised(text)


def test_normalising_composes_and_does_nothing_else() -> None:
    assert normalised(" Cafe\u0301 ﬁ Ⅷ ") == " Café ﬁ Ⅷ "


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("TRAMLINES", f"Add two of these: a small letter, a digit, a symbol. {ONE}"),
        ("hobnailery", f"Add two of these: a capital letter, a digit, a symbol. {ONE}"),
        ("8310274659", f"Add two of these: a capital letter, a small letter, a symbol. {ONE}"),
        ("[]{}=+(;;)", f"Add two of these: a capital letter, a small letter, a digit. {ONE}"),
        ("TramLines", f"Add a digit or a symbol: {TWO}"),
        ("TRAM83LINE", f"Add a small letter or a symbol: {TWO}"),
        ("TRAM LINES", f"Add a small letter or a digit: {TWO}"),
        ("tram83lines", f"Add a capital letter or a symbol: {TWO}"),
        ("tram lines", f"Add a capital letter or a digit: {TWO}"),
        ("8310 2746", f"Add a capital or a small letter: {TWO}"),
    ],
)  # fmt: skip
def test_too_few_kinds_are_told_with_what_is_missing(password: str, message: str) -> None:
    assert message in told(password)
    assert "too-few-kinds" in found(password)
    assert "too-few-kinds" not in found(password, MODERN)


@pytest.mark.parametrize(
    ("character", "kind"),
    [("A", "capital"), ("É", "capital"), ("Ж", "capital"), ("a", "small"), ("ß", "small"), ("م", "small"),
     ("早", "small"), ("7", "digit"), ("٧", "digit"), (" ", "symbol"), ("€", "symbol"), ("Ⅷ", "symbol"),
     ("😀", "symbol"), *((symbol, "symbol") for symbol in ASCII_SYMBOLS)],
)  # fmt: skip
def test_every_character_is_of_one_kind(character: str, kind: str) -> None:
    assert kinds_in(character) == {kind}


@pytest.mark.parametrize("password", ["Anna.Berg1", "xANNA.BERGx1", "my anna.berg!"])
def test_the_user_name_may_not_stand_in_the_password_whatever_its_capitals(password: str) -> None:
    assert "contains-username" in found(password)
    assert "Leave out your user name, anna.berg." in told(password)
    assert "contains-username" in found(password, MODERN)


def test_the_user_name_is_found_in_either_normal_form() -> None:
    context = PasswordContext(rules="classic", has_second_factor=True, username="E\u0301LODIE")
    assert found("Élodie-1984", context) == ["contains-username"]
    context = PasswordContext(rules="classic", has_second_factor=True, username="Straße")
    assert found("STRASSE-1984x", context) == ["contains-username"]


@pytest.mark.parametrize("username", ["", " ", "a", "ab"])
def test_a_user_name_of_one_or_two_letters_is_not_looked_for(username: str) -> None:
    assert found("Tram4bus-ab", PasswordContext(rules="classic", has_second_factor=True, username=username)) == []


def test_the_organisations_name_is_refused_by_the_modern_rules_only() -> None:
    assert told("my hafenVEREIN x", MODERN) == ["Leave out the name of your organisation: Hafenverein."]
    classic = PasswordContext(rules="classic", has_second_factor=True, organisation_words=("Hafenverein",))
    assert found("my hafenVEREIN x", classic) == []


def test_a_very_short_word_of_the_organisations_name_is_not_looked_for() -> None:
    assert found("made of wood", MODERN) == []


@pytest.mark.parametrize("context", [CLASSIC, MODERN])
@pytest.mark.parametrize("password", ["Password1", "PASSWORD!", "P@ssw0rd"])
def test_common_passwords_are_refused_by_both_sets(password: str, context: PasswordContext) -> None:
    assert "common" in found(password, context)
    assert "Use another one. This one is on lists of common passwords." in told(password, context)


@pytest.mark.parametrize("rules", ["classic", "modern"])
def test_the_temporary_and_the_last_password_are_refused_by_both_sets(rules: str) -> None:
    context = PasswordContext(rules, True, same_as_temporary=True, same_as_last=True)  # type: ignore[arg-type]
    assert found("Tram4bus", context) == ["same-as-temporary", "same-as-last"]
    assert told("Tram4bus", context) == [
        "Use a new password. This is your temporary password.",
        "Use a new password. This is the one you had before.",
    ]


def test_all_causes_are_told_at_once_in_the_order_of_the_rules() -> None:
    context = PasswordContext(rules="classic", has_second_factor=True, username="anna", same_as_last=True)
    assert found("anna", context) == ["too-short", "too-few-kinds", "contains-username", "common", "same-as-last"]


def test_capitals_and_small_letters_differ() -> None:
    assert normalised("TramBus1") != normalised("tramBus1")


@given(st.text(max_size=300), st.sampled_from([CLASSIC, MODERN, ALONE]))
def test_any_text_gets_a_decision_and_each_problem_a_whole_sentence(password: str, context: PasswordContext) -> None:
    answers = problems(password, context)
    assert len({problem.id for problem in answers}) == len(answers)
    assert all(str(problem.message).endswith(".") and "%(" not in str(problem.message) for problem in answers)


@given(st.text(max_size=60))
def test_both_normal_forms_of_a_password_are_judged_alike(password: str) -> None:
    decomposed = unicodedata.normalize("NFD", password)
    assume(len(decomposed) <= 250)
    assert told(unicodedata.normalize("NFC", password)) == told(decomposed)


@given(st.text(st.characters(codec="ascii", min_codepoint=32), min_size=8, max_size=60))
def test_a_classic_password_is_accepted_only_with_three_kinds_and_length(password: str) -> None:
    kinds = sum(any(test(c) for c in password) for test in (str.isupper, str.islower, str.isdigit))
    kinds += any(not c.isalnum() for c in password)
    assert ("too-few-kinds" in found(password)) == (kinds < 3)
