"""Rules of the phone taken away on purpose, one at a time."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, update

from wizard.domain.assurance import Facts
from wizard.domain.number_match import NOT_ME, YES, Answer
from wizard.models import Account, ApprovalRequest, Authenticator, Device, PhoneLink, db
from wizard.models.database import rows_changed
from wizard.services import approvals, devices, phone_links
from wizard.services.visits import Visit

Patch = pytest.MonkeyPatch


def a_claim_of_any_session_counts(patch: Patch) -> None:
    own = approvals.newest

    def answered(visit: Visit, purpose: str) -> ApprovalRequest | None:
        unclaimed = select(ApprovalRequest).where(
            ApprovalRequest.account_id == (visit.account.id if visit.account else ""),
            ApprovalRequest.answer == YES,
            ApprovalRequest.ended_at.is_(None),
        )
        return db.session.scalar(unclaimed.limit(1)) or own(visit, purpose)

    def claim(visit: Visit, found: ApprovalRequest) -> Authenticator | None:
        unclaimed = update(ApprovalRequest).where(
            ApprovalRequest.id == found.id, ApprovalRequest.answer == YES, ApprovalRequest.ended_at.is_(None)
        )
        if rows_changed(unclaimed.values(claimed_at=visit.now, ended_at=visit.now)) != 1:
            return None
        db.session.refresh(found)
        return db.session.get(Authenticator, found.authenticator_id)

    patch.setattr(approvals, "newest", answered)
    patch.setattr(approvals, "claim", claim)


def a_linked_phone_of_anybody_answers(patch: Patch) -> None:
    whole = devices.link_to

    def lenient(device: Device, account: Account, asked_by: str | None = None) -> Authenticator | None:
        any_phone = select(Authenticator).where(
            Authenticator.account_id == account.id,
            Authenticator.kind == devices.PHONE,
            Authenticator.proven_at.is_not(None),
            Authenticator.ended_at.is_(None),
        )
        return whole(device, account, asked_by) or db.session.scalar(any_phone.limit(1))

    patch.setattr(devices, "link_to", lenient)


def the_number_is_not_compared(patch: Patch) -> None:
    def trusting(_found: ApprovalRequest, said: Answer) -> str:
        return YES if said.decision == YES else NOT_ME

    patch.setattr(approvals, "_judged", trusting)


def the_key_is_not_asked_for(patch: Patch) -> None:
    patch.setattr(devices, "check_answer", lambda *_: None)


def a_number_matched_for_signing_in_enrols(patch: Patch) -> None:
    patch.setattr(Facts, "without_sign_in_numbers", lambda facts: facts)


def a_used_code_links_again(patch: Patch) -> None:
    def claim(link_id: str, device: Device, now: datetime) -> bool:
        link = db.session.get_one(PhoneLink, link_id)
        link.claimed_at, link.device_id = now, device.id
        pending = update(Authenticator).where(
            Authenticator.id == link.authenticator_id, Authenticator.proven_at.is_(None)
        )
        rows_changed(pending.values(device_id=device.id))
        return True

    patch.setattr(phone_links, "state", lambda *_: "open")
    patch.setattr(phone_links, "claim", claim)
