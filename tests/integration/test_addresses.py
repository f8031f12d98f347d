"""Addresses that are kept: the same as Flask builds them, whatever the request."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from uuid import uuid4

from flask import Flask
from werkzeug.routing import BuildError


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


VALUES = ("physics-fc33", "a b/ü?&{0}", "stands-for-1", "", 3)


def test_an_address_with_ids_and_words_is_the_one_that_flask_builds(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.arguments]
    assert len(rules) > 100
    for root in ("", "/school"):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            for rule, word in itertools.product(rules, VALUES):
                ids = {name: uuid4() if "uuid" in str(rule) else word for name in rule.arguments}
                for values in (ids, {**ids, "page": word}, {**ids, "a": uuid4(), "b": word, "c": word}):
                    assert answer(app.url_for, rule.endpoint, values) == answer(
                        functools.partial(Flask.url_for, app), rule.endpoint, values
                    ), (rule, values)


def answer(build: Callable[..., str], endpoint: str, values: dict[str, object]) -> str:
    """Return the address, or the name of the error that says that there is none."""
    try:
        return build(endpoint, **values)
    except BuildError as error:
        return type(error).__name__
