"""Staff: a file or a form says who shall have which role; what would follow; who confirms it."""
