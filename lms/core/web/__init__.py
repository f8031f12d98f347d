"""The web base: what every page and API of every feature uses.

Import from here: ``access``, ``current_actor``, ``read_session``, ``unit_of_work``, ``runtime``, ``load_form``, ``Form``, ``see_other``.
"""

from lms.core.web.access import access, authorise, camera_page, for_programs, log_look
from lms.core.web.api import ApiBlueprint
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.paging import Page, page_number, paginate
from lms.core.web.replies import file_disposition, flash_ok, is_api_request, safe_next, see_other

__all__ = [
    "ApiBlueprint",
    "Form",
    "Page",
    "access",
    "authorise",
    "camera_page",
    "current_actor",
    "file_disposition",
    "flash_ok",
    "for_programs",
    "is_api_request",
    "load_form",
    "log_look",
    "page_number",
    "paginate",
    "read_session",
    "runtime",
    "safe_next",
    "see_other",
    "unit_of_work",
]
