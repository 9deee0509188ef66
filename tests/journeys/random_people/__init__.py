"""Random people against the real application: an honest person, an agent, and attackers who know or hold one thing each."""
