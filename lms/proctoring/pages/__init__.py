"""Pages of identity, sittings, review and supervision."""

from lms.proctoring.pages import (
    devices,
    identity,
    monitor,
    passkeys,
    review,
    samples,
    seb,
    sittings,
    staff,
    supervision,
    wall,
)

__all__ = ["BLUEPRINTS"]

BLUEPRINTS = (
    devices.blueprint,
    samples.blueprint,
    staff.blueprint,
    identity.blueprint,
    monitor.blueprint,
    passkeys.blueprint,
    review.blueprint,
    seb.blueprint,
    sittings.blueprint,
    supervision.blueprint,
    wall.blueprint,
)
