"""The invented organisations and their people. Telephone numbers are from ranges that are reserved for fiction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wizard.domain.canonical_names import canonical_email, canonical_username
from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, InstallationFact, Office, Organisation, write
from wizard.services import audit, issues, mails, memberships, people_search, staff
from wizard.services.organisations import name_key
from wizard.services.staff import Scope
from wizard.words import Words

ORGANISATION: dict[str, Any] = {
    "brand_name": "Tamaris Relief",
    "purpose_text": Words(
        (
            ("en", "One way in for the partners of Tamaris Relief: your projects, your reports, your messages."),
            ("fr", "Un seul accès pour les partenaires de Tamaris Relief : vos projets, vos rapports, vos messages."),
            ("es", "Una sola entrada para los socios de Tamaris Relief: sus proyectos, sus informes, sus mensajes."),
        )
    ),
    "support_phone": "+44 20 7946 0142",
    "support_hours": Words(
        (
            ("en", "Monday to Friday, 8:00 to 18:00"),
            ("fr", "du lundi au vendredi, de 8 h à 18 h"),
            ("es", "de lunes a viernes, de 8:00 a 18:00"),
        )
    ),
    "support_email": "help@tamaris.example",
    "mail_from": "access@tamaris.example",
    "migrated_from": "Tamaris Partner Desk",
}
PEOPLE = (
    ("amina.keita", "amina.keita@tamaris.example", "Amina", "Keita", "en"),
    ("lea.morel", "lea.morel@tamaris.example", "Léa", "Morel", "fr"),
    ("tomas.lind", "tomas.lind@tamaris.example", "Tomas", "Lind", "en"),
    ("ines.kouma", "ines.kouma@tamaris.example", "Ines", "Kouma", "en"),
)
AGENT = "ines.kouma"
HARBOUR, RIVER = ("Harbour Aid", "international-ngo"), ("Casa del Río", "national-ngo")
OFFICES = {
    "Nairobi": (HARBOUR, "headquarters", "KE"),
    "Niger": (HARBOUR, "country-office", "NE"),
    "Senegal": (HARBOUR, "country-office", "SN"),
    "Bogotá": (RIVER, "headquarters", "CO"),
}
MOVED = (
    ("grace.wanjiru@harbour-aid.example", "Grace", "Wanjiru", "en", "Nairobi", "administrator"),
    ("ibrahim.sow@harbour-aid.example", "Ibrahim", "Sow", "fr", "Niger", "reader"),
    ("lucia.paz@casa-del-rio.example", "Lucía", "Paz", "es", "Bogotá", "editor"),
)


def fill(stamp: str) -> None:
    """Stamp the database, add the people and write their invitations, in one transaction. Raises IntegrityError when it is filled."""
    now = tools().clock.now()
    with write() as session:
        session.add(InstallationFact(name=stamp, value="filled", at=now))
        session.flush()
        for username, email, given_name, family_name, language in PEOPLE:
            names = {
                "username": username,
                "username_key": canonical_username(username),
                "given_name": given_name,
                "family_name": family_name,
            }
            account = _account(session, FIRST_CONNECTION, email, now, language=language, **names)
            mails.invitation(account, issues.issue(account))
            if username == AGENT:
                staff.appoint(account.id, "supervise", Scope(), "system")
        offices = _offices(session, now)
        for email, given_name, family_name, language, office, role in MOVED:
            names = {"given_name": given_name, "family_name": family_name}
            account = _account(session, MIGRATED_ACCOUNT, email, now, language=language, **names)
            memberships.add(account.id, offices[office], role, now)
            mails.migrated_invitation(account, issues.issue(account, with_password=False))
        people_search.refresh(session.scalars(select(Account.id)))


def _account(session: Session, journey: str, email: str, now: datetime, **said: str) -> Account:
    account = Account(
        id=new_id(), created_at=now, journey=journey, email=email, email_key=canonical_email(email), **said
    )
    session.add(account)
    session.flush()
    audit.record("account-added", account_id=account.id, actor="system", source="demo")
    return account


def _offices(session: Session, now: datetime) -> dict[str, Office]:
    found: dict[str, Organisation] = {}
    offices: dict[str, Office] = {}
    for name, ((organisation, kind), office_kind, country) in OFFICES.items():
        if organisation not in found:
            key = name_key(organisation)
            found[organisation] = Organisation(id=new_id(), name=organisation, name_key=key, kind=kind, created_at=now)
            session.add(found[organisation])
            session.flush()
        offices[name] = Office(
            id=new_id(), organisation_id=found[organisation].id, name=name, name_key=name_key(name), kind=office_kind,
            country=country, created_at=now,
        )  # fmt: skip
        session.add(offices[name])
    session.flush()
    return offices
