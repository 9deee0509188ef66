"""Where the fixtures come from. Each module says in its own words what it gives.

app: `settings` (and the mark `settings`), `clock`, `app`, `app_context`, `client`, `mailbox`, `live_app`. databases:
`database_url`, `each_database`, `postgresql`, `redis_url`. smtp: `smtp`, `start_smtp`, `silent_port`. chromium:
`chromium`, `new_computer`. served: `serve`. strict: `--require-all`. memory, order
and statements give no fixtures, they save time.
"""

# `app` comes last: it imports from the others, and what is imported before it is registered keeps plain asserts.
pytest_plugins = [
    "tests.support.strict",
    "tests.support.memory",
    "tests.support.order",
    "tests.support.statements",
    "tests.support.databases",
    "tests.support.smtp",
    "tests.support.chromium",
    "tests.support.served",
    "tests.support.app",
]
