"""How long the first time takes, as pages and mails say it (S-46)."""

MINUTES = 5
