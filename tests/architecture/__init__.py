"""The shape of the house, read from its source."""
