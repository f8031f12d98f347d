"""Let an accredited service outside compare faces; it is told no name and only its decision is taken.

Two requests over HTTPS, JSON both ways (docs/face-service.md): pictures become a sealed sample that only the service can
read and that is kept here, encrypted as every sample is; later that sample and one picture become a decision. The
service keeps nothing, so destroying the sample here is enough. A service that is silent or talks nonsense could not
tell: that is its failure, never the person's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import ssl
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import structlog

from lms.core.errors import InvalidInput, Unavailable
from lms.proctoring.contracts import Comparison, IdentityVerifier, ModelRef, Phase, Picture, TemplateValue
from lms.proctoring.types import Outcome
from lms.proctoring.verifiers.pictures import YUNET, DetectedFace, count_people, find_faces
from lms.proctoring.verifiers.weights import missing_reason

__all__ = ["DECISION", "RemoteVerifier"]

log = structlog.get_logger(__name__)
#: A decision without a score: 1 is a match, 0 is none.
DECISION = "decision"
TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 262_144
SAME_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


class RemoteVerifier:
    """Ask the service whose address stands in the settings."""

    name = "remote"

    def __init__(self, address: str | None = None, token: str = "", timeout_s: float = TIMEOUT_S) -> None:
        """Speak to ``address``; None: it will be told by `at`."""
        self._address, self._token, self._timeout_s = address, token, timeout_s
        digest = hashlib.sha256((address or "").encode()).hexdigest()
        self._model = ModelRef("remote", "", digest)
        self.models: tuple[ModelRef, ...] = (self._model,)

    def at(self, address: str, token: str) -> IdentityVerifier:
        """Return the same for one address; samples that another service made are not used there."""
        return RemoteVerifier(address, token, self._timeout_s)

    @property
    def unavailable_reason(self) -> str | None:
        """Return why it cannot work here, or None: pictures leave over HTTPS only, faces are found here."""
        if self._address is None:
            return None
        where = urlsplit(self._address)
        is_safe = where.scheme == "https" or (where.scheme == "http" and where.hostname in SAME_MACHINE)
        if not is_safe or not where.hostname:
            return "LMS_PROCTORING_REMOTE_URL must be an https:// address"
        return missing_reason(YUNET)

    def enrol(self, pictures: Sequence[Picture]) -> tuple[TemplateValue, ...]:
        """Return the sample that the service sealed.

        Raises InvalidInput ``proctoring.no_usable_face`` when it takes none of the pictures, Unavailable
        ``proctoring.service_silent``.
        """
        import numpy as np  # only worker processes compare: the web never loads it

        answer = self._ask("samples", {"pictures": [_jpeg(picture) for picture in pictures]})
        if answer is None:
            raise Unavailable("proctoring.service_silent")
        sealed = _bytes(answer.get("sample"))
        if not sealed:
            raise InvalidInput("proctoring.no_usable_face")
        return (TemplateValue(self._named(answer), np.zeros((0, 0), np.float32), sealed),)

    def compare(self, templates: Sequence[TemplateValue], picture: Picture, phase: Phase) -> Comparison:
        """Ask about the main face of ``picture``; one without a face, or with several at a start, is not sent."""
        people = count_people(find_faces(picture))
        if not people:
            return self._answer(Outcome.COULD_NOT_TELL, "no_face")
        if phase is Phase.START and len(people) > 1:
            return self._answer(Outcome.COULD_NOT_TELL, "several_faces")
        return self.compare_face(templates, picture, people[0], phase)

    def compare_face(
        self, templates: Sequence[TemplateValue], picture: Picture, _face: DetectedFace, phase: Phase
    ) -> Comparison:
        """Ask about a picture in which a face was found."""
        mine = [t for t in templates if t.sealed and t.model.digest == self._model.digest]
        if not mine:
            return self._answer(Outcome.COULD_NOT_TELL, "no_template")
        sent = {"sample": _text(mine[-1].sealed), "picture": _jpeg(picture), "phase": phase.value}
        answer = self._ask("comparisons", sent)
        if answer is None or answer.get("decision") not in [outcome.value for outcome in Outcome]:
            return self._answer(Outcome.COULD_NOT_TELL, "service_silent")
        outcome = Outcome(answer["decision"])
        reason = "not_told" if outcome is Outcome.COULD_NOT_TELL else ""
        return self._answer(outcome, reason, self._named(answer))

    def _answer(self, outcome: Outcome, reason: str, model: ModelRef | None = None) -> Comparison:
        score = {Outcome.MATCH: 1.0, Outcome.NO_MATCH: 0.0}.get(outcome)
        return Comparison(outcome, DECISION, score, 1.0, model or self._model, reason)

    def _named(self, answer: Mapping[str, Any]) -> ModelRef:
        """Return the service and its version as it names them, bound to its address."""
        service, version = (str(answer.get(key, ""))[:40] for key in ("service", "version"))
        return ModelRef(service or self._model.id, version, self._model.digest)

    def _ask(self, path: str, sent: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the service's JSON, or None when it did not answer as agreed; redirects are not followed."""
        if not self._address:
            return None
        where = urlsplit(self._address)
        try:
            status, body = self._post(f"{where.path.rstrip('/')}/{path}", json.dumps(sent).encode())
            answer = json.loads(body) if status == 200 and len(body) <= MAX_ANSWER_BYTES else None
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            status, answer = type(error).__name__, None
        if not isinstance(answer, dict):
            log.warning("face_service_silent", host=where.hostname, status=status)
            return None
        return answer

    def _post(self, path: str, body: bytes) -> tuple[int | str, bytes]:
        where = urlsplit(self._address or "")
        host = where.hostname or ""
        if where.scheme == "https":
            context = ssl.create_default_context()
            line: HTTPConnection = HTTPSConnection(host, where.port, timeout=self._timeout_s, context=context)
        else:
            line = HTTPConnection(host, where.port, timeout=self._timeout_s)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        try:
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read(MAX_ANSWER_BYTES + 1)
        finally:
            line.close()


def _jpeg(picture: Picture) -> str:
    """Return a picture as it is sent: pixels only, nothing of the camera or the file."""
    import cv2

    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise InvalidInput("upload.not_a_picture")
    return _text(encoded.tobytes())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(value: object) -> bytes:
    """Return what a base64 text holds; anything else is nothing."""
    if not isinstance(value, str):
        return b""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
