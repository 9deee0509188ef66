"""Which account a verified address leads to by itself, and why others lead to the helpdesk (S-15, S-34; SEC-47)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.domain.address_match import Record, doubt_of, is_public_domain, match, match_key
from wizard.domain.canonical_names import NameRefused, canonical_email

NOBODY, SEVERAL, SHARED, PLACEHOLDER = None, "several-accounts", "shared-mailbox", "placeholder"


@dataclass(frozen=True)
class Pair:
    """What is typed and proven, the stored addresses (one ending in "!" is confirmed by the helpdesk), and what comes of it:
    the index of the account that it leads to, or why it leads to none.
    """

    typed: str
    stored: str
    leads_to: int | str | None
    why: str

    def __str__(self) -> str:
        return self.why


HOME = "amina.keita@harbour.example"
PAIRS = [
    Pair(HOME, HOME, 0, "the same letters"),
    Pair("AMINA.Keita@Harbour.EXAMPLE", HOME, 0, "case of what is typed"),
    Pair(HOME, "Amina.KEITA@HARBOUR.example", 0, "case of what is stored"),
    Pair("ａｍｉｎａ.keita@harbour.example", HOME, 0, "letters of full width (NFKC)"),
    Pair("amina.keita＠harbour.example", HOME, 0, "the @ of full width"),
    Pair("amina．keita@harbour．example", HOME, 0, "dots of full width"),
    Pair("amina.keita@harbour。example", HOME, 0, "the ideographic full stop in the domain"),
    Pair("  amina.keita@harbour.example ", HOME, 0, "blanks at the ends"),
    Pair("he\u0301le\u0300ne@harbour.example", "hélène@harbour.example", 0, "accents beside their letters"),
    Pair("ﬁona@harbour.example", "fiona@harbour.example", 0, "a ligature"),
    Pair("groß@harbour.example", "gross@harbour.example", 0, "sharp s is folded as case is"),
    Pair("lea@café-aide.example", "lea@xn--caf-aide-d1a.example", 0, "IDN typed, punycode stored"),
    Pair("lea@xn--caf-aide-d1a.example", "lea@café-aide.example", 0, "punycode typed, IDN stored"),
    Pair("lea@CAFÉ-aide.example", "lea@cafe\u0301-aide.example", 0, "IDN in two forms"),
    Pair("lea@XN--CAF-AIDE-D1A.example", "lea@café-aide.example", 0, "punycode in capitals"),
    Pair("lea@cafe-aide.example", "lea@café-aide.example", NOBODY, "another domain without the accent"),
    Pair("amina.keita+un@harbour.example", HOME, 0, "plus typed, plain stored"),
    Pair(HOME, "amina.keita+portal@harbour.example", 0, "plain typed, plus stored"),
    Pair("amina.keita+a@harbour.example", "amina.keita+b@harbour.example", 0, "two different pluses"),
    Pair("amina.keita+A+b@harbour.example", HOME, 0, "two pluses in one address"),
    Pair("amina.keita+@harbour.example", HOME, 0, "a plus with nothing behind it"),
    Pair("+keita@harbour.example", HOME, NOBODY, "a name that begins with a plus keeps it"),
    Pair(
        "amina.keita+x@harbour.example", "amina.keita+x@harbour.example amina.keita@harbour.example", 0, "exact first"
    ),
    Pair(HOME, "amina.keita+x@harbour.example amina.keita@harbour.example", 1, "exact among those with a plus"),
    Pair(HOME, "amina.keita+x@harbour.example amina.keita+y@harbour.example", SEVERAL, "two with a plus, none exact"),
    Pair(HOME, f"{HOME} {HOME}", SEVERAL, "two records on one address"),
    Pair(HOME, f"{HOME} {HOME} {HOME}", SEVERAL, "three records on one address"),
    Pair(HOME, f"{HOME} {HOME}!", 1, "two records, one confirmed"),
    Pair(HOME, f"{HOME}! {HOME}!", SEVERAL, "two records, both confirmed"),
    Pair(HOME, f"amina.keita+x@harbour.example! {HOME}", 1, "an exact one before a confirmed one with a plus"),
    Pair("aminakeita@harbour.example", HOME, NOBODY, "dots are part of a name"),
    Pair(
        "lea.morel@gmail.com", "leamorel@gmail.com", NOBODY, "dots are not folded, not even where the mail server does"
    ),
    Pair("lea@googlemail.com", "lea@gmail.com", NOBODY, "two names of one provider are two domains"),
    Pair("аmina.keita@harbour.example", HOME, NOBODY, "Cyrillic а"),
    Pair("amina.keіta@harbour.example", HOME, NOBODY, "Ukrainian і"),
    Pair("amina.keita@hаrbour.example", HOME, NOBODY, "Cyrillic а in the domain"),
    Pair("αmina.keita@harbour.example", HOME, NOBODY, "Greek alpha"),
    Pair("amına.keita@harbour.example", HOME, NOBODY, "Turkish i without its dot"),
    Pair("amina.kelta@harbour.example", HOME, NOBODY, "l for i"),
    Pair("amina.keita@harbour.example.evil.example", HOME, NOBODY, "a longer domain"),
    Pair("amina.keita@sub.harbour.example", HOME, NOBODY, "a domain below"),
    Pair("amina.keita@harbour.exam", HOME, NOBODY, "a shorter domain"),
    Pair("info@harbour.example", "info@harbour.example", SHARED, "a shared mailbox"),
    Pair("INFO+amina@harbour.example", "info@harbour.example", SHARED, "a shared mailbox with a plus"),
    Pair("info@harbour.example", "info@harbour.example!", 0, "a shared mailbox that the helpdesk has confirmed"),
    Pair("secretariat@harbour.example", "secretariat@harbour.example", SHARED, "French"),
    Pair("comptabilite@harbour.example", "comptabilite@harbour.example", SHARED, "French, without its accent"),
    Pair("oficina@harbour.example", "oficina@harbour.example", SHARED, "Spanish"),
    Pair("rrhh@harbour.example", "rrhh@harbour.example", SHARED, "Spanish, staff"),
    Pair("contato@harbour.example", "contato@harbour.example", SHARED, "Portuguese"),
    Pair("equipo@harbour.example", "equipo@harbour.example", SHARED, "Spanish, team"),
    Pair("presse@harbour.example", "presse@harbour.example", SHARED, "German and French"),
    Pair("postmaster@harbour.example", "postmaster@harbour.example", SHARED, "RFC 2142"),
    Pair("info.amina@harbour.example", "info.amina@harbour.example", 0, "a person whose name begins like a shared one"),
    Pair("noreply@harbour.example", "noreply@harbour.example", PLACEHOLDER, "nobody's name"),
    Pair("NULL@harbour.example", "null@harbour.example", PLACEHOLDER, "an empty field of a database"),
    Pair("amina@noemail.com", "amina@noemail.com", PLACEHOLDER, "a domain typed to fill a field"),
    Pair("amina@example.org", "amina@example.org", PLACEHOLDER, "a domain of RFC 2606"),
    Pair("amina@noaddress.harbour.example", "amina@noaddress.harbour.example", PLACEHOLDER, "the installation's own"),
    Pair("amina@noaddress.harbour.example", "amina@noaddress.harbour.example!", 0, "own placeholder, confirmed"),
    Pair("info@harbour.example", "info@harbour.example info@harbour.example", SEVERAL, "shared by two accounts"),
    Pair("info@harbour.example", "", NOBODY, "a shared mailbox that nobody was imported with"),
    Pair(HOME, "", NOBODY, "no record at all"),
]


def judged(pair: Pair) -> int | str | None:
    key = canonical_email(pair.typed.strip())
    stored = enumerate(pair.stored.split())
    records = [Record(str(n), canonical_email(text.rstrip("!")), text.endswith("!")) for n, text in stored]
    alike = [record for record in records if match_key(record.email_key) == match_key(key)]
    found = match(key, alike, ("noaddress.harbour.example",))
    assert found.account_id is None or found.doubt is None
    return int(found.account_id) if found.account_id is not None else found.doubt


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_an_address_leads_to(pair: Pair) -> None:
    assert judged(pair) == pair.leads_to


def test_the_table_is_worth_its_name() -> None:
    assert len({(pair.typed, pair.stored) for pair in PAIRS}) == len(PAIRS) >= 40
    assert {type(pair.leads_to) for pair in PAIRS} == {int, str, type(None)}


@pytest.mark.parametrize("ending", ["invalid", "test", "localhost", "local", "internal", "lan", "home.arpa"])
def test_a_domain_that_can_be_nobodys_is_a_placeholder(ending: str) -> None:
    """Keycloak GHSA-cf8f-w2c5-p5jr: a stranger registered the domain that stood for "no address"."""
    assert doubt_of(f"amina@portal.{ending}") == PLACEHOLDER
    assert doubt_of(f"amina@{ending}") == PLACEHOLDER
    assert doubt_of(f"amina@my{ending}.example") is None


def test_an_own_placeholder_domain_is_that_domain_only() -> None:
    own = ("noaddress.example",)
    assert doubt_of("amina@noaddress.example", own) == PLACEHOLDER
    assert doubt_of("amina@noaddress.example") is None
    assert doubt_of("amina@yesaddress.example", own) is None


@pytest.mark.parametrize("domain", ["gmx.net", "gmail.com", "laposte.net", "yahoo.com.br", "web.de", "orange.fr"])
def test_anybody_may_have_a_mailbox_at_a_public_domain(domain: str) -> None:
    assert is_public_domain(domain)
    assert not is_public_domain(f"mail.{domain}")
    assert not is_public_domain(f"{domain}.example")


@pytest.mark.parametrize("domain", ["harbour.example", "gmail.com.evil.example", "", "com"])
def test_other_domains_belong_to_somebody(domain: str) -> None:
    assert not is_public_domain(domain)


ADDRESSES = st.builds(
    "{}@{}.example".format, st.text("aäıßк.+0", min_size=1, max_size=8), st.text("aéß", min_size=1, max_size=4)
)


@given(ADDRESSES, ADDRESSES)
def test_two_addresses_meet_both_ways_or_not_at_all(first: str, second: str) -> None:
    try:
        one, other = canonical_email(first), canonical_email(second)
    except NameRefused:
        return
    assert match_key(match_key(one)) == match_key(one)
    assert (match_key(one) == match_key(other)) is (match_key(other) == match_key(one))
    assert one.rpartition("@")[2] == match_key(one).rpartition("@")[2]
    found = match(one, [Record("x", other)] if match_key(one) == match_key(other) else [])
    assert found.account_id is None or match_key(one) == match_key(other)


@given(st.lists(st.booleans(), max_size=6))
def test_of_several_records_only_the_single_confirmed_one_is_found(confirmed: list[bool]) -> None:
    records = [Record(str(n), HOME, each) for n, each in enumerate(confirmed)]
    found = match(HOME, records)
    if confirmed.count(True) == 1:
        assert found.account_id == str(confirmed.index(True))
    elif len(confirmed) == 1:
        assert found.account_id == "0"
    else:
        assert found.account_id is None
        assert found.doubt == (SEVERAL if confirmed else None)
