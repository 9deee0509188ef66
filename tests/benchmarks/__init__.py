"""Measurements, not tests: `python -m tests.benchmarks.bytes`, `… .cost`, `… .likeness`. Each prints a table."""
