"""What watching costs and how soon it sees: pictures a second, memory, students on one core, a substituted person.

Every worker runs in a process of its own, so that memory and loading are its own; times are CPU times of one thread. The
naive way is the package face_recognition as its documentation shows it: locations, landmarks, encodings. The clock of the
simulations is virtual, the pictures and the costs are real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lms.proctoring.checks import builtin as checks
from lms.proctoring.contracts import FrameFacts, TemplateValue
from lms.proctoring.looking import look_at_frame
from lms.proctoring.rules.cadence import next_interval_s
from lms.proctoring.service.sittings import HISTORY
from lms.proctoring.verifiers import builtin as verifiers
from tests.fixtures.faces import FacePhotos, camera_frame, jpeg
from tests.fixtures.figures import Figures

pytestmark = pytest.mark.slow

CADENCE_S, JITTER_S = 5.0, 2.0
#: One core serves so many students, and a finding is there so soon, in seconds.
STUDENTS, MOST_DELAY_S = 120, 15.0
MINUTES = 3
HOUR_OF_FRAMES = 720

WORKER = """
import json, multiprocessing, sys, time
from pathlib import Path
kind, rounds, photos = sys.argv[1], int(sys.argv[2]), [Path(p).read_bytes() for p in sys.argv[3:]]
if kind == "naive":
    import face_recognition, io
    def look(data, n):
        picture = face_recognition.load_image_file(io.BytesIO(data))
        face_recognition.face_locations(picture)
        face_recognition.face_landmarks(picture)
        face_recognition.face_encodings(picture)
else:
    from lms.proctoring.looking import look_at_frame
    from lms.proctoring.verifiers import builtin
    from lms.proctoring.verifiers.pictures import decode_picture
    verifier = next(v for v in builtin() if v.name == "cascade")
    def enrol():
        return verifier.enrol([decode_picture(data) for data in photos])
    if kind == "watching":  # the sample was registered by another process
        with multiprocessing.get_context("fork").Pool(1) as pool:
            templates = pool.apply(enrol)
    else:
        templates = enrol()
    history = []
    def look(data, n):
        seen = history[-11:] if kind == "tracked" else []
        history.append(look_at_frame(data, seq=n, at_s=n * 5.0, history=seen, templates=templates, verifier=verifier))
look(photos[0], 1)
loaded = time.process_time()  # since the process began
began = time.process_time()
for n in range(rounds):
    look(photos[n // 10 % len(photos)], n + 2)
cost = (time.process_time() - began) / rounds
pss = next(int(l.split()[1]) for l in open("/proc/self/smaps_rollup") if l.startswith("Pss:")) / 1024
print(json.dumps({"cost_ms": cost * 1000, "pss_mb": pss, "loaded_s": loaded}))
"""


def run_worker(kind: str, rounds: int, photos: Sequence[Path]) -> dict[str, float]:
    """Return cost of a picture in milliseconds, memory after the last and seconds until the first was looked at."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", WORKER, kind, str(rounds), *map(str, photos)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def webcam(face_photos: FacePhotos, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return webcam pictures of the first person, 640 x 480, as files."""
    folder = tmp_path_factory.mktemp("webcam")
    paths = []
    for number, photo in enumerate(face_photos.first_person):
        path = folder / f"{number}.jpg"
        path.write_bytes(jpeg(camera_frame(photo)))
        paths.append(path)
    return paths


def test_pictures_a_second_and_memory_of_a_worker(figures: Figures, webcam: list[Path]) -> None:
    naive = run_worker("naive", 10, webcam)
    full = run_worker("full", 100, webcam)
    tracked = run_worker("tracked", 100, webcam)
    watching = run_worker("watching", 100, webcam)
    what = "pictures a second per core, decode to decision, 640x480"
    figures.note("identity", f"{what}: naive", 1000 / naive["cost_ms"], "1/s")
    figures.note("identity", f"{what}: every face compared", 1000 / full["cost_ms"], "1/s")
    figures.note("identity", f"{what}: every third face compared", 1000 / tracked["cost_ms"], "1/s")
    figures.at_least(
        "identity",
        "every face compared, times the naive way",
        naive["cost_ms"] / full["cost_ms"],
        12,
        "times",
    )
    figures.at_least(
        "identity",
        "every third face compared, times the naive way",
        naive["cost_ms"] / tracked["cost_ms"],
        25,
        "times",
    )
    figures.note("identity", "memory of a naive worker (PSS)", naive["pss_mb"], "MB")
    figures.at_most("identity", "memory of a worker after 100 pictures (PSS)", full["pss_mb"], 300, "MB")
    figures.at_most(
        "identity",
        "memory of a worker in which no sample was registered (PSS)",
        watching["pss_mb"],
        naive["pss_mb"],
        "MB",
    )
    figures.at_most("identity", "models loaded and first picture looked at", full["loaded_s"], 3, "s")


def varied(photo: Path, count: int, seed: int) -> Iterator[bytes]:
    """Yield pictures of one photograph as a webcam would vary them: moved, nearer or farther, lighter, noisy."""
    chance = np.random.default_rng(seed)
    frame = camera_frame(photo)
    for _ in range(count):
        zoom, turn = chance.uniform(0.9, 1.15), chance.uniform(-4, 4)
        move = cv2.getRotationMatrix2D((320, 240), turn, zoom)
        move[:, 2] += chance.uniform(-25, 25, 2)
        moved = cv2.warpAffine(frame, move, (640, 480), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        lit = moved * chance.uniform(0.75, 1.2) + chance.normal(0, 4, moved.shape)
        yield jpeg(np.clip(lit, 0, 255).astype(np.uint8), int(chance.integers(70, 95)))


def watch(
    pictures: Sequence[bytes], templates: tuple[TemplateValue, ...], costs: list[float] | None = None
) -> list[tuple[int, str]]:
    """Look at pictures as the worker does; return (number of the picture, kind) of everything found."""
    verifier = next(item for item in verifiers() if item.name == "cascade")
    history: list[FrameFacts] = []
    found = []
    for number, data in enumerate(pictures, 1):
        began = time.process_time()
        facts = look_at_frame(
            data,
            seq=number,
            at_s=number * CADENCE_S,
            history=history[-HISTORY:],
            templates=templates,
            verifier=verifier,
        )
        history.append(facts)
        window = history[-HISTORY - 1 :]
        found += [(number, finding.kind) for check in checks() for finding in check.examine(window)]
        if costs is not None:
            costs.append(time.process_time() - began)
    return found


def enrolled(photos: Sequence[Path]) -> tuple[TemplateValue, ...]:
    verifier = next(item for item in verifiers() if item.name == "cascade")
    return verifier.enrol([camera_frame(photo) for photo in photos])


def test_a_substituted_person_is_seen_soon_and_the_right_one_never(
    figures: Figures, face_photos: FacePhotos
) -> None:
    templates = enrolled(face_photos.first_person)
    right = [
        data
        for number, photo in enumerate(face_photos.first_person)
        for data in varied(photo, HOUR_OF_FRAMES // 3, number)
    ]
    costs: list[float] = []
    kinds = [kind for _, kind in watch(right, templates, costs)]
    figures.at_most(
        "identity",
        "false “another person” in 720 pictures of the right one",
        kinds.count("other_person"),
        0,
        "findings",
    )
    other = list(varied(face_photos.second_person[0], 8, 9))
    worst = 0.0
    for before in range(3, 9):  # the moment of the change must not matter
        found = watch([*right[:before], *other], templates)
        first = min((number for number, kind in found if kind == "other_person"), default=10**6)
        worst = max(worst, (first - before) * CADENCE_S)
    figures.at_most("identity", "a substituted person is found after, at most", worst, 30, "s")
    slowest = max(latest(begun / 10, round(worst / CADENCE_S)) for begun in range(50))
    figures.at_most("identity", "the same if every picture came as late as it may", slowest, 30, "s")
    delays, waiting = simulate(np.array(costs), STUDENTS)
    figures.at_most(
        "identity", f"{STUDENTS} students on one core: a finding after, p95", delays, MOST_DELAY_S, "s"
    )
    figures.at_most(
        "identity",
        f"{STUDENTS} students on one core: pictures that wait at the end",
        waiting,
        STUDENTS,
        "pictures",
    )


def latest(begun: float, pictures: int) -> float:
    """Return how long so many pictures take when the first comes at ``begun`` and the rest as late as they may."""
    at = begun
    for _ in range(pictures):
        at += next_interval_s(CADENCE_S, JITTER_S, 0, 0, 1.0, at)
    return at - begun


def simulate(costs: NDArray[np.float64], students: int) -> tuple[float, float]:
    """Serve so many students on one core; return the 95th percentile of a finding's delay and how many pictures wait.

    A finding needs three pictures in a row, so its delay is two cadences, the wait in the queue and the look.
    """
    chance = np.random.default_rng(1)
    gaps = CADENCE_S + chance.uniform(-JITTER_S, JITTER_S, (students, int(MINUTES * 60 / CADENCE_S)))
    times = np.sort((chance.uniform(0, CADENCE_S, (students, 1)) + gaps.cumsum(1)).ravel())
    free, waits, ends = 0.0, [], []
    for at in times:
        free = max(free, at) + float(chance.choice(costs))
        waits.append(free - at)
        ends.append(free)
    waiting = float((np.array(ends) > times[-1]).sum())
    return float(np.quantile(waits, 0.95)) + 2 * (CADENCE_S + JITTER_S), waiting
