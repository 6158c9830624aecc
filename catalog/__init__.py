"""The catalog: its records, its rules, its API and its pages."""
