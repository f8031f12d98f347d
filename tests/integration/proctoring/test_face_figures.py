"""The command that measures faces counts what it says, and scores as the verifiers do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from lms.cli import main
from lms.proctoring.contracts import Phase
from lms.proctoring.measuring import person_of
from lms.proctoring.rules.rates import wilson
from lms.proctoring.types import Outcome
from lms.proctoring.verifiers import builtin
from lms.proctoring.verifiers.pictures import decode_picture
from tests.fixtures.faces import FacePhotos


@pytest.fixture
def folder(tmp_path: Path, face_photos: FacePhotos, empty_room: bytes) -> Path:
    """Return three photographs of one person, one of another and one of nobody, with their table."""
    names = ["first/1.jpg", "first/2.jpg", "first/3.jpg", "second/1.jpg"]
    for name, photo in zip(names, [*face_photos.first_person, *face_photos.second_person], strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(photo, tmp_path / name)
    (tmp_path / "second/2.jpg").write_bytes(empty_room)
    rows = [(names[0], names[1], 1), (names[1], names[0], 1), (names[2], names[3], 0)]
    rows.append((names[3], "second/2.jpg", 1))
    table = "\n".join(["a\tb\tsame", *("\t".join(map(str, row)) for row in rows)])
    (tmp_path / "pairs.tsv").write_text(table, encoding="utf-8")
    return tmp_path


def measure(folder: Path, *more: str) -> tuple[int, str]:
    told = ["faces", "measure", "--pairs", str(folder / "pairs.tsv"), "--root", str(folder), "--jobs", "1"]
    done = CliRunner().invoke(main, [*told, *more])
    return done.exit_code, done.stdout if done.exit_code == 0 else done.output


def test_pairs_are_counted_once_and_a_failure_to_acquire_only_there(folder: Path) -> None:
    code, printed = measure(folder, "--json")
    assert code == 0, printed
    report = json.loads(printed)
    default = report["default"]
    assert default == report["verifiers"]["cascade"]
    assert set(report["verifiers"]) == {"cascade", "face_recognition", "sface"}
    assert (default["genuine"], default["impostor"], default["photographs"]) == (1, 3, 5)
    assert (default["fmr"], default["fnmr"], default["fta"]) == (0.0, 0.0, 0.2)
    assert default["fmr_95"][0] == 0 < default["fmr_95"][1] < 1
    assert all(
        len(found[f"{rate}_95"]) == 2 for found in report["verifiers"].values() for rate in ("fnmr", "fta")
    )
    assert default["verifier"] == "cascade"
    code, printed = measure(folder)
    assert code == 0 and "cascade (in force)" in printed and "FTA   20.000%" in printed


def test_what_is_counted_is_what_a_start_would_decide(folder: Path) -> None:
    report = json.loads(measure(folder, "--json")[1])
    assert set(report["verifiers"]) == {"cascade", "face_recognition", "sface"}
    sample, same, other = (
        decode_picture((folder / name).read_bytes())
        for name in ("first/1.jpg", "first/2.jpg", "second/1.jpg")
    )
    for verifier in [known for known in builtin() if known.name in report["verifiers"]]:
        templates = verifier.enrol([sample])
        found = [verifier.compare(templates, picture, Phase.START) for picture in (same, other)]
        figures = report["verifiers"][verifier.name]
        assert {item.threshold for item in found} == {figures["threshold"]}
        assert (found[0].outcome is Outcome.NO_MATCH) == bool(figures["fnmr"])
        assert found[1].outcome is Outcome.NO_MATCH


def test_a_missing_photograph_and_a_strange_table_are_told_in_words(folder: Path) -> None:
    (folder / "first/3.jpg").unlink()
    code, printed = measure(folder)
    assert code == 1 and "first/3.jpg" in printed
    (folder / "pairs.tsv").write_text("a,b,same\n", encoding="utf-8")
    code, printed = measure(folder)
    assert code == 1 and "separated by tabs" in printed


def test_people_are_told_apart_by_folder_or_name() -> None:
    assert person_of("A B/A_B_0001.jpg") == person_of("A B/x.png") == "A B"
    assert person_of("A_B_0001.jpg") == person_of("A_B_0002.jpg") == "A_B"
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(8, 1000)
    assert low < 0.008 < high


def test_photographs_are_presented_to_both_sides_and_no_flat_one_passes(folder: Path) -> None:
    told = ["faces", "attacks", "--root", str(folder), "--people", "1", "--json"]
    done = CliRunner().invoke(main, told, catch_exceptions=False)
    report = json.loads(done.stdout)
    assert {name: (found["apcer"], found["trials"]) for name, found in report["attacks"].items()} == {
        "held_photo": (0.0, 2), "tilted_photo": (0.0, 2), "screen_with_bezel": (0.0, 2), "recapture": (0.0, 2),
    }  # fmt: skip
    assert report["bona_fide"]["blink"] == {"bpcer": "not measured"}
    assert report["kind"] == "synthesised from stills"
    shutil.rmtree(folder / "first")
    (folder / "second/1.jpg").unlink()
    assert CliRunner().invoke(main, told).exit_code == 1, "nobody to present is said, not counted"
