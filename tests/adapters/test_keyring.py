"""Keys for purposes: a value made for one is worthless for another; old master secrets verify and never make."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from wizard.adapters.keyring import Keyring, Undecipherable

FIRST, SECOND = "first-master-secret-0123456789-abcdef", "second-master-secret-0123456789-abcd"


def test_a_key_is_what_rfc_5869_derives() -> None:
    made = HKDF(algorithm=SHA256(), length=32, salt=b"perron", info=b"mail").derive(FIRST.encode())
    assert Keyring(FIRST).key("mail") == made


def test_every_purpose_and_every_master_secret_has_a_key_of_its_own() -> None:
    keys = [
        Keyring(master).key(purpose) for master in (FIRST, SECOND) for purpose in ("mail", "session", "encrypt:mail")
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}


def test_a_digest_is_found_again_after_a_rotation() -> None:
    before, after = Keyring(FIRST), Keyring(SECOND, (FIRST,))
    stored = before.digest("session", "token")
    assert stored in after.digests("session", "token")
    assert after.digest("session", "token") != stored
    assert stored not in Keyring(SECOND).digests("session", "token")


def test_a_digest_for_one_purpose_fits_no_other() -> None:
    ring = Keyring(FIRST)
    assert ring.digest("session", "token") != ring.digest("issue-button", "token")


def test_what_was_encrypted_opens_for_its_purpose_only() -> None:
    ring = Keyring(FIRST)
    sealed = ring.encrypt("mail", b"secret")
    assert b"secret" not in sealed
    assert ring.decrypt("mail", sealed) == b"secret"
    with pytest.raises(Undecipherable):
        ring.decrypt("code-app", sealed)


def test_the_current_secret_makes_and_the_old_ones_open() -> None:
    old = Keyring(FIRST).encrypt("mail", b"secret")
    both = Keyring(SECOND, (FIRST,))
    assert both.decrypt("mail", old) == b"secret"
    new = both.encrypt("mail", b"secret")
    assert Keyring(SECOND).decrypt("mail", new) == b"secret"
    with pytest.raises(Undecipherable):
        Keyring(FIRST).decrypt("mail", new)
    with pytest.raises(Undecipherable):
        Keyring(SECOND).decrypt("mail", old)


@pytest.mark.parametrize("altered", [b"", b"x", b"gAAAAA"])
def test_what_is_no_sealed_value_is_refused(altered: bytes) -> None:
    with pytest.raises(Undecipherable):
        Keyring(FIRST).decrypt("mail", altered)


def test_one_altered_byte_is_noticed() -> None:
    ring = Keyring(FIRST)
    sealed = bytearray(ring.encrypt("mail", b"secret"))
    sealed[20] ^= 1
    with pytest.raises(Undecipherable):
        ring.decrypt("mail", bytes(sealed))
