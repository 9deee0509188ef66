"""Measurements, not tests: `python -m tests.benchmarks.NAME`. Each prints a table; what they printed last stands in docs/measured.md."""
