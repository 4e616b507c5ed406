"""Batches to a body outside: put together, frozen, agreed to by a second person, sent, and answered."""
