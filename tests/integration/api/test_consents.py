"""Consents over the API: prepared by the office, signed on paper, read and withdrawn by the family."""

from __future__ import annotations

from collections.abc import Callable

from tests.fixtures.api import Caller
from tests.fixtures.credit_world import World

Call = Callable[[str], Caller]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def prepared(call: Call, world: World, giver: str = "anna", expect: int = 201) -> dict[str, str]:
    body = {"given_by": str(world.school.id(giver)), "org_id": str(world.school.id("school-14"))}
    return call("mironova").post(f"/persons/{world.school.id('sonya')}/consents", body, expect)


def test_a_consent_is_prepared_signed_read_and_withdrawn(call: Call, world: World) -> None:
    draft = prepared(call, world)
    assert (draft["state"], draft["has_document"]) == ("draft", False)
    assert prepared(call, world)["id"] == draft["id"], "the same again gives the same draft"
    path = f"/consents/{draft['id']}"
    assert call("mironova").upload(f"{path}/document", "document", PDF, 422, method="electronic")["errors"]
    active = call("mironova").upload(f"{path}/document", "document", PDF, method="paper_scan")
    assert (active["state"], active["has_document"]) == ("active", True)
    (read,) = call("anna").get(f"/persons/{world.school.id('sonya')}/consents")
    assert read == active
    call("anna").post(f"{path}/withdraw", expect=200)
    (after,) = call("sonya").get(f"/persons/{world.school.id('sonya')}/consents")
    assert after["state"] == "withdrawn"


def test_only_who_may_consent_is_asked_and_only_the_family_and_the_office_look(
    call: Call, world: World
) -> None:
    assert prepared(call, world, giver="irina", expect=422)["code"] == "people.consent_giver"
    draft = prepared(call, world)
    sonya = world.school.id("sonya")
    for stranger in ("irina", "kim", "noskova"):
        call(stranger).get(f"/persons/{sonya}/consents", expect=404)
        call(stranger).post(f"/consents/{draft['id']}/withdraw", expect=404)
    foreign = {"given_by": str(world.school.id("anna")), "org_id": str(world.school.id("horizon"))}
    call("noskova").post(f"/persons/{sonya}/consents", foreign, expect=404)
    call("noskova").upload(f"/consents/{draft['id']}/document", "document", PDF, 404, method="paper_scan")
    assert call("kim").get(f"/persons/{world.school.id('kim')}/consents") == []
