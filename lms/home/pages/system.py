"""Show the state of the machinery to those who run it; no page here shows anything about a person."""

from __future__ import annotations

from flask import render_template

from lms.core import migrate
from lms.core.queries import system_health
from lms.core.web import access, read_session, runtime
from lms.home.pages.home import blueprint

__all__ = ["system"]


@blueprint.get("/admin/system")
@access("home.system")
def system() -> str:
    """Show workers, waiting and failing events, schema, ledger, files and plug-ins."""
    here = runtime()
    url = here.database.url
    return render_template(
        "home/system.html",
        health=system_health(read_session(), here.clock.now(), here.settings.core.worker_heartbeat_s),
        is_schema_new=migrate.current_revisions(url) == migrate.head_revisions(url),
        engine=here.database.engine.dialect.name,
        registries=list(here.registries),
    )
