"""The steps: one module each, with its form, its work, its `Step` and its blueprint, and what they share in `forms`.

A step knows its own work and never its neighbours.
"""
