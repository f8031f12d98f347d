"""Read about people: persons and relations, consents, support plans, sign-ins."""

from lms.people.queries.classes import *  # noqa: F403 - each module says in __all__ what it offers
from lms.people.queries.consents import *  # noqa: F403
from lms.people.queries.members import *  # noqa: F403
from lms.people.queries.persons import *  # noqa: F403
from lms.people.queries.restrictions import *  # noqa: F403
from lms.people.queries.sign_ins import *  # noqa: F403
from lms.people.queries.support import *  # noqa: F403
