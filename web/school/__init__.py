"""The school's own pages: its notice, its colour and crest, and the registrar's page of its profile."""
