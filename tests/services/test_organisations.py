"""What may be said about an organisation, an office and a role, and how names are folded."""

from __future__ import annotations

import pytest

from wizard.services.organisations import Belonging, countries, name_key, read_belonging

GOOD = {"organisation": "Tamaris Relief", "office": "Niamey", "role": "reader"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Tamaris Relief", "tamaris relief"),
        ("  TAMARIS\t\u00a0Relief ", "tamaris relief"),
        ("Ｔamaris", "tamaris"),
        ("Straße", "strasse"),
        ("Ét\u0065\u0301", "été"),
        ("ﬁrst İ", "first i̇"),
        ("Tamaris-Relief (e.V.)", "tamaris-relief (e.v.)"),
        ("هيئة الإغاثة", "هيئة الإغاثة"),
    ],
)
def test_names_are_folded_and_punctuation_counts(name: str, key: str) -> None:
    assert name_key(name) == key
    assert name_key(key) == key, "The key of a key is the same key."


def test_what_is_not_said_stays_empty() -> None:
    assert read_belonging(GOOD) == (
        Belonging("Tamaris Relief", "tamaris relief", "Niamey", "niamey", "reader"), []
    )  # fmt: skip


def test_values_may_be_written_in_capitals_and_names_lose_spare_blanks() -> None:
    said = {
        "organisation": " Tamaris   Relief ", "organisation_kind": "Company", "office": "Niamey", "role": " READER",
        "office_kind": "HEADQUARTERS", "country": "ne",
    }  # fmt: skip
    found, problems = read_belonging(said)
    assert problems == []
    assert found is not None
    assert (found.organisation, found.organisation_kind, found.office_kind, found.country, found.role) == (
        "Tamaris Relief", "company", "headquarters", "NE", "reader",
    )  # fmt: skip


def test_everything_that_is_wrong_is_named_at_once() -> None:
    said = {
        "organisation": "",
        "office": "a\nb",
        "role": "king",
        "organisation_kind": "x",
        "office_kind": "y",
        "country": "ZZ",
    }
    found, problems = read_belonging(said)
    assert found is None
    assert [problem.column for problem in problems] == [
        "organisation", "office", "organisation_kind", "office_kind", "role", "country",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["=1+1", "Ação & Vida, Lda.", "صندوق", "難民を助ける会", "O'Brien’s", "50 % plus"])
def test_names_of_every_writing_are_kept_as_they_are(name: str) -> None:
    found, _problems = read_belonging(GOOD | {"organisation": name})
    assert found is not None
    assert found.organisation == name


def test_countries_are_those_of_the_standard() -> None:
    assert len(countries()) == 249 + 1, "249 and Kosovo."
    assert {"NE", "FR", "XK", "SS", "PS", "TW"} <= countries()
    assert not {"EU", "UN", "ZZ", "XA", "IC", "UK", "AN"} & countries()
