"""Addresses that are kept: the same as Flask builds them, whatever the request."""

from __future__ import annotations

from flask import Flask


def test_every_address_is_the_one_that_flask_builds(app: Flask) -> None:
    plain = sorted({rule.endpoint for rule in app.url_map.iter_rules() if not rule.arguments})
    assert len(plain) > 50
    for root in ("", "/school"):
        for method in ("GET", "POST"):
            with app.test_request_context("/", method=method, environ_overrides={"SCRIPT_NAME": root}):
                for endpoint in plain:
                    built = Flask.url_for(app, endpoint)
                    assert [app.url_for(endpoint) for _ in range(2)] == [built, built]
                    assert app.url_for(endpoint, _external=True) == f"http://localhost{built}"
                    assert app.url_for(endpoint, next="/a?b") == Flask.url_for(app, endpoint, next="/a?b")
