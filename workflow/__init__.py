"""The engine and the verbs of the field. Knows no Flask."""
