"""Offer the application to any WSGI server: ``gunicorn lms.wsgi:app``."""

from lms.app import create_app

__all__ = ["app"]

app = create_app()
