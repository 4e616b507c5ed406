"""Configuration of schools and installations. Imports no other package of the project."""
