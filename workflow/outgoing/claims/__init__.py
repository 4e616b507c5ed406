"""The registrar's list of claims over all campaigns: its filter, its lines, its columns, its file."""
