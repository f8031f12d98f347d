"""An OpenAPI document becomes words."""

from __future__ import annotations

from typing import Any

from lms.reports.rules.api_reference import ApiField, describe

SPEC: dict[str, Any] = {
    "info": {"title": "Probe", "version": "v1"},
    "tags": [{"name": "things", "description": "Things and more."}],
    "paths": {
        "/things/{id}": {
            "parameters": [
                {"in": "path", "name": "id", "required": True, "schema": {"type": "string", "format": "uuid"}}
            ],
            "get": {
                "tags": ["things"],
                "summary": "Show.",
                "responses": {"200": {"$ref": "#/components/responses/Ok"}},
            },
            "put": {
                "tags": ["things"],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                },
                "responses": {"204": {"description": "Gone well"}},
            },
        }
    },
    "components": {
        "responses": {
            "Ok": {
                "description": "OK",
                "content": {
                    "application/json": {
                        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
                    }
                },
            }
        },
        "schemas": {
            "Thing": {
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 5, "enum": ["a", "b"]},
                    "part": {"anyOf": [{"$ref": "#/components/schemas/Part"}, {"type": "null"}]},
                    "at": {"type": ["string", "null"], "format": "date-time"},
                },
            },
            "Part": {"properties": {"size": {"type": "integer", "minimum": 1}}},
            "Alone": {"properties": {}},
        },
    },
}


def test_operations_stand_under_their_group_with_what_they_take_and_answer() -> None:
    (group,) = describe(SPEC).groups
    assert group.title == "Things and more"
    get, put = group.operations
    assert get.answers == (("200", "OK", "list of Thing"),)
    assert get.parameters == (ApiField("id", "uuid", "", True, "path"),)
    assert (put.body, put.answers) == ("Thing", (("204", "Gone well", ""),))
    assert get.anchor != put.anchor


def test_schemas_are_those_that_something_leads_to() -> None:
    part, thing = describe(SPEC).schemas
    assert (part.name, thing.name) == ("Part", "Thing")
    assert thing.fields[0] == ApiField("name", "string", "", True, "one of a, b; at most 5 characters")
    assert thing.fields[1] == ApiField("part", "Part or null", "Part")
    assert thing.fields[2].type == "date-time or null"
    assert part.fields[0].note == "from 1"


def test_an_empty_document_is_an_empty_reference() -> None:
    assert describe({}).groups == ()
