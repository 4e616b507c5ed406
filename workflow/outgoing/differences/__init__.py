"""What differs between the platform and the school's own system, as a file with numbers whole."""
