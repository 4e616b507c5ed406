"""Official letters about a case: their numbers, what they say as they were given, and their PDF."""
