"""Codes of a code app, against the vectors of RFC 6238 and RFC 4226."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain import totp
from wizard.domain.totp import Match, Reason, Refusal

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode("ascii")
# RFC 6238, appendix B, the rows of SHA-1: seconds since 1970 and the code of 8 digits.
VECTORS = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]
NOW = datetime(2026, 11, 20, 10, 0, 5, tzinfo=UTC)
HERE = totp.time_step(NOW)


def code_at(step: int, secret: str = RFC_SECRET) -> str:
    return pyotp.TOTP(secret).generate_otp(step)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_library_gives_the_codes_of_rfc_6238(seconds: int, code: str) -> None:
    step = totp.time_step(datetime.fromtimestamp(seconds, UTC))
    assert pyotp.TOTP(RFC_SECRET, digits=8).generate_otp(step) == code


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_last_six_digits_of_each_vector_are_accepted_at_its_time(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.match(RFC_SECRET, code[-6:], now, None) == Match(seconds // 30)


def test_a_code_is_accepted_one_step_early_and_one_step_late_and_no_further() -> None:
    accepted = [
        offset
        for offset in range(-40, 41)
        if isinstance(totp.match(RFC_SECRET, code_at(HERE + offset), NOW, None), Match)
    ]
    assert accepted == [-1, 0, 1]


def test_without_a_window_only_the_current_step_is_accepted() -> None:
    assert totp.match(RFC_SECRET, code_at(HERE), NOW, None, window=0) == Match(HERE)
    assert not isinstance(totp.match(RFC_SECRET, code_at(HERE - 1), NOW, None, window=0), Match)


def test_a_code_cannot_be_used_twice() -> None:
    first = totp.match(RFC_SECRET, code_at(HERE), NOW, None)
    assert isinstance(first, Match)
    assert totp.match(RFC_SECRET, code_at(HERE), NOW, first.step) == Refusal(Reason.USED, step=HERE)


def test_a_code_older_than_the_last_accepted_one_is_told_as_used() -> None:
    assert totp.match(RFC_SECRET, code_at(HERE - 1), NOW, HERE) == Refusal(Reason.USED, step=HERE - 1)
    assert totp.match(RFC_SECRET, code_at(HERE - 9), NOW, HERE) == Refusal(Reason.USED, step=HERE - 9)


def test_the_next_code_is_accepted_after_a_used_one() -> None:
    assert totp.match(RFC_SECRET, code_at(HERE + 1), NOW, HERE) == Match(HERE + 1)


@pytest.mark.parametrize("offset", [-20, -11, -2, 2, 4, 20])
def test_a_code_of_a_wrong_clock_says_by_how_much(offset: int) -> None:
    answer = totp.match(RFC_SECRET, code_at(HERE + offset), NOW, None)
    assert answer == Refusal(Reason.CLOCK, step=HERE + offset, seconds_ahead=30 * offset)


@pytest.mark.parametrize("offset", [-21, 21])
def test_a_code_further_off_than_ten_minutes_is_simply_wrong(offset: int) -> None:
    assert totp.match(RFC_SECRET, code_at(HERE + offset), NOW, None) == Refusal(Reason.WRONG)


def test_a_code_that_was_told_to_be_ahead_is_never_accepted_when_its_time_comes() -> None:
    guessed = totp.match(RFC_SECRET, code_at(HERE + 4), NOW, None)
    assert isinstance(guessed, Refusal)
    later = NOW + timedelta(minutes=2)
    burned = totp.match(RFC_SECRET, code_at(HERE + 4), later, None, told_ahead=guessed.step)
    assert burned == Refusal(Reason.USED, step=HERE + 4)
    assert totp.match(RFC_SECRET, code_at(HERE + 5), later, None, told_ahead=guessed.step) == Match(HERE + 5)


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "abcdef", "12345a", "12.456", "0" * 10_000])
def test_what_is_no_code_of_six_digits_is_wrong(typed: str) -> None:
    assert totp.match(RFC_SECRET, typed, NOW, None) == Refusal(Reason.WRONG)


def test_a_code_may_be_typed_with_gaps_and_in_arabic_digits() -> None:
    code = code_at(HERE)
    arabic = code.translate({ord("0") + digit: 0x660 + digit for digit in range(10)})
    assert totp.match(RFC_SECRET, f"{arabic[:3]} {arabic[3:]}", NOW, None) == Match(HERE)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        totp.match(RFC_SECRET, code_at(HERE), NOW.replace(tzinfo=None), None)


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(-3, 3)), max_size=30))
def test_whatever_is_typed_and_when_no_step_is_accepted_twice(tries: list[tuple[int, int]]) -> None:
    now, last_step, accepted = NOW, None, []
    for seconds, offset in tries:
        now += timedelta(seconds=seconds)
        answer = totp.match(RFC_SECRET, code_at(totp.time_step(now) + offset), now, last_step)
        if isinstance(answer, Match):
            accepted.append(answer.step)
            last_step = answer.step
    assert accepted == sorted(set(accepted))


def test_secrets_have_160_bits_and_differ() -> None:
    made = {totp.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b32decode(secret)) for secret in made} == {20}


def test_the_provisioning_uri_names_issuer_twice_and_keeps_the_defaults_of_code_apps() -> None:
    secret = totp.new_secret()
    parts = urlsplit(totp.provisioning_uri(secret, "Maison des métiers", "anna@example.org (2)"))
    fields = parse_qs(parts.query)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Maison des métiers:anna@example.org (2)"
    assert fields["secret"] == [secret]
    assert fields["issuer"] == ["Maison des métiers"]
    assert fields.get("algorithm", ["SHA1"]) == ["SHA1"]
    assert fields.get("digits", ["6"]) == ["6"]
    assert fields.get("period", ["30"]) == ["30"]


def test_a_code_app_that_reads_the_uri_makes_codes_that_match() -> None:
    secret = totp.new_secret()
    app = pyotp.parse_uri(totp.provisioning_uri(secret, "Perron", "anna"))
    assert isinstance(app, pyotp.TOTP)
    assert totp.match(secret, app.at(NOW), NOW, None) == Match(HERE)


def test_a_colon_in_the_issuer_does_not_split_the_label() -> None:
    parts = urlsplit(totp.provisioning_uri(RFC_SECRET, "Portal: north", "a:b"))
    assert unquote(parts.path) == "/Portal  north:a b"
