"""Offer the application to any WSGI server: ``gunicorn lms.wsgi:app``."""

import os

from lms.app import create_app
from lms.core.settings import require_production

__all__ = ["app"]

require_production(os.environ)
app = create_app()
