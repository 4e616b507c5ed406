"""The pages of what leaves: export jobs, claims, letters, archives and cards."""
