"""The pages of files that come in: rosters, telephones, and what a roster says against a decision."""
