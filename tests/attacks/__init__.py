"""An hour as the attacker: one test for each published mistake that can apply here (security.md, section 3)."""
