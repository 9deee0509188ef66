"""The short way back (S-79 … S-81)."""

from flask_babel import lazy_gettext as _l

from wizard.domain import journey_names
from wizard.journeys.model import Journey, either
from wizard.steps import enter_code, enter_password, enter_username, match_number, use_recovery_code

SIGN_IN = Journey(
    journey_names.SIGN_IN,
    _l("Sign in"),
    (enter_username.step, enter_password.step, either(match_number.step, enter_code.step, use_recovery_code.step)),
)
