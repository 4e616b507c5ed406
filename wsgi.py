"""The WSGI entry for a production server: ``wsgi:app``."""

from __future__ import annotations

from config.settings import read_settings
from web import create_app
from workflow.upkeep.installation import open_installation

app = create_app(open_installation(read_settings()))
