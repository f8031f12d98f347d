"""Pages of reports."""

from lms.reports.pages.api_reference import blueprint as api_reference

__all__ = ["BLUEPRINTS"]

BLUEPRINTS = (api_reference,)
