"""The invented organisation and its people. Telephone numbers are from ranges that are reserved for fiction."""

from __future__ import annotations

from typing import Any

from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, InstallationFact, write
from wizard.services import audit, issues, mails
from wizard.words import Words

ORGANISATION: dict[str, Any] = {
    "brand_name": "Tamaris Relief",
    "purpose_text": Words(
        (
            ("en", "One way in for the partners of Tamaris Relief: your projects, your reports, your messages."),
            ("fr", "Un seul accès pour les partenaires de Tamaris Relief : vos projets, vos rapports, vos messages."),
        )
    ),
    "support_phone": "+44 20 7946 0142",
    "support_hours": Words((("en", "Monday to Friday, 8:00 to 18:00"), ("fr", "du lundi au vendredi, de 8 h à 18 h"))),
    "support_email": "help@tamaris.example",
    "mail_from": "access@tamaris.example",
}
PEOPLE = (
    ("amina.keita", "amina.keita@tamaris.example", "Amina", "Keita", "en"),
    ("lea.morel", "lea.morel@tamaris.example", "Léa", "Morel", "fr"),
    ("tomas.lind", "tomas.lind@tamaris.example", "Tomas", "Lind", "en"),
)


def fill(stamp: str) -> None:
    """Stamp the database, add the people and write their invitations, in one transaction. Raises IntegrityError when it is filled."""
    now = tools().clock.now()
    with write() as session:
        session.add(InstallationFact(name=stamp, value="filled", at=now))
        session.flush()
        for username, email, given_name, family_name, language in PEOPLE:
            account = Account(
                id=new_id(), created_at=now, journey="first-connection", username=username, username_key=username, email=email,
                email_key=email, given_name=given_name, family_name=family_name, display_name="", language=language,
            )  # fmt: skip
            session.add(account)
            session.flush()
            audit.record("account-added", account_id=account.id, actor="system", source="demo")
            mails.invitation(account, issues.issue(account))
