"""A demonstration school: invented students halfway through an autumn of self-checking. No real person."""
