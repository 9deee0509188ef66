"""From an address to "this is your organisation", for people whose account was moved from an old portal, and for invited colleagues."""

from flask_babel import lazy_gettext as _l

from wizard.domain import journey_names
from wizard.journeys.model import Journey, either
from wizard.steps import (
    check_details,
    choose_authenticator,
    create_password,
    enter_code,
    enter_email,
    enter_password,
    finish,
    keep_recovery_codes,
    match_number,
    no_account,
    scan_qr,
    verify_email,
)

MIGRATED_ACCOUNT = Journey(
    journey_names.MIGRATED_ACCOUNT,
    _l("Your moved account"),
    (
        enter_email.step,
        verify_email.step,
        no_account.step,
        either(create_password.step, enter_password.step),
        check_details.step,
        choose_authenticator.step,
        scan_qr.step,
        either(match_number.step, enter_code.step),
        keep_recovery_codes.step,
        finish.step,
    ),
)
