"""What an account is called."""

from __future__ import annotations

import pytest

from wizard.models import Account


@pytest.mark.parametrize(
    ("username", "name"), [("lea.morel", "lea.morel"), (None, "lea@people.example"), ("", "lea@people.example")]
)
def test_a_person_signs_in_by_user_name_or_else_by_address(username: str | None, name: str) -> None:
    assert Account(username=username, email="lea@people.example").sign_in_name == name
