"""A new password for who has forgotten it or whose password was ended. The second step is still asked (SEC-20)."""

from flask_babel import lazy_gettext as _l

from wizard.domain import journey_names
from wizard.journeys.model import Journey, either
from wizard.steps import (
    change_password,
    enter_code,
    enter_username,
    finish,
    match_number,
    use_recovery_code,
    use_temporary_pass,
    verify_email,
)

FORGOTTEN_PASSWORD = Journey(
    journey_names.FORGOTTEN_PASSWORD,
    _l("A new password"),
    (
        enter_username.step,
        verify_email.step,
        either(match_number.step, enter_code.step, use_recovery_code.step, use_temporary_pass.step),
        change_password.step,
        finish.step,
    ),
    renews=frozenset({"password"}),
)
