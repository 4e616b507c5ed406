"""A demonstration school: invented students, an autumn of self-checking half-way through, nobody real."""
