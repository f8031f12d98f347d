"""Open a package of another system, or a model, in a sealed frame; hand its files out to that frame only.

The frame gets an origin of its own (the policy of every file says ``sandbox`` without ``allow-same-origin``, or its files
come from another host): its scripts see no cookie, no page and no address of ours. They may load the files of their own
package and nothing else. The address of a package cannot be guessed and does not hold for long.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import secrets
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, abort, current_app, make_response, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from lms.core.models import StoredFile
from lms.core.packages import Package, UnreadableFile
from lms.core.runtime import Runtime
from lms.core.web import access, read_session, runtime
from lms.core.web.assets import asset_url
from lms.core.web.headers import CSP
from lms.courses import queries
from lms.courses.contracts import COURSE_BLOCKS, PlayedBlock, Player, PlayerKind
from lms.courses.formats.players import scorm_parts, with_script
from lms.courses.models import Block, Course, Enrolment
from lms.courses.outside_players import h5p_player_path, has_player
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.lesson import find_step, step_in_reach
from lms.courses.pages.writing import course_to_write
from lms.courses.queries import OutlineStep
from lms.courses.settings import CoursesSettings
from lms.courses.types import EnrolmentState

__all__ = ["play", "played", "preview_play", "seal"]

#: What a frame may do; an origin of ours is not among it.
SANDBOX = "allow-scripts allow-forms allow-modals"
#: Where the files of the H5P player stand beside those of a package.
CORE = "~h5p/"
MODEL_FILE = "model.glb"
_OF_PACKAGES = ("courses.played", "courses.played_file", "static")
#: What plays a model, on the wire.
MODEL_PLAYER_BYTES = 300_000
_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".css": "text/css",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".wasm": "application/wasm",
    ".glb": "model/gltf-binary",
    ".vtt": "text/vtt",
}


def seal(app: Flask, made: Runtime) -> None:
    """Answer under the second address with packages and built files only: a page there would share their origin."""
    origin = made.settings.of(CoursesSettings).player_origin
    if not origin:
        return

    @app.before_request
    def keep_apart() -> None:
        if request.host_url.rstrip("/") == origin and request.endpoint not in _OF_PACKAGES:
            abort(404)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="course-player")


@blueprint.get("/<uuid:course_id>/steps/<uuid:block_id>/play")
@access("courses.look")
def play(course_id: UUID, block_id: UUID) -> Response:
    """Open what a step offers to run: for learners who are in the course, and for its organisation's staff."""
    course, enrolment, here = step_in_reach(course_id, block_id)
    return _page(course, enrolment, block_id, here)


@blueprint.get("/<uuid:course_id>/write/preview/<uuid:block_id>/play")
@access("courses.author")
def preview_play(course_id: UUID, block_id: UUID) -> Response:
    """Try what a step of the draft offers to run; nothing of it is kept."""
    course = course_to_write(course_id)
    draft = queries.draft_version(read_session(), course_id) or abort(404)
    view = queries.draft_outline(queries.shape_of(read_session(), draft))
    return _page(course, None, block_id, find_step(view, block_id)[1])


def _page(course: Course, enrolment: Enrolment | None, block_id: UUID, here: OutlineStep) -> Response:
    session, settings = read_session(), runtime().settings.of(CoursesSettings)
    block = session.get_one(Block, block_id)
    player = _player_of(block)
    media = queries.media_row(session, course.id, UUID(player.media))
    parts = _parts(session.get_one(StoredFile, media.file_id), player)
    number = min(max(1, request.args.get("part", 1, type=int)), max(1, len(parts)))
    base = _base(
        settings, _serializer().dumps({"m": str(media.id), "c": str(course.id), "k": player.kind.value})
    )
    keeps = enrolment is not None and enrolment.state is not EnrolmentState.PAUSED
    kept = queries.play_of(session, enrolment.id, block_id) if enrolment is not None else None
    nonce = secrets.token_urlsafe(16)
    state = (kept.parts.get(str(number)) or {}).get("state") if kept is not None else None
    said = {"for": "marshrut-player", "nonce": nonce, "state": state, "alt": player.alt}
    is_there = has_player(runtime(), player.kind)
    page = make_response(
        render_template(
            "courses/play.html",
            card=queries.course_card(session, course.id),
            title=block.title or here.title,
            back=here.url,
            parts=[(each.title or str(n), n == number) for n, each in enumerate(parts, 1)],
            number=number,
            src=base + (parts[number - 1].href if parts else "") if is_there else "",
            name=json.dumps(said),
            nonce=nonce,
            origin=settings.player_origin or "null",
            sandbox=SANDBOX + (" allow-same-origin" if settings.player_origin else ""),
            keep=url_for("courses_api.keep_play", course_id=course.id, block_id=block_id) if keeps else "",
            script_words=words.on_play(),
            result=words.play_result(kept),
        )
    )
    page.headers["Content-Security-Policy"] = f"{CSP}; frame-src {base}"
    return page


def _player_of(block: Block) -> Player:
    """Return what a block opens, or answer 404."""
    plugin: object = runtime().registries.of(COURSE_BLOCKS).find(block.type)
    return plugin.player(block.content) if isinstance(plugin, PlayedBlock) else abort(404)


def _base(settings: CoursesSettings, token: str) -> str:
    """Return the whole address under which a frame finds the files of its package."""
    path = url_for("courses.played", token=token)
    return (settings.player_origin or request.host_url.rstrip("/")) + path


def _parts(stored: StoredFile, player: Player) -> list[Any]:
    """Return the parts of a SCORM package; one that cannot be read any more has none."""
    if player.kind is not PlayerKind.SCORM:
        return []
    with runtime().files.open(stored.key) as handle:
        return list(scorm_parts(Package(handle)))


@blueprint.get("/play/<token>/")
@blueprint.get("/play/<token>/<path:name>", endpoint="played_file")
@access("core.public", light=True)
def played(token: str, name: str = "") -> Response:
    """Hand out one file of a package to its frame: whoever has the address, which nobody can guess, as long as it holds."""
    settings = runtime().settings.of(CoursesSettings)
    try:
        said = _serializer().loads(token, max_age=settings.player_address_s)
    except BadSignature:
        abort(404)
    kind, session = PlayerKind(said["k"]), read_session()
    media = queries.media_row(session, UUID(said["c"]), UUID(said["m"]))
    stored = session.get_one(StoredFile, media.file_id)
    try:
        with runtime().files.open(stored.key) as handle:
            data, media_type = _file(kind, name, handle, settings)
    except UnreadableFile:
        abort(404)
    response = make_response(data)
    response.mimetype = media_type
    response.set_etag(hashlib.sha256(f"{media.sha256}/{name}".encode()).hexdigest()[:32])
    response.cache_control.private = True
    response.cache_control.max_age = settings.player_address_s
    response.headers["Access-Control-Allow-Origin"] = (
        "*"  # a sealed frame has no origin; no cookie is sent or read
    )
    response.headers["Content-Security-Policy"] = _policy(settings, token)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response.make_conditional(request.environ, accept_ranges=True, complete_length=len(data))


def _policy(settings: CoursesSettings, token: str) -> str:
    """Return what a package may do: run its own scripts, load its own files, and be shown on our pages only."""
    here = request.host_url.rstrip("/")
    own = f"{here}{url_for('courses.played', token=token)}"
    is_apart = here == settings.player_origin
    built = f"{here}{current_app.static_url_path}/dist/players/"
    return "; ".join(
        (
            f"default-src {own} data: blob: 'unsafe-inline' 'unsafe-eval'",
            f"script-src {own} {built} blob: 'unsafe-inline' 'unsafe-eval'",
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {runtime().settings.core.base_url if is_apart else here}",
            f"sandbox {SANDBOX}" + (" allow-same-origin" if is_apart else ""),
        )
    )


def _file(kind: PlayerKind, name: str, handle: Any, settings: CoursesSettings) -> tuple[bytes, str]:
    """Return one file and its type; raise UnreadableFile or answer 404 when there is none."""
    if not name:
        return _begin(kind).encode(), "text/html"
    if kind is PlayerKind.MODEL:
        return (handle.read(), _TYPES[".glb"]) if name == MODEL_FILE else abort(404)
    if kind is PlayerKind.H5P and name.startswith(CORE):
        package, name = _h5p_player(h5p_player_path(runtime())), f"package/dist/{name.removeprefix(CORE)}"
    else:
        package = Package(handle)
    if name not in package.names():
        abort(404)
    data, media_type = package.read(name), _type_of(name)
    if kind is PlayerKind.SCORM and media_type in ("text/html", "application/xhtml+xml"):
        is_2004 = any(part.is_2004 for part in scorm_parts(package))
        data = with_script(data, asset_url(f"players/scorm{'2004' if is_2004 else '12'}.js"))
    return data, media_type


def _type_of(name: str) -> str:
    ending = "." + name.rpartition(".")[2].lower()
    return _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"


@lru_cache(maxsize=1)
def _h5p_player(path: str) -> Package:
    """Return the player of H5P that the school has put there; answer 404 when there is none."""
    place = Path(path)
    return Package(place.read_bytes()) if path and place.is_file() else abort(404)


def _begin(kind: PlayerKind) -> str:
    """Return the page with which a package without a page of its own begins; a SCORM package has one."""
    if kind is PlayerKind.SCORM:
        abort(404)
    body = {
        PlayerKind.H5P: f'<div data-h5p="{CORE[:-1]}"></div><script src="{CORE}main.bundle.js"></script>',
        PlayerKind.MODEL: f'<model-viewer src="{MODEL_FILE}" camera-controls ar ar-modes="webxr" touch-action="pan-y"'
        ' style="width:100%;height:98vh"></model-viewer>',
    }[kind]
    script = escape(asset_url(f"players/{kind.value}.js"))
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title></title></head>'
        f'<body>{body}<script src="{script}"></script></body></html>'
    )
