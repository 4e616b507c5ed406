"""The pages of batches to a body outside: the batch, its files, its letter, its answers."""
