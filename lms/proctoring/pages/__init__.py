"""Pages of identity, sittings and review."""

from lms.proctoring.pages import identity, monitor, review, samples, sittings, staff

__all__ = ["BLUEPRINTS"]

BLUEPRINTS = (
    samples.blueprint,
    staff.blueprint,
    identity.blueprint,
    monitor.blueprint,
    review.blueprint,
    sittings.blueprint,
)
