"""The journeys' names, as CONTRACT.md has them: they stand in addresses, in imported files and in stored rows, so they stay.

What happens in a journey is declared in `wizard/journeys/`, one file each; the layers below know a journey by its name only.
"""

FIRST_CONNECTION = "first-connection"
MIGRATED_ACCOUNT = "migrated-account"
SIGN_IN = "sign-in"
FORGOTTEN_PASSWORD = "forgotten-password"
REPLACE_PHONE = "replace-phone"

REPAIRS = frozenset({FORGOTTEN_PASSWORD, REPLACE_PHONE})
"""The journeys that renew what an account already had."""
