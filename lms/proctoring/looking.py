"""Look at one picture of a running sitting: who is in view, how light it is, and how like the sample when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lms.proctoring.contracts import ComparesFaces, FrameFacts, IdentityVerifier, Phase, TemplateValue
from lms.proctoring.rules.windows import should_embed
from lms.proctoring.verifiers.pictures import count_people, decode_picture, find_faces, light_of

__all__ = ["FRAME_SIDE", "look_at_frame"]

#: A frame of a sitting is looked at in this width; a sample and a start check in full. Beside 320 it finds the same faces
#: and their points as surely (400 photographs, near and far) for three quarters of the time.
FRAME_SIDE = 256
#: A frame has no more pixels than a camera's full HD: the page sends 640 x 480, and nobody makes the worker unpack more.
FRAME_PIXELS = 2_100_000


def look_at_frame(
    data: bytes,
    *,
    seq: int,
    at_s: float,
    history: Sequence[FrameFacts],
    templates: Sequence[TemplateValue],
    verifier: IdentityVerifier,
) -> FrameFacts:
    """Return what a frame shows; raise InvalidInput when it is no picture.

    The face is compared when `should_embed` asks for it, and the face that was found is not looked for again.
    """
    picture = decode_picture(data, FRAME_PIXELS)
    people = count_people(find_faces(picture, FRAME_SIDE))
    facts = FrameFacts(seq, at_s, tuple(face.box for face in people), {}, *light_of(picture))
    if not templates or not should_embed(history, facts):
        return facts
    if isinstance(verifier, ComparesFaces):
        comparison = verifier.compare_face(templates, picture, people[0], Phase.DURING)
    else:
        comparison = verifier.compare(templates, picture, Phase.DURING)
    if comparison.score is None:
        return facts
    return replace(facts, scores={comparison.metric: comparison.score})
