"""The net that the page runs to say where to sit finds the faces that the server's own detector finds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np

from lms.proctoring.verifiers.pictures import YUNET, find_faces
from tests.fixtures.faces import FacePhotos, camera_frame
from tests.fixtures.setup import ROOT, required_tool

SMALL = (160, 120)
LOOK = """
import { readFileSync } from "node:fs";
const { facesIn, hintFor } = await import(process.argv[1] + "/finder.js");
const { readNet } = await import(process.argv[1] + "/net.js");
const run = readNet(new Uint8Array(readFileSync(process.argv[2])));
const all = readFileSync(process.argv[3]);
const found = [];
for (let at = 0; at < all.length; at += 160 * 120 * 4) {
  const faces = facesIn(run, all.subarray(at, at + 160 * 120 * 4), 120);
  found.push([hintFor(faces), faces.map((face) => [face.x, face.y, face.width, face.score])]);
}
console.log(JSON.stringify(found));
"""


def moved(photo: Path, *, aside: int = 0, down: int = 0, size: float = 1.0) -> np.ndarray:
    """Return a photograph before the camera, moved by pixels or made smaller."""
    move = np.array([[size, 0, 320 - 320 * size + aside], [0, size, 240 - 240 * size + down]], np.float32)
    return cv2.warpAffine(camera_frame(photo), move, (640, 480), borderValue=(128, 128, 128))


def test_the_page_finds_the_faces_of_the_server_and_says_where_to_sit(
    face_photos: FacePhotos, tmp_path: Path
) -> None:
    photo = face_photos.first_person[1]
    two = moved(photo, aside=-150)
    two[:, 320:] = moved(photo, aside=150)[:, 320:]
    scenes = {
        "": moved(photo),
        "left": moved(photo, aside=-230),
        "right": moved(photo, aside=230),
        "higher": moved(photo, down=250),
        "closer": moved(photo, size=0.5),
        "farther": moved(photo, size=4, down=220),
        "several": two,
        "nobody": np.full((480, 640, 3), 128, np.uint8),
    }
    small = [cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA) for frame in scenes.values()]
    pixels = tmp_path / "pixels"
    pixels.write_bytes(b"".join(cv2.cvtColor(frame, cv2.COLOR_BGR2RGBA).tobytes() for frame in small))
    source = f"file://{ROOT}/frontend/src/camera"
    asked = [required_tool("node"), "--input-type=module", "-e", LOOK, source, YUNET.path(), str(pixels)]
    told = json.loads(subprocess.run(asked, capture_output=True, check=True, timeout=60).stdout)
    assert [hint for hint, _ in told] == list(scenes)
    for (_, mine), frame in zip(told, small, strict=True):
        theirs = [face.box for face in find_faces(frame) if face.box.score >= 0.7]
        theirs.sort(key=lambda box: -box.area)
        expected = [[*box.centre, box.width, box.score] for box in theirs]
        assert np.allclose(mine, expected, atol=2e-3), (mine, expected)
