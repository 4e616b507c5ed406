"""What waits for somebody: the lists of their cases, the neighbours of a case in them, the next one free."""
