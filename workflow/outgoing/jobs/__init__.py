"""Export jobs: asked for by one person, agreed to by another, gone after a day."""
