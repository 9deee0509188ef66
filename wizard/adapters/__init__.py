"""The outside world: keys, clock, mail. Each kind of thing behind one small interface."""
