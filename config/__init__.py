"""What differs between schools and installations. Imports nothing of ours."""
