"""Speed of an examination as ratios to the floor: same server, same settings, same database server, in turn, in one run.

Single CPU figures of a shared machine mean nothing; the median ratio of paired rounds does. ``LMS_BENCH_FLOOR`` names the
program that is the floor; without it our own (`floor.py`) is. The figures say which.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID, uuid4

import pytest

from lms.app import create_runtime, load_settings
from lms.assessment import service
from lms.assessment.types import Fields, MarkScale
from lms.core import migrate
from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime
from lms.testing.exams import PASSWORD, ExamGround, Question, make_ground
from tests.bench.answers import right_answers
from tests.bench.load import Client, drive, pss_mib
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Area, Figures
from tests.fixtures.servers import PostgresServer, die_with_parent
from tests.fixtures.site import Site

STUDENTS, QUESTIONS, ROUNDS = 200, 40, 3
#: Rounds before them that do not count: a server that has just begun compiles its pages and plans its statements once.
WARMING = 1
WORKERS, THREADS = 2, 8
SAVES = 800
Operation = Callable[[Client, int], Awaitable[None]]


def floor_source() -> Path:
    """Return the floor's program: the one that ``LMS_BENCH_FLOOR`` names, else ours."""
    named = os.environ.get("LMS_BENCH_FLOOR")
    return Path(named).resolve(strict=True) if named else Path(__file__).with_name("floor.py")


def is_named() -> bool:
    """Tell whether the floor is another program than ours."""
    return bool(os.environ.get("LMS_BENCH_FLOOR"))


@dataclass
class Side:
    """A server under load: the floor or the product."""

    port: int
    pid: int
    clients: list[Client]
    operations: dict[str, Operation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Databases:
    """Where both sides keep their data: an engine, how a new database is made, and its own processes."""

    engine: str
    create: Callable[[str], str]
    pids: tuple[int, ...] = ()


@pytest.fixture(scope="module", params=["PostgreSQL", "SQLite"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Return each engine in turn; both sides use the same."""
    if request.param == "SQLite":
        folder = tmp_path_factory.mktemp("sqlite")
        return Databases("SQLite", lambda name: f"sqlite:///{folder}/{name}.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    lines = (server.folder / "data" / "postmaster.pid").read_text().splitlines()
    mark = uuid4().hex[:8]  # another module of the same run uses this fixture, too, on the same server
    return Databases("PostgreSQL", lambda name: server.create_database(f"{name}_{mark}"), (int(lines[0]),))


@pytest.fixture(scope="module")
def floor(database: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    """Run the floor under the product's own server and settings."""
    folder = tmp_path_factory.mktemp("floor")
    shutil.copyfile(floor_source(), folder / "floor.py")
    url = database.create("floor")
    environment = {**os.environ, "FLOOR_URL": url, "PYTHONPATH": str(folder)}
    subprocess.run([sys.executable, str(folder / "floor.py")], env=environment, check=True, cwd=folder)
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    port = listening.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "floor:app",
        "--worker-class",
        "gthread",
        "--keep-alive",
        "30",
    ]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--bind", f"fd://{listening.fileno()}"]
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        pass_fds=[listening.fileno()],
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    side = Side(port, process.pid, [Client(port, f"u{number}") for number in range(1, STUDENTS + 1)])
    side.operations = floor_operations()
    yield side
    process.terminate()
    process.wait(20)
    listening.close()


def floor_operations() -> dict[str, Operation]:
    """Return what a virtual student does at the floor."""

    async def login(client: Client, _number: int) -> None:
        client.cookie = ""
        form = urlencode({"username": client.name, "password": "Passw0rd!x"})
        await client.request("POST", "/login", form, "application/x-www-form-urlencoded", 302)
        page = await client.request("GET", "/dashboard")
        client.memory["csrf"] = re.findall(r'name=csrf value="(\w+)"', page.text)[0]

    async def home(client: Client, _number: int) -> None:
        await client.request("GET", "/dashboard")

    async def start(client: Client, _number: int) -> None:
        reply = await client.request("POST", "/start/1", expect=302, X_CSRF=client.memory["csrf"])
        client.memory["attempt"] = reply.headers["location"].rsplit("/", 1)[1]

    async def page(client: Client, _number: int) -> None:
        await client.request("GET", f"/attempt/{client.memory['attempt']}")

    async def save(client: Client, number: int) -> None:
        path = f"/save1c/{client.memory['attempt']}/{1 + number // STUDENTS % QUESTIONS}"
        await client.request("POST", path, '{"value": "1"}', X_CSRF=client.memory["csrf"])

    async def submit(client: Client, _number: int) -> None:
        await client.request(
            "POST", f"/submit/{client.memory['attempt']}", expect=302, X_CSRF=client.memory["csrf"]
        )

    async def review(client: Client, _number: int) -> None:
        await client.request("GET", f"/review/{client.memory['attempt']}")

    return {f.__name__: f for f in (login, home, start, page, save, submit, review)}


@dataclass
class Product:
    """The product with its school, and the places on the rosters of each round."""

    side: Side
    ground: ExamGround
    entries: list[list[UUID]]
    settings: dict[str, str]
    runtime: Runtime
    answers: dict[str, dict[int, Fields]] = field(default_factory=dict)
    round: int = 0


@pytest.fixture(scope="module")
def product(database: Databases, make_site: Callable[..., Site], redis_url: str) -> Iterator[Product]:
    """Run the product on a school of its own: one examination of 40 questions for each round."""
    url = database.create("product")
    migrate.upgrade(url)
    site = make_site(LMS_DATABASE_URL=url, LMS_RATELIMIT_URL=f"redis+{redis_url}")
    own = {"LMS_DATA_DIR": str(site.folder), "LMS_DATABASE_URL": url}
    runtime = create_runtime(load_settings({**FAST_HASHES, **own, "LMS_JOBS_URL": "memory://"}))
    ground = make_ground(runtime, students=STUDENTS)
    entries = [open_exam(ground) for _ in range(WARMING + ROUNDS)]
    site.start_web(WORKERS)
    site.wait_ready("/health/live")
    assert site.web is not None
    port = int(urlsplit(site.url).port or 0)
    clients = [Client(port, student.login) for student in ground.students]
    made = Product(Side(port, site.web.pid, clients), ground, entries, own, runtime)
    made.side.operations = product_operations(made)
    yield made
    runtime.dispose()
    site.stop()


def open_exam(ground: ExamGround) -> list[UUID]:
    """Open an examination of 40 single choices without supervision; return everybody's place on its roster."""
    choice = next(question for question in ground.sample_questions() if question.type == "choice")
    questions = [
        Question(
            "choice", {**choice.content, "prompt": f"{number}. {choice.content['prompt']}"}, choice.tests
        )
        for number in range(1, QUESTIONS + 1)
    ]
    plan = ground.write_plan(
        questions, minutes=240, scale=MarkScale.FIVE, supervision={"level": 0, "monitoring": "off"}
    )
    session_id = ground.open_session(plan, hours=12)
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        return [service.admit(uow, session_id, student.person_id).id for student in ground.students]


def product_operations(made: Product) -> dict[str, Operation]:
    """Return what a virtual student does at the product."""
    places = {student.login: number for number, student in enumerate(made.ground.students)}

    def token(page: str) -> str:
        return re.findall(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', page)[0]

    async def login(client: Client, _number: int) -> None:
        client.cookie = ""
        page = await client.request("GET", "/login")
        form = {"login": client.name, "password": PASSWORD, "csrf_token": token(page.text)}
        await client.request("POST", "/login", urlencode(form), "application/x-www-form-urlencoded", 303)
        client.memory["csrf"] = token((await client.request("GET", "/accessibility")).text)

    async def home(client: Client, _number: int) -> None:
        await client.request("GET", "/home")

    async def start(client: Client, _number: int) -> None:
        entry = made.entries[made.round][places[client.name]]
        form = f"csrf_token={quote(client.memory['csrf'])}"
        kind = "application/x-www-form-urlencoded"
        reply = await client.request("POST", f"/exams/{entry}/start", form, kind, 303)
        found = re.findall(r"/attempts/([0-9a-f-]{36})", reply.headers["location"])
        client.memory["attempt"] = found[0]

    async def page(client: Client, _number: int) -> None:
        await client.request("GET", f"/attempts/{client.memory['attempt']}/q/1")

    async def save(client: Client, number: int) -> None:
        slot, attempt_id = 1 + number // STUDENTS % QUESTIONS, client.memory["attempt"]
        if attempt_id not in made.answers:  # worked out here, where no time is taken
            made.answers[attempt_id] = right_answers(made.runtime, UUID(attempt_id))
        fields = json.dumps(made.answers[attempt_id][slot])
        body = (
            f'{{"ops":[{{"op_id":"{uuid4()}","kind":"answer","slot":{slot},"seq":{number + 1},"tab":"t",'
            f'"payload":{{"fields":{fields}}}}}]}}'
        )
        path = f"/attempts/{client.memory['attempt']}/ops"
        reply = await client.request("POST", path, body, X_CSRFToken=client.memory["csrf"])
        assert '"is_late":false' in reply.text.replace(" ", "")

    async def submit(client: Client, _number: int) -> None:
        path = f"/attempts/{client.memory['attempt']}/submit"
        form = f"csrf_token={quote(client.memory['csrf'])}"
        await client.request("POST", path, form, "application/x-www-form-urlencoded", 303)

    async def review(client: Client, _number: int) -> None:
        await client.request("GET", f"/attempts/{client.memory['attempt']}/status")

    return {f.__name__: f for f in (login, home, start, page, save, submit, review)}


#: Operation, requests, how many at once.
STEPS = (
    ("login", 160, 2),
    ("home", 160, 2),
    ("start", STUDENTS, 2),
    ("page", 160, 2),
    ("save", SAVES, 8),
    ("save at c=200", SAVES, STUDENTS),
    ("submit", STUDENTS, 2),
    ("review", 160, 2),
)
#: The engine of a small school is asked for what must not wait: answers come in while everybody works.
ON_SQLITE = frozenset({"start", "save", "save at c=200"})


def test_an_examination_beside_the_floor(
    floor: Side, product: Product, database: Databases, figures: Figures
) -> None:
    steps = STEPS if database.pids else [step for step in STEPS if step[0] in ON_SQLITE]
    spent: dict[str, dict[str, list[float]]] = {name: {"floor": [], "ours": []} for name, *_rest in steps}
    sides = (("floor", floor), ("ours", product.side))
    for _name, side in sides:
        wait_until_up(side.port)
        drive(side.clients, side.operations["login"], count=STUDENTS, at_once=2, roots=[side.pid])
    for number in range(-WARMING, ROUNDS):
        product.round = number + WARMING
        for name, count, at_once in steps:
            for which, side in sides:
                cost = measure(side, name, count, at_once, database.pids)
                if number >= 0:
                    spent[name][which].append(cost)
    note_floor(figures)
    for name, costs in spent.items():
        area: Area = "main" if name in {"login", "home"} else "exams"
        ratio = statistics.median(
            ours / base for ours, base in zip(costs["ours"], costs["floor"], strict=True)
        )
        label = f"{name}, {database.engine}"
        figures.note(area, f"{label}: CPU of the product", statistics.median(costs["ours"]), "ms")
        figures.at_most(area, f"{label} ÷ floor", round(ratio, 2), 2.5, "×")
    flat = statistics.median(spent["save at c=200"]["ours"]) / statistics.median(spent["save"]["ours"])
    figures.at_most("exams", f"save at c=200 ÷ save at c=8, {database.engine}", round(flat, 2), 1.2, "×")
    figures.at_most(
        "exams", f"memory of two web workers, {database.engine}", round(pss_mib(product.side.pid)), 200, "MiB"
    )


def note_floor(figures: Figures) -> None:
    """Say which program was the floor, in the table and in the file: its hash, and its length as the value."""
    program = floor_source().read_bytes()
    whose = "named by LMS_BENCH_FLOOR" if is_named() else "our own"
    digest = hashlib.sha256(program).hexdigest()[:12]
    figures.note("main", f"floor: {whose}, SHA-256 {digest}", len(program), "bytes")


def measure(side: Side, name: str, count: int, at_once: int, database_pids: Sequence[int]) -> float:
    """Return CPU-ms for each request of one step, the database's share included."""
    operation = side.operations[name.split(" ", maxsplit=1)[0]]
    return drive(side.clients, operation, count=count, at_once=at_once, roots=[side.pid, *database_pids])


def wait_until_up(port: int) -> None:
    """Return once something listens and answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(b"GET /login HTTP/1.0\r\n\r\n")
                if connection.recv(12).startswith(b"HTTP/1."):
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not come up")
