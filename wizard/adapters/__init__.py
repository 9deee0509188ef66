"""The outside: clock, keys, mail, phones' keys, QR codes, wake-ups. Each kind of thing behind one small interface."""
