"""What a phone's key says is checked: altered, replayed, of another origin, request or key, it is refused (SEC-12, SEC-18)."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.soft_authenticator import SoftAuthenticator
from wizard.adapters import phone_keys
from wizard.adapters.phone_keys import Holder, KeyRefused, encoded

HOME = "https://access.tamaris.example"
CHALLENGE = b"c" * 32
KEY = ec.generate_private_key(ec.SECP256R1())


def der(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signature(message: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def holder_of(authenticator: SoftAuthenticator) -> Holder:
    made = phone_keys.registered(HOME, authenticator.create(CHALLENGE), CHALLENGE)
    assert made.public_key is not None
    return Holder(made.credential_id or "", made.public_key, made.sign_count)


def test_a_key_of_webcrypto_is_read_and_its_signature_fits() -> None:
    made = phone_keys.webcrypto_key(encoded(der(KEY)))
    assert (made.kind, made.public_key) == ("webcrypto", der(KEY))
    phone_keys.check_signature(der(KEY), encoded(signature(b"yes")), b"yes")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(encoded(signature(b"no")), id="of another message"),
        pytest.param(encoded(signature(b"yes", ec.generate_private_key(ec.SECP256R1()))), id="of another key"),
        pytest.param(encoded(signature(b"yes")[:-1]), id="too short"),
        pytest.param(encoded(signature(b"yes") + b"\0"), id="too long"),
        pytest.param(encoded(KEY.sign(b"yes", ec.ECDSA(SHA256()))), id="in DER"),
        pytest.param(encoded(bytes(64)), id="all zero"),
        pytest.param(encoded(b"\xff" * 64), id="larger than the curve"),
        pytest.param(encoded(bytes(32) + signature(b"yes")[32:]), id="r is zero"),
        pytest.param("", id="empty"),
        pytest.param("%%%", id="no base64"),
        pytest.param("é" * 86, id="no ASCII"),
        pytest.param("A" * 10_000_000, id="ten megabytes"),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(said: str) -> None:
    with pytest.raises(KeyRefused):
        phone_keys.check_signature(der(KEY), said, b"yes")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(encoded(der(ec.generate_private_key(ec.SECP384R1()))), id="another curve"),
        pytest.param(encoded(der(rsa.generate_private_key(65537, 2048))), id="RSA"),
        pytest.param(encoded(der(KEY)[:-1]), id="cut off"),
        pytest.param(encoded(b"key"), id="no key"),
        pytest.param("", id="empty"),
        pytest.param("é", id="no ASCII"),
        pytest.param("A" * 10_000_000, id="ten megabytes"),
    ],
)
def test_what_is_no_key_of_p256_is_refused(sent: str) -> None:
    with pytest.raises(KeyRefused):
        phone_keys.webcrypto_key(sent)


def test_a_credential_is_registered_and_its_assertion_fits() -> None:
    phone = SoftAuthenticator(HOME)
    holder = holder_of(phone)
    assert phone_keys.check_assertion(HOME, phone.get(CHALLENGE), CHALLENGE, holder) == 1
    assert phone_keys.credential_id_of(phone.get(CHALLENGE)) == holder.credential_id


def test_the_address_of_the_installation_may_end_with_a_slash() -> None:
    phone = SoftAuthenticator(HOME)
    made = phone_keys.registered(HOME + "/", phone.create(CHALLENGE), CHALLENGE)
    assert made.kind == "webauthn"


@pytest.mark.parametrize(
    "phone",
    [
        pytest.param(SoftAuthenticator("https://access.tamaris.example.evil.example"), id="another origin"),
        pytest.param(SoftAuthenticator("http://access.tamaris.example"), id="another scheme"),
        pytest.param(SoftAuthenticator(HOME + ":8443"), id="another port"),
        pytest.param(SoftAuthenticator(HOME, rp_id="tamaris.example"), id="another relying party"),
        pytest.param(SoftAuthenticator(HOME, verifies=False), id="nobody was verified"),
    ],
)
def test_a_credential_made_elsewhere_or_for_anybody_is_refused(phone: SoftAuthenticator) -> None:
    with pytest.raises(KeyRefused):
        phone_keys.registered(HOME, phone.create(CHALLENGE), CHALLENGE)


def test_a_credential_made_for_another_challenge_is_refused() -> None:
    with pytest.raises(KeyRefused):
        phone_keys.registered(HOME, SoftAuthenticator(HOME).create(b"d" * 32), CHALLENGE)


def test_an_assertion_is_good_for_its_challenge_only() -> None:
    phone = SoftAuthenticator(HOME)
    holder = holder_of(phone)
    with pytest.raises(KeyRefused):
        phone_keys.check_assertion(HOME, phone.get(b"d" * 32), CHALLENGE, holder)


def test_an_assertion_given_again_is_refused_by_its_counter() -> None:
    phone = SoftAuthenticator(HOME)
    holder = holder_of(phone)
    said = phone.get(CHALLENGE)
    count = phone_keys.check_assertion(HOME, said, CHALLENGE, holder)
    with pytest.raises(KeyRefused):
        phone_keys.check_assertion(HOME, said, CHALLENGE, Holder(holder.credential_id, holder.public_key, count))


@pytest.mark.parametrize("change", ["origin", "rp_id", "verifies"])
def test_an_assertion_given_elsewhere_or_by_anybody_is_refused(change: str) -> None:
    phone = SoftAuthenticator(HOME)
    holder = holder_of(phone)
    setattr(phone, change, {"origin": "https://evil.example", "rp_id": "evil.example", "verifies": False}[change])
    with pytest.raises(KeyRefused):
        phone_keys.check_assertion(HOME, phone.get(CHALLENGE), CHALLENGE, holder)


def test_an_assertion_of_another_credential_is_refused() -> None:
    phone, other = SoftAuthenticator(HOME), SoftAuthenticator(HOME)
    holder = holder_of(phone)
    with pytest.raises(KeyRefused):
        phone_keys.check_assertion(HOME, other.get(CHALLENGE), CHALLENGE, holder)
    other.credential_id = phone.credential_id
    with pytest.raises(KeyRefused):
        phone_keys.check_assertion(HOME, other.get(CHALLENGE), CHALLENGE, holder)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "{}",
        '{"id": 7}',
        json.dumps({"id": "x", "rawId": "x"}),
        "[" * 5000,
        "{" + " " * 20_000 + "}",
    ],
)
def test_what_is_no_credential_is_refused(sent: str) -> None:
    phone = SoftAuthenticator(HOME)
    holder = holder_of(phone)
    for check in (
        lambda: phone_keys.registered(HOME, sent, CHALLENGE),
        lambda: phone_keys.check_assertion(HOME, sent, CHALLENGE, holder),
    ):
        with pytest.raises(KeyRefused):
            check()


@pytest.mark.parametrize("sent", ["", "{", "[]", "{}", '{"id": 7}', "[" * 5000, "A" * 10_000_000])
def test_an_assertion_that_names_no_credential_is_refused(sent: str) -> None:
    with pytest.raises(KeyRefused):
        phone_keys.credential_id_of(sent)


def test_what_the_browser_is_asked_names_the_installation_and_wants_the_user_verified() -> None:
    asked = json.loads(phone_keys.registration_options(HOME, "Tamaris Relief", (b"id", "amina"), CHALLENGE))
    assert asked["rp"] == {"id": "access.tamaris.example", "name": "Tamaris Relief"}
    assert asked["challenge"] == encoded(CHALLENGE)
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    got = json.loads(phone_keys.assertion_options(HOME, CHALLENGE))
    assert (got["rpId"], got["userVerification"]) == ("access.tamaris.example", "required")
    assert not got.get("allowCredentials")
