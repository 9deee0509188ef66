"""Checking what a phone's key says: WebAuthn by the library, WebCrypto signatures by `cryptography`."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

WEBAUTHN, WEBCRYPTO, COOKIE = "webauthn", "webcrypto", "cookie"
LONGEST = 16 * 1024
P256_BYTES = 32


class KeyRefused(Exception):
    """What the phone sent does not prove its key; `reason` is for the log, never for the page."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class NewKey:
    """A key that a phone has just proven to hold."""

    kind: str
    credential_id: str | None
    public_key: bytes | None
    sign_count: int = 0


def registration_options(public_url: str, name: str, user: tuple[bytes, str], challenge: bytes) -> str:
    """What `navigator.credentials.create` is asked, as JSON: a discoverable credential with user verification.

    `name` is the installation's, `user` the device's id and what the phone lists the credential as.
    """
    options = generate_registration_options(
        rp_id=rp_id(public_url),
        rp_name=name,
        user_id=user[0],
        user_name=user[1],
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return str(options_to_json(options))


def assertion_options(public_url: str, challenge: bytes) -> str:
    """What `navigator.credentials.get` is asked, as JSON: whichever credential of this installation the phone holds."""
    options = generate_authentication_options(
        rp_id=rp_id(public_url), challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return str(options_to_json(options))


def credential_id_of(assertion: str) -> str:
    """The credential that an assertion names. Raises `KeyRefused`."""
    try:
        found = _json(assertion).get("id")
    except (ValueError, TypeError) as error:
        raise KeyRefused("unreadable assertion") from error
    if not isinstance(found, str):
        raise KeyRefused("no credential")
    return found


def registered(public_url: str, credential: str, challenge: bytes) -> NewKey:
    """Verify a WebAuthn registration. Raises `KeyRefused`."""
    try:
        found = verify_registration_response(
            credential=_json(credential),
            expected_challenge=challenge,
            expected_rp_id=rp_id(public_url),
            expected_origin=public_url.rstrip("/"),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise KeyRefused(type(error).__name__) from error
    return NewKey(WEBAUTHN, encoded(found.credential_id), found.credential_public_key, found.sign_count)


def webcrypto_key(public_key: str) -> NewKey:
    """Read a P-256 public key (SubjectPublicKeyInfo, base64url). Raises `KeyRefused`."""
    try:
        der = decoded(public_key)
        key = load_der_public_key(der)
    except (ValueError, TypeError) as error:
        raise KeyRefused("unreadable key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyRefused("not a P-256 key")
    return NewKey(WEBCRYPTO, None, der)


@dataclass(frozen=True)
class Holder:
    """A registered WebAuthn credential."""

    credential_id: str
    public_key: bytes
    sign_count: int


def check_assertion(public_url: str, assertion: str, digest: bytes, holder: Holder) -> int:
    """Verify a WebAuthn assertion over `digest`; returns the new signature counter. Raises `KeyRefused`."""
    try:
        content = _json(assertion)
        if content.get("id") != holder.credential_id:
            raise KeyRefused("another credential")
        found = verify_authentication_response(
            credential=content,
            expected_challenge=digest,
            expected_rp_id=rp_id(public_url),
            expected_origin=public_url.rstrip("/"),
            credential_public_key=holder.public_key,
            credential_current_sign_count=holder.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise KeyRefused(type(error).__name__) from error
    return int(found.new_sign_count)


def check_signature(public_key: bytes, signature: str, message: bytes) -> None:
    """Verify an ECDSA P-256 signature as WebCrypto gives it (r and s, 32 bytes each, base64url). Raises `KeyRefused`."""
    try:
        raw = decoded(signature)
        if len(raw) != 2 * P256_BYTES:
            raise KeyRefused("not 64 bytes")
        r, s = int.from_bytes(raw[:P256_BYTES], "big"), int.from_bytes(raw[P256_BYTES:], "big")
        key = load_der_public_key(public_key)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError, TypeError) as error:
        raise KeyRefused(type(error).__name__) from error


def rp_id(public_url: str) -> str:
    """The domain that passkeys are bound to: the host of PUBLIC_URL, without its port."""
    return urlsplit(public_url).hostname or ""


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def decoded(value: str) -> bytes:
    """Base64url without padding. Raises ValueError, also for what is too long."""
    if len(value) > LONGEST:
        raise ValueError("too long")
    return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)


def _json(text: str) -> dict[str, object]:
    if len(text) > LONGEST:
        raise ValueError("too long")
    try:
        found = json.loads(text)
    except RecursionError as error:  # brackets without end
        raise ValueError("too deep") from error
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found
