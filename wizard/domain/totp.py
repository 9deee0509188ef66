"""Codes of a code app (TOTP, RFC 6238): SHA-1, 6 digits, 30 seconds, as every code app does them."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyotp

from wizard.domain.digits import fold_digits

STEP_SECONDS = 30
DIGITS = 6
CLOCK_STEPS = 20
"""How far off a code is still recognised, only to say that a clock is wrong: 10 minutes each way."""

_SECRET_LETTERS = 32  # base32 letters of 5 bits: the 160 bits that RFC 4226, section 4, R6 recommends


class Reason(StrEnum):
    """Why a code was refused."""

    WRONG = "wrong"
    USED = "used"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Match:
    """The code fits. The caller stores `step` by a conditional update; from then on no step up to it is accepted."""

    step: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The code is not accepted.

    For CLOCK, `seconds_ahead` says how far the phone's clock is ahead (negative: behind) and `step` the time step whose
    code was typed. A caller that tells the person so stores `step` when it is ahead and hands it in again as
    `told_ahead`: whoever guesses learns from the advice that this code will be good, so it must never become good.
    """

    reason: Reason
    step: int | None = None
    seconds_ahead: int | None = None


def new_secret() -> str:
    """Make a secret of 160 bits in base32."""
    return pyotp.random_base32(_SECRET_LETTERS)


def provisioning_uri(secret: str, issuer: str, label: str) -> str:
    """Return the otpauth address for the QR code, with the issuer also as the label's prefix.

    Colons are taken out of issuer and label: code apps take the first one for the end of the issuer.
    """
    return pyotp.TOTP(secret).provisioning_uri(name=_without_colon(label), issuer_name=_without_colon(issuer))


def match(
    secret: str,
    code: str,
    now: datetime,
    last_step: int | None,
    window: int = 1,
    *,
    told_ahead: int | None = None,
) -> Match | Refusal:
    """Judge a typed code at the time `now` (aware).

    `last_step` is the last accepted time step: neither it nor an earlier one is accepted again (RFC 6238, section 5.2;
    SEC-16). `window` is how many steps of 30 seconds a phone's clock may be off each way. `told_ahead` see Refusal.
    Raises ValueError when `now` has no time zone.
    """
    folded = fold_digits(code)
    if len(folded) != DIGITS or not (folded.isascii() and folded.isdigit()):
        return Refusal(Reason.WRONG)
    here = time_step(now)
    fitting = sorted(_steps_with_code(secret, folded, here), key=lambda step: abs(step - here))
    if not fitting:
        return Refusal(Reason.WRONG)
    fresh = [step for step in fitting if (last_step is None or step > last_step) and step != told_ahead]
    if fresh and abs(fresh[0] - here) <= window:
        return Match(fresh[0])
    if not fresh or abs(fitting[0] - here) <= window:
        return Refusal(Reason.USED, step=fitting[0])
    return Refusal(Reason.CLOCK, step=fresh[0], seconds_ahead=(fresh[0] - here) * STEP_SECONDS)


def time_step(now: datetime) -> int:
    """Return the number of the time step that `now` (aware) lies in (RFC 6238, section 4.2)."""
    if now.tzinfo is None:
        raise ValueError("A time without a zone cannot be turned into a time step.")
    return int(now.timestamp()) // STEP_SECONDS


def _steps_with_code(secret: str, code: str, here: int) -> list[int]:
    # Every step is computed and compared in constant time: how long it takes tells nothing about the code.
    generator = pyotp.TOTP(secret)
    steps = range(max(0, here - CLOCK_STEPS), here + CLOCK_STEPS + 1)
    return [step for step in steps if hmac.compare_digest(generator.generate_otp(step), code)]


def _without_colon(text: str) -> str:
    return text.replace(":", " ").strip()
