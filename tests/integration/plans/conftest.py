"""A school with an approved curriculum and a template, and short words for what most tests do."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.demo.cast import DemoSchool, load_cast
from lms.plans import service
from lms.plans.queries import plans as queries
from lms.plans.queries.plans import ItemView, PlanView
from lms.plans.rules.plan_content import ItemContent
from lms.plans.types import Delivery, PlanReceipt

Change = Callable[[ItemContent], ItemContent]


@dataclass(slots=True)
class Plans:
    """The product with the demonstration's cast, curricula and templates."""

    runtime: Runtime
    school: DemoSchool
    templates: dict[str, UUID]

    def uow(self, login: str) -> AbstractContextManager[UnitOfWork]:
        return self.runtime.unit_of_work(self.school.actor(login))

    def begun(self, student: str = "sonya", teacher: str = "kim") -> PlanReceipt:
        with self.uow(teacher) as uow:
            return service.create_plan_from_template(
                uow,
                person_id=self.school.id(student),
                template_id=self.templates["school-14"],
                basis="Order No. 61",
            )

    def view(self, receipt: PlanReceipt) -> PlanView:
        with self.runtime.read() as session:
            return queries.plan_view(session, receipt.version_id, self.runtime.clock.now().date())

    def item(self, receipt: PlanReceipt, title: str) -> ItemView:
        return next(item for item in self.view(receipt).items if item.title.startswith(title))

    def edited(self, receipt: PlanReceipt, title: str, **changes: object) -> str:
        item = self.item(receipt, title)
        with self.uow("kim") as uow:
            service.edit_item(
                uow,
                version_id=receipt.version_id,
                stable_key=item.stable_key,
                content=replace(item.content, **changes),  # type: ignore[arg-type]
            )
        return item.stable_key

    def submitted(self, receipt: PlanReceipt) -> PlanReceipt:
        with self.uow("kim") as uow:
            return service.submit_version(uow, version_id=receipt.version_id)

    def signed(self, receipt: PlanReceipt) -> PlanReceipt:
        with self.uow("anna") as uow:
            return service.approve(uow, version_id=receipt.version_id)

    def ordered(self, receipt: PlanReceipt, number: str = "84") -> PlanReceipt:
        with self.uow("gromova") as uow:
            return service.approve_by_order(
                uow, version_id=receipt.version_id, order_no=number, order_date=uow.now().date()
            )

    def active(self) -> PlanReceipt:
        """Bring a plan into force in which informatics is to be credited and biology is studied at home."""
        receipt = self.begun()
        self.edited(receipt, "Информатика", delivery=Delivery.EXTERNAL, external_course="Python, Meridian")
        self.edited(receipt, "Биология", delivery=Delivery.HOME)
        return self.ordered(self.signed(self.submitted(receipt)))

    def unsigned(self, receipt: PlanReceipt, role: object) -> list[str | None]:
        with self.runtime.read() as session:
            return queries.unsigned_by(session, receipt.version_id, role)  # type: ignore[arg-type]


@pytest.fixture
def plans(runtime: Runtime, prepared_plans: dict[str, UUID]) -> Plans:
    return Plans(runtime, load_cast(runtime), prepared_plans)


def csrf(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found, path
    return found.group(1)


@pytest.fixture
def sign_in(app: Flask, plans: Plans) -> Callable[[str], FlaskClient]:
    """Return a maker of signed-in browsers."""

    def enter(login: str) -> FlaskClient:
        client = app.test_client()
        form = {"login": login, "password": f"marshrut-{login}", "csrf_token": csrf(client, "/login")}
        assert client.post("/login", data=form).status_code == 303
        return client

    return enter
