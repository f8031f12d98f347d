"""Show one step of a course, take answers, go on; and hand out media to those who may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from lms.core.errors import InvalidInput, NotFound
from lms.core.models import StoredFile
from lms.core.web import (
    access,
    authorise,
    file_disposition,
    flash_ok,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.inner import is_for_pack
from lms.core.web.prefs import AgreedReading, ReadingPrefs
from lms.core.web.problems import error_texts
from lms.courses import queries, service, structure
from lms.courses.contracts import (
    COURSE_BLOCKS,
    BlockContext,
    CompletionRule,
    CourseBlock,
    DiscussedBlock,
    LaunchedBlock,
    PastAnswer,
    PlayedBlock,
    Rendered,
    ReviewedBlock,
)
from lms.courses.models import Block, Course, Enrolment, Tool, Work, WorkMark
from lms.courses.outside_players import has_player
from lms.courses.page_rows import blocks_by_id
from lms.courses.pages import words
from lms.courses.pages.beside import Typed, beside, note_visit
from lms.courses.pages.catalogue import blueprint, course_of, own_enrolment
from lms.courses.pages.discussion_view import discussion
from lms.courses.pages.gate_words import gate_reason, names_in
from lms.courses.queries import OutlineSection, OutlineStep, OutlineView
from lms.courses.review_reading import ReviewView, is_takeable, marks_on, reviews_of
from lms.courses.rules.metadata import read_meta
from lms.courses.rules.steps import block_seed
from lms.courses.settings import CoursesSettings
from lms.courses.term_reading import term_of
from lms.courses.tool_reading import tool_for
from lms.courses.types import EnrolmentState

__all__ = ["find_step", "media", "render_step", "step", "step_in_reach"]


#: What somebody else completes: one goes on meanwhile.
_JUDGED = (CompletionRule.ACCEPTED, CompletionRule.RESULT)


NOTHING_TYPED = Typed()


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """One block of the page: its values and how it is completed."""

    block: Block
    rendered: Rendered
    rule: CompletionRule | None
    is_completed: bool
    try_no: int
    has_answer: bool
    works: Sequence[Work] = ()
    size: str = ""
    play: str = ""
    has_player: bool = True
    points: Sequence[str] = ()
    reviews: Mapping[UUID, Sequence[ReviewView]] = field(default_factory=dict)
    marks: Mapping[UUID, WorkMark] = field(default_factory=dict)
    tool: str = ""
    tool_is_framed: bool = False
    approval: str = ""
    kind: str = ""
    is_takeable: bool = False
    talks: bool = False


@blueprint.get("/<uuid:course_id>/steps/<uuid:block_id>")
@access("courses.look")
def step(course_id: UUID, block_id: UUID) -> Response | str:
    """Show one step: to learners who are in the course, and to its organisation's staff to read."""
    course = course_of(course_id)
    enrolment = own_enrolment(course_id)
    if enrolment is not None:
        authorise("courses.study", enrolment)
    else:
        authorise("courses.teach", course)
    view = queries.outline(read_session(), course_id, enrolment)
    section, here = find_step(view, block_id)
    if here.id != block_id:
        return redirect(here.url, code=302)
    if not section.is_open and enrolment is not None:
        return render_template(
            "courses/closed.html",
            card=queries.course_card(read_session(), course_id),
            section=section,
            reason=gate_reason(names_in(view, course.org_id), section.waits_for),
        )
    note_visit(course, enrolment, here)
    return render_step(course, enrolment, view, section, here)


def step_in_reach(course_id: UUID, block_id: UUID) -> tuple[Course, Enrolment | None, OutlineStep]:
    """Return a step for learners who are in the course and have come so far, and for its organisation's staff; else 403 or 404."""
    course, enrolment = course_of(course_id), own_enrolment(course_id)
    if enrolment is not None:
        authorise("courses.study", enrolment)
    else:
        authorise("courses.teach", course)
    section, here = find_step(queries.outline(read_session(), course_id, enrolment), block_id)
    if not section.is_open and enrolment is not None:
        abort(404)
    return course, enrolment, here


def find_step(view: OutlineView, block_id: UUID) -> tuple[OutlineSection, OutlineStep]:
    """Return the step that a block stands on, and its section; raise NotFound ``course.no_block``."""
    for section in view.sections:
        for candidate in section.steps:
            if block_id in candidate.block_ids:
                return section, candidate
    raise NotFound("course.no_block")


def render_step(
    course: Course,
    enrolment: Enrolment | None,
    view: OutlineView,
    section: OutlineSection,
    here: OutlineStep,
    refused: tuple[UUID, Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]] | None = None,
    *,
    is_preview: bool = False,
    work: tuple[str, Mapping[str, Sequence[str]], Sequence[str]] = ("", {}, ()),
    agreed: AgreedReading | None = None,
    typed: Typed = NOTHING_TYPED,
) -> str:
    """Return the page of a step; ``is_preview``: its author tries a draft, as a student with ``agreed`` would see it.

    ``work``: what was handed in and refused (words, errors, files that were to go along again); ``typed``: what was typed beside the lesson and refused.
    """
    shown = _shown_blocks(course, enrolment, here, refused)
    steps, position = view.steps, view.steps.index(here)
    asks = next((item for item in shown if item.rule is CompletionRule.SCORE), None)
    following = steps[position + 1] if position + 1 < len(steps) else None
    over = _over(enrolment)
    return render_template(
        "courses/step.html",
        card=queries.course_card(read_session(), course.id),
        section=section,
        section_number=view.sections.index(section) + 1,
        here=here,
        number=section.steps.index(here) + 1,
        rows=[_step_row(other, here) for other in section.steps],
        shown=shown,
        asks=asks,
        again="again" in request.args,
        explicit=any(item.rule is CompletionRule.EXPLICIT for item in shown),
        hands_in=any(item.rule in _JUDGED and not item.is_completed for item in shown),
        is_readonly=enrolment is None
        or enrolment.state is EnrolmentState.PAUSED
        or bool(over)
        or any(item.rule is None for item in shown),
        over=over,
        is_paused=enrolment is not None and enrolment.state is EnrolmentState.PAUSED,
        previous=steps[position - 1] if position else None,
        following=following if enrolment is None or (following and following.is_open) else None,
        is_last=following is None,
        discussions={}
        if is_preview or is_for_pack()
        else {item.block.id: discussion(course, enrolment, item.block) for item in shown},
        errors=refused[2] if refused else work[1] or typed.errors,
        side=None if is_preview or is_for_pack() else beside(course, enrolment, here, typed),
        work_text=work[0],
        work_again=work[2],
        review_words=words.review_words(),
        is_preview=is_preview,
        **(
            {}
            if agreed is None
            else {"agreed_reading": lambda _activity: agreed, "prefs": ReadingPrefs(size=agreed.size)}
        ),
        device={"now": runtime().clock.now(), "words": words.on_device()} if enrolment is not None else None,
    )


def _over(enrolment: Enrolment | None) -> str:
    """Say that a learner's last day has passed, where it has."""
    term = None if enrolment is None else term_of(read_session(), enrolment, runtime().clock.now().date())
    return words.over(term) if term is not None and term.is_over else ""


def _step_row(other: OutlineStep, here: OutlineStep) -> dict[str, Any]:
    place = "now" if other.id == here.id else "done" if other.is_completed else "ahead"
    return {
        "title": other.title,
        "detail": words.minutes(other.minutes),
        "is": place,
        "href": other.url if other.id != here.id else None,
    }


def _shown_blocks(
    course: Course,
    enrolment: Enrolment | None,
    here: OutlineStep,
    refused: tuple[UUID, Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]] | None,
) -> list[ShownBlock]:
    session = read_session()
    facts = queries.facts_of(session, enrolment) if enrolment is not None else None
    last = queries.last_answers(session, enrolment.id, here.block_ids) if enrolment is not None else {}
    shown = []
    for block in blocks_by_id(session, here.block_ids):
        block_id = block.id
        plugin = runtime().registries.of(COURSE_BLOCKS).find(block.type)
        is_completed = facts is not None and block_id in facts.completed
        if plugin is None:
            missing = Rendered("courses/blocks/missing.html", {"type": block.type})
            shown.append(ShownBlock(block, missing, None, is_completed, 1, has_answer=False))
            continue
        mine = refused if refused is not None and refused[0] == block_id else None
        level = 3 if block.title and block.title != here.title else 2
        shown.append(
            _shown(
                course,
                enrolment,
                block,
                plugin,
                last=last.get(block_id),
                is_completed=is_completed,
                refused=mine,
                level=level,
            )
        )
    return shown


def _shown(
    course: Course,
    enrolment: Enrolment | None,
    block: Block,
    plugin: CourseBlock,
    *,
    last: PastAnswer | None,
    is_completed: bool,
    refused: tuple[UUID, Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]] | None,
    level: int,
) -> ShownBlock:
    following = last.try_no + 1 if last else 1
    begins = last is None or "again" in request.args or refused is not None or is_for_pack()
    owner = enrolment.id if enrolment is not None else course.id
    context = BlockContext(
        block_id=block.id,
        title=block.title,
        language=course.language,
        prefix=structure.field_prefix(block.id),
        seed=block_seed(owner, block.id, following if begins or last is None else last.try_no),
        media_url=lambda name: queries.media_path(course.id, name),
        registries=runtime().registries,
        is_completed=is_completed,
        is_readonly=enrolment is None or enrolment.state is EnrolmentState.PAUSED,
        last=None if begins else last,
        draft=refused[1] if refused else None,
        errors=refused[2] if refused else {},
        before=last,
        level=level,
        now=runtime().clock.now(),
    )
    rendered, rule = plugin.render(block.content, context), plugin.completion(block.content)
    works: Sequence[Work] = ()
    if rule is CompletionRule.ACCEPTED and enrolment is not None and not is_for_pack():
        works = queries.works_of(read_session(), enrolment.id, block.id)
    play, size = "", words.size(block.size_bytes) if isinstance(plugin, PlayedBlock) else ""
    if isinstance(plugin, PlayedBlock):
        play = words.play_result(queries.play_of(read_session(), enrolment.id, block.id)) if enrolment else ""
    tool = tool_of(course, block, plugin)
    if tool is not None and enrolment is not None:
        play = words.play_result(queries.play_of(read_session(), enrolment.id, block.id))
    shown = ShownBlock(
        block,
        rendered,
        rule,
        is_completed,
        following,
        not begins,
        works=works,
        size=size,
        play=play,
        has_player=_can_play(plugin, block),
        tool=tool.name if tool is not None else "",
        tool_is_framed=tool is not None and tool.is_framed,
        approval=words.approval(approved) if (approved := read_meta(block.meta).approval) else "",
        kind=plugin.label(),
        is_takeable=bool(works) and is_takeable(read_session(), works[-1]),
        talks=isinstance(plugin, DiscussedBlock) and is_for_pack(),
    )
    return _with_opinions(shown, plugin) if works else shown


def _can_play(plugin: object, block: Block) -> bool:
    """Tell whether this school can run what a block offers to run, if it does."""
    return not isinstance(plugin, PlayedBlock) or has_player(runtime(), plugin.player(block.content).kind)


def _with_opinions(shown: ShownBlock, plugin: object) -> ShownBlock:
    """Add what fellow learners say to the works, and what a teacher drew on their photographs."""
    session, now = read_session(), runtime().clock.now()
    photos = [file.id for work in shown.works for file in work.files if file.media_type.startswith("image/")]
    is_reviewed = isinstance(plugin, ReviewedBlock) and bool(plugin.peers(shown.block.content))
    return replace(
        shown,
        points=plugin.criteria(shown.block.content) if isinstance(plugin, ReviewedBlock) else (),
        reviews=reviews_of(session, [work.id for work in shown.works], now) if is_reviewed else {},
        marks=marks_on(session, photos) if photos else {},
    )


def tool_of(course: Course, block: Block, plugin: object) -> Tool | None:
    """Return the registered tool at which a block opens something, if there is one."""
    asked = plugin.launch(block.content) if isinstance(plugin, LaunchedBlock) else None
    return tool_for(read_session(), course.org_id, asked.address) if asked is not None else None


@blueprint.post("/<uuid:course_id>/steps/<uuid:block_id>/done")
@access("courses.study")
def done(course_id: UUID, block_id: UUID) -> Response:
    """Mark the step as done and go on to the next one."""
    enrolment = own_enrolment(course_id) or abort(404)
    with unit_of_work() as uow:
        receipt = service.complete_step(uow, enrolment.id, block_id)
    if receipt.course_completed:
        flash_ok(gettext("You have gone through the whole course. Well walked!"))
    elif receipt.opened_sections:
        flash_ok(gettext("Done. The next section is open."))
    if receipt.course_completed or receipt.next_block_url is None:
        return see_other("courses.course", course_id=course_id)
    return redirect(receipt.next_block_url, code=303)


@blueprint.post("/<uuid:course_id>/steps/<uuid:block_id>/answer")
@access("courses.study")
def answer(course_id: UUID, block_id: UUID) -> Response | tuple[str, int]:
    """Mark an answer and show the step again with what came of it; a refused answer stays as typed (422)."""
    course = course_of(course_id)
    enrolment = own_enrolment(course_id) or abort(404)
    own_fields = {"csrf_token", "try_no", "block"}
    asked = request.form.get("block", type=UUID) or block_id
    sent = {name: request.form.getlist(name) for name in request.form if name not in own_fields}
    try:
        with unit_of_work() as uow:
            receipt = service.answer_block(
                uow, enrolment.id, asked, sent, try_no=request.form.get("try_no", type=int)
            )
    except InvalidInput as error:
        view = queries.outline(read_session(), course_id, enrolment)
        section, here = find_step(view, asked)
        return render_step(course, enrolment, view, section, here, (asked, sent, _worded(error))), 422
    if receipt.course_completed:
        flash_ok(gettext("You have gone through the whole course. Well walked!"))
    elif receipt.opened_sections:
        flash_ok(gettext("The next section is open."))
    return redirect(queries.step_path(course_id, block_id) + "#answer", code=303)


def _worded(error: InvalidInput) -> dict[str, list[str]]:
    texts = error_texts()
    fields = error.fields or {"_form": [error.code]}
    return {name: [str(texts.get(m, m)) for m in messages] for name, messages in fields.items()}


@blueprint.get("/<uuid:course_id>/media/<uuid:media_id>")
@access("courses.read_media")
def media(course_id: UUID, media_id: UUID) -> Response:
    """Hand out a media file, whole or in part (a video player asks for ranges), to those who are in the course.

    The address stands for content of one hash, so a browser may keep it; a shared cache may not.
    """
    session = read_session()
    found = queries.media_row(session, course_id, media_id)
    authorise("courses.read_media", found)
    stored = session.get_one(StoredFile, found.file_id)
    handle = runtime().files.open(stored.key)
    response = Response(
        wrap_file(request.environ, handle), mimetype=found.media_type, direct_passthrough=True
    )
    response.call_on_close(handle.close)
    response.content_length = stored.size_bytes
    response.set_etag(found.sha256)
    response.cache_control.private = True
    response.cache_control.max_age = runtime().settings.of(CoursesSettings).media_cache_s
    response.vary.add("Cookie")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    if not found.media_type.startswith(("image/", "video/", "audio/", "text/vtt")):
        response.headers["Content-Disposition"] = file_disposition("attachment", found.name)
    try:
        return response.make_conditional(
            request.environ, accept_ranges=True, complete_length=stored.size_bytes
        )
    except RequestedRangeNotSatisfiable:
        handle.close()
        raise
