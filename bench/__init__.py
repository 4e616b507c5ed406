"""Measurements: each prints a ratio to a floor that is measured beside it, in the same run."""
