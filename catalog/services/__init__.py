"""Use cases: one function is one thing that a person can ask for."""
