"""The reference of the API says everything that the API can do."""

from __future__ import annotations

import re

from flask.testing import FlaskClient


def test_every_operation_stands_on_the_page_with_its_permission(client: FlaskClient) -> None:
    page = client.get("/api").text
    spec = client.get("/api/v1/openapi.json").json
    assert spec["openapi"].startswith("3.1")
    operations = [
        (method.upper(), path)
        for path, item in spec["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    ]
    assert len(operations) >= 20
    for method, path in operations:
        assert f"<code>{method} {path}</code>" in page
    assert page.count("<dt>Разрешение</dt>") == len(operations)


def test_its_links_lead_somewhere_and_no_id_stands_twice(client: FlaskClient) -> None:
    page = client.get("/api").text
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_errors_are_described_as_they_are(client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").json
    described = spec["components"]["schemas"]["Problem"]["properties"]
    answer = client.get("/api/v1/courses")
    assert answer.status_code == 401
    assert set(answer.json) <= set(described)


def test_numbers_and_uploads_are_described_as_they_are_sent(client: FlaskClient) -> None:
    schemas = client.get("/api/v1/openapi.json").json["components"]["schemas"]
    assert schemas["PlanItem"]["properties"]["hours"] == {"type": "string", "format": "decimal"}
    assert schemas["ItemJson"]["properties"]["hours"]["maximum"] == 2000
    assert set(schemas["DocumentFile"]["required"]) == {"kind", "file"}
    assert schemas["DocumentFile"]["properties"]["file"]["format"] == "binary"
