"""What the pages of a case share: its claims, steps, questions, endings and letters."""
