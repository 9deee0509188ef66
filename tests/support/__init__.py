"""What tests stand on: an app, a clock, databases, a mail server, a browser, and a client that audits every page."""
