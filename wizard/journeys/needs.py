"""How young the proofs must be that a step's own work will want: asked for before the step is reached, never refused at it."""

from __future__ import annotations

from wizard.domain.assurance import FACTOR, PASSWORD
from wizard.journeys.model import Needs
from wizard.journeys.progress import Progress


def enrolment_needs(progress: Progress) -> Needs:
    """Binding an authenticator wants a young password proof, as `may_enrol` does."""
    if progress.counting_authenticators:
        return {}
    return {PASSWORD: progress.facts.ages.password}


def password_needs(progress: Progress) -> Needs:
    """Setting the password wants a young factor proof of who ever had one, as `may_set_password` does."""
    account = progress.facts.account
    if progress.has_password or account is None or not account.ever_had_factor:
        return {}
    return {FACTOR: progress.facts.ages.factor}
