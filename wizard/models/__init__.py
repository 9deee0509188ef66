"""The tables, one aggregate a file. Importing this package makes all of them known to the metadata."""

from wizard.models.account import Account
from wizard.models.approval import ApprovalRequest, Signal
from wizard.models.attempt import Throttle
from wizard.models.audit_event import AuditEvent
from wizard.models.authenticator import Authenticator
from wizard.models.base import Base
from wizard.models.bulk_job import BulkJob
from wizard.models.database import db, write
from wizard.models.desk_act import DeskAct, DeskPresence
from wizard.models.desk_request import DeskRequest
from wizard.models.device import Device, DeviceKey, PhoneLink
from wizard.models.installation import InstallationFact
from wizard.models.issue import Issue
from wizard.models.mailed_code import MailedCode
from wizard.models.organisation import Membership, NameCorrection, Office, Organisation, ProfileAnswer
from wizard.models.outbox import OutboxMail
from wizard.models.outcome import Outcome
from wizard.models.recovery_code import RecoveryCode, RecoveryCodeSet
from wizard.models.search_entry import SearchEntry
from wizard.models.sending import Sending
from wizard.models.session import Proof, Session
from wizard.models.staff import StaffMember
from wizard.models.temporary_pass import TemporaryPass

__all__ = [
    "Account",
    "ApprovalRequest",
    "AuditEvent",
    "Authenticator",
    "Base",
    "BulkJob",
    "DeskAct",
    "DeskPresence",
    "DeskRequest",
    "Device",
    "DeviceKey",
    "InstallationFact",
    "Issue",
    "MailedCode",
    "Membership",
    "NameCorrection",
    "Office",
    "Organisation",
    "OutboxMail",
    "Outcome",
    "PhoneLink",
    "ProfileAnswer",
    "Proof",
    "RecoveryCode",
    "RecoveryCodeSet",
    "SearchEntry",
    "Sending",
    "Session",
    "Signal",
    "StaffMember",
    "TemporaryPass",
    "Throttle",
    "db",
    "write",
]
