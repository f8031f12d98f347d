"""Put Flask on top of a runtime: sessions, language, guard, headers, errors, assets, menu."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import lru_cache
from typing import Any

import structlog
from flask import Flask, g
from flask_babel import get_locale
from flask_login import LoginManager
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.middleware.proxy_fix import ProxyFix

from lms.core.formulas import in_words, text_lines, typeset
from lms.core.runtime import Runtime
from lms.core.web import assets, compression, csrf, headers, i18n, pages, plugins, prefs, problems
from lms.core.web.access import access, install_guard
from lms.core.web.addresses import AddressBook
from lms.core.web.context import close_read_session, current_actor
from lms.core.web.error_links import install_error_links
from lms.core.web.forms import install_text_check
from lms.core.web.macros import QuickCalls, SharedMacros
from lms.core.web.menu import menu_of
from lms.core.web.problem_schema import ProblemApi
from lms.core.web.rules import LateRule
from lms.core.web.sessions import SlidingSessions

__all__ = ["build_flask"]


def build_flask(runtime: Runtime) -> Flask:
    """Return the Flask application for ``runtime`` with every feature's pages and API."""
    core = runtime.settings.core
    app = AddressBook("lms.core", static_folder="static", template_folder="templates")
    app.url_rule_class = LateRule
    app.session_interface = SlidingSessions(app)
    app.extensions["lms"] = runtime
    app.config.update(
        SECRET_KEY=runtime.keys.session_secret,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=core.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=core.session_hours),
        MAX_CONTENT_LENGTH=core.upload_max_bytes + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=core.session_hours * 3600,
        WTF_CSRF_SSL_STRICT=False,
        API_TITLE="Marshrut",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.jinja_env.template_class, app.jinja_env.context_class = SharedMacros, QuickCalls
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.filters.update(typeset=typeset, in_words=in_words, text_lines=text_lines)
    app.jinja_env.filters["once"] = lru_cache(maxsize=512)  # a macro that says the same for the same words
    if core.trusted_proxies:
        hops = core.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _identify_requests(app)
    brought = plugins.plugin_folders(runtime, "translations")
    i18n.install_babel(app, tuple(feature.name for feature in runtime.features), core.timezone, brought)
    csrf.install_csrf(app)
    LoginManager(app)
    app.extensions["lms_limiter"] = FixedWindowRateLimiter(storage_from_string(core.ratelimit_url))
    install_text_check(app)
    install_guard(app)
    headers.install_headers(app)
    assets.install_assets(app)
    compression.install_compression(app)
    install_error_links(app)  # behind the compression: what is registered last comes first
    app.teardown_appcontext(close_read_session)
    _register(app, runtime)
    plugins.install_plugin_templates(app, runtime)
    problems.install_problems(app)  # after the API, which brings an error handler of its own
    _install_template_context(app, runtime)
    return app


def _identify_requests(app: Flask) -> None:
    @app.before_request
    def identify() -> None:
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _register(app: Flask, runtime: Runtime) -> None:
    app.register_blueprint(pages.blueprint)
    api = ProblemApi(app)
    for feature in runtime.features:
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
        for api_blueprint in feature.api_blueprints:
            api.register_blueprint(api_blueprint)
        if feature.setup is not None:
            feature.setup(app, runtime)
    openapi_view = app.view_functions.get("api-docs.openapi_json")
    if openapi_view is not None:
        app.view_functions["api-docs.openapi_json"] = access("core.public")(_plain(openapi_view))


def _plain(view: Any) -> Any:
    """Wrap a bound method so that attributes can be set on it."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return call


def _install_template_context(app: Flask, runtime: Runtime) -> None:
    entries = sorted((entry for f in runtime.features for entry in f.menu), key=lambda entry: entry.order)

    @app.context_processor
    def common() -> dict[str, Any]:
        actor = current_actor()
        locale = get_locale()
        return {
            "actor": actor if actor.is_authenticated else None,
            "menu": menu_of(actor, entries),
            "prefs": prefs.reading_prefs(),
            "agreed_reading": prefs.agreed_reading,
            "locale": locale.language if locale else "ru",
            "now": runtime.clock.now(),
        }
