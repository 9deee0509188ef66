"""The steps: one module each, with its form, its work, its `Step` and its blueprint. A step knows its own work and never its neighbours."""
