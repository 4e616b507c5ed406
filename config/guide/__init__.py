"""A school's guide to accounts on the national platform: situations, each a small flow of steps."""
