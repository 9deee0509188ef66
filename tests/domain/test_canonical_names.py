"""Keys of user names and addresses, and names that may not be kept or mailed as they are."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.canonical_names import (
    NameRefused,
    Reason,
    canonical_email,
    canonical_username,
    display_name_problem,
    mailbox_safe,
)

IDS_OF_UNSEEN = {
    "\n": Reason.NEWLINE,
    "\r": Reason.NEWLINE,
    "\u2028": Reason.NEWLINE,
    "\x00": Reason.CONTROL,
    "\t": Reason.CONTROL,
    "\x7f": Reason.CONTROL,
    "\u200b": Reason.CONTROL,
    "\ue000": Reason.CONTROL,
    "\ud800": Reason.CONTROL,
    "\u202e": Reason.BIDI,
    "\u2066": Reason.BIDI,
    "\u200f": Reason.BIDI,
}


def refused(text: str) -> Reason | None:
    try:
        canonical_username(text)
    except NameRefused as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("anna", "anna"),
        ("  Anna ", "anna"),
        ("ANNA.B-1_x+y@Z", "anna.b-1_x+y@z"),
        ("\uff21nna", "anna"),  # full-width A
        ("\u00a0anna\u2003", "anna"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("e\u0301lodie", "élodie"),
        ("Иван", "иван"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("σίσυφος", "σίσυφοσ"),
        ("مريم٣", "مريم3"),
        ("हिन्दी१", "हिन्दी1"),
        ("山田", "山田"),
        ("山田たろうー", "山田たろうー"),
        ("ﬁona", "fiona"),
    ],
)
def test_a_user_name_has_one_key_however_it_is_typed(typed: str, key: str) -> None:
    assert canonical_username(typed) == key


def test_the_kelvin_sign_finds_the_same_name_as_a_k() -> None:
    assert canonical_username("mi\u212ae") == canonical_username("mike")


def test_the_dotless_i_is_another_letter() -> None:
    assert canonical_username("m\u0131ke") != canonical_username("mike")


@pytest.mark.parametrize("text", ["аnna", "annа", "ivаn@example", "αnna", "ivan-иван", "anna山田"])
def test_letters_of_two_scripts_in_one_name_are_refused(text: str) -> None:
    assert refused(text) is Reason.MIXED_SCRIPTS


@pytest.mark.parametrize("text", ["", " ", "\u3000"])
def test_no_name_is_no_name(text: str) -> None:
    assert refused(text) is Reason.EMPTY


@pytest.mark.parametrize("text", ["anna b", "anna/b", "<anna>", "anna;", "anna'--", "a\\b", "a:b", "a,b", "☃", "a½"])
def test_other_characters_are_refused(text: str) -> None:
    assert refused(text) is Reason.CHARACTER


@pytest.mark.parametrize(("character", "reason"), IDS_OF_UNSEEN.items(), ids=ascii)
def test_what_cannot_be_seen_is_refused_everywhere(character: str, reason: Reason) -> None:
    for text in (f"an{character}na", f"anna{character}", f"{character}anna"):
        assert refused(text) is reason
        assert display_name_problem(text) is reason
        with pytest.raises(NameRefused) as refusal:
            canonical_email(f"{text}@example.org")
        assert refusal.value.reason is reason


@pytest.mark.parametrize("text", ["a" * 321, "a" * 10_000_000, "\ufdfa" * 10_000])
def test_a_name_that_is_too_long_is_refused_before_it_is_normalised(text: str) -> None:
    assert refused(text) is Reason.TOO_LONG
    with pytest.raises(NameRefused, match="too-long"):
        canonical_email(text)


def test_a_name_that_normalising_makes_too_long_is_refused() -> None:
    assert refused("\ufdfa" * 300) is Reason.TOO_LONG


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(NameRefused) as refusal:
        canonical_username("se cret")
    assert "se cret" not in str(refusal.value)


def test_every_letter_of_unicode_has_a_key_that_is_its_own_key() -> None:
    for point in range(sys.maxunicode + 1):
        try:
            key = canonical_username(chr(point))
        except NameRefused:
            continue
        assert canonical_username(key) == key


@given(st.text(max_size=40))
def test_the_key_of_a_user_names_key_is_the_same_key(text: str) -> None:
    try:
        key = canonical_username(text)
    except NameRefused:
        return
    assert canonical_username(key) == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Anna@Example.ORG", "anna@example.org"),
        (" anna@example.org ", "anna@example.org"),
        ("anna+portal@example.org", "anna+portal@example.org"),
        ("anna＠example.org", "anna@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna@xn--bcher-kva.example", "anna@xn--bcher-kva.example"),
        ("e\u0301lodie@example.org", "élodie@example.org"),
        ("anna@example。org", "anna@example.org"),
    ],
)
def test_an_address_has_one_key_however_it_is_typed(typed: str, key: str) -> None:
    assert canonical_email(typed) == key


@pytest.mark.parametrize(
    "text",
    ["", "anna", "anna@", "@example.org", "a b@example.org", "a@b@example.org", "anna@example..org", ".a@example.org",
     "anna@-x.org", "anna@localhost", "anna@[127.0.0.1]", '"a b"@example.org', "Anna <anna@example.org>",
     "anna@example.org,b@example.org", "a" * 65 + "@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NameRefused):
        canonical_email(text)


def test_addresses_that_only_fold_alike_share_a_key_so_mail_must_go_to_the_stored_one() -> None:
    assert canonical_email("mi\u212ae@example.org") == canonical_email("mike@example.org")


@given(st.one_of(st.emails(), st.builds("{}@{}.example".format, st.text(max_size=12), st.text(max_size=12))))
def test_the_key_of_an_addresss_key_is_the_same_key(text: str) -> None:
    try:
        key = canonical_email(text)
    except NameRefused:
        return
    assert canonical_email(key) == key


@pytest.mark.parametrize(
    "name",
    ["", "Anna", "Marie-Hélène d'Alembert", "J. R. Müller", "Y.Li", "St.John Smith", "Dr.No", "O’Brien, Jr.", "李小龍",
     "مريم بنت علي", "می\u200cخواهم", "Nguyễn Thị Minh Khai", "Association A/B", "Company & Co. (North)", "a" * 100,
     "Amazing Grace", "Combo 3.5", "v1.2"],
)  # fmt: skip
def test_the_names_of_people_and_organisations_are_kept(name: str) -> None:
    assert display_name_problem(name) is None


@pytest.mark.parametrize(
    "name",
    ["https://evil.example", "Win now: http://x", "www.evil.example", "WWW . evil", "evil.com", "Visit evil.co.uk now",
     "evil．com", "pay-here.xyz", "bit.ly/abc", "a.example/x", "javascript://x"],
)  # fmt: skip
def test_a_name_that_looks_like_a_web_address_is_refused(name: str) -> None:
    assert display_name_problem(name) is Reason.LINK


def test_a_display_name_has_a_hundred_characters_at_most() -> None:
    assert display_name_problem("é" * 101) is Reason.TOO_LONG
    assert display_name_problem("é" * 10_000_000) is Reason.TOO_LONG


@pytest.mark.parametrize(
    ("name", "mailed"),
    [
        ("Anna Li", "Anna Li"),
        ("Y.Li", "Y. Li"),
        ("J. R. Müller", "J. R. Müller"),
        ("evil.com", "evil. com"),
        ("https://www.evil.com/a.b", "https: //www. evil. com/a. b"),
        ("evil。com", "evil. com"),
        ("10.0.0.1", "10. 0. 0. 1"),
        ("Anna\r\nBcc: x@evil.org", "Anna Bcc: x@evil. org"),
        ("Anna\u202egro.live", "Annagro. live"),
        ("evil\u200b.com", "evil. com"),
        ("  a \t b ", "a b"),
    ],
)
def test_a_name_in_a_mail_carries_no_link_and_no_new_line(name: str, mailed: str) -> None:
    assert mailbox_safe(name) == mailed


@given(st.text())
def test_whatever_the_name_the_mail_stays_on_one_line_and_short(name: str) -> None:
    mailed = mailbox_safe(name)
    assert len(mailed) <= 100
    assert len(mailed.splitlines()) <= 1
    assert "://" not in mailed
    assert mailbox_safe(mailed) == mailed
