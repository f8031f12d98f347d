"""Permission: denied unless an action allows it by role, and by relation to the object."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from lms.core.actor import ANONYMOUS, SYSTEM, Actor, RoleGrant
from lms.core.errors import Forbidden, NotAuthenticated, NotFound
from lms.core.policy import ANYONE, SIGNED_IN, Action, Policy

NO_SESSION = cast(Session, None)
ORG = uuid4()
TEACHER = Actor("person", uuid4(), uuid4(), frozenset({RoleGrant("teacher", ORG)}))


def owns(_session: Session, actor: Actor, obj: Any) -> bool:
    return bool(obj == actor.person_id)


POLICY = Policy(
    [
        Action("see", ANYONE, "Anyone."),
        Action("home", SIGNED_IN, "Signed in."),
        Action("mark", frozenset({"teacher"}), "Teachers, their own.", owns),
        Action("nobody", frozenset(), "Only the system."),
    ]
)


def test_a_guest_may_do_public_things_only() -> None:
    POLICY.require(NO_SESSION, ANONYMOUS, "see")
    with pytest.raises(NotAuthenticated):
        POLICY.require(NO_SESSION, ANONYMOUS, "home")


def test_another_role_is_forbidden() -> None:
    with pytest.raises(Forbidden):
        POLICY.require(NO_SESSION, TEACHER, "nobody")


def test_an_object_out_of_reach_is_not_found_and_asks_for_an_audit() -> None:
    POLICY.require(NO_SESSION, TEACHER, "mark", TEACHER.person_id)
    other = uuid4()
    with pytest.raises(NotFound) as caught:
        POLICY.require(NO_SESSION, TEACHER, "mark", other)
    assert caught.value.audit is not None and caught.value.audit.subject_id == other


def test_the_system_may_do_what_nobody_else_may() -> None:
    POLICY.require(NO_SESSION, SYSTEM, "nobody")


def test_a_misspelt_action_is_a_mistake_and_never_a_permission() -> None:
    with pytest.raises(KeyError):
        POLICY.require(NO_SESSION, SYSTEM, "se")


def test_one_code_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        Policy([Action("a", ANYONE, ""), Action("a", ANYONE, "")])
