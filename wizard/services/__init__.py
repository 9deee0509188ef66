"""Use cases, one a module. Pages and commands call them; they call the rules, the tables and the outside."""
