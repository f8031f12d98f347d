"""Assessment for programs: the save path of the examination page (`hot`) and the public API (`v1`)."""

from lms.assessment.api.hot import blueprint as hot_blueprint
from lms.assessment.api.hot import sign_in_from_cookie
from lms.assessment.api.v1 import blueprint as api_blueprint

__all__ = ["api_blueprint", "hot_blueprint", "sign_in_from_cookie"]
