"""What a person typed or pressed before any proof; kept in the signed cookie."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Typed:
    """`username` as typed and `username_key` in canonical form; `email` and `email_key` the same of an address, where a journey begins
    with one; `prepared` pressed on the first step; `other_account` put the list of known accounts away; `way` the chosen member of an
    `either`, by slug; `lost` says that the phone is lost.
    """

    username: str = ""
    username_key: str = ""
    email: str = ""
    email_key: str = ""
    prepared: bool = False
    other_account: bool = False
    way: str = ""
    lost: bool = False
