"""Read about identity, sittings, reviews and what schools ask for."""

from lms.proctoring.queries.awaited import *  # noqa: F403
from lms.proctoring.queries.devices import *  # noqa: F403
from lms.proctoring.queries.errors import *  # noqa: F403 - each module says in __all__ what it offers
from lms.proctoring.queries.identity import *  # noqa: F403
from lms.proctoring.queries.passkeys import *  # noqa: F403
from lms.proctoring.queries.policies import *  # noqa: F403
from lms.proctoring.queries.queue import *  # noqa: F403
from lms.proctoring.queries.reviewing import *  # noqa: F403
from lms.proctoring.queries.seb import *  # noqa: F403
from lms.proctoring.queries.sittings import *  # noqa: F403
from lms.proctoring.queries.subject import *  # noqa: F403
from lms.proctoring.queries.wall import *  # noqa: F403
