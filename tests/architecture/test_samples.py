"""What the examples of the question types show is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lms.assessment.question_types.dictation import Dictation
from lms.assessment.question_types.hotspot import Hotspot
from lms.core.uploads import accept_audio
from tests.fixtures.setup import ROOT
from tools import sample_sound

STATIC = ROOT / "lms/core/static"


def test_the_recording_of_the_example_dictation_is_there_and_plays() -> None:
    (sample,) = Dictation().samples()
    (name,) = re.findall(r'"/static/([^"]+)"', json.dumps(sample.content))
    recording = (STATIC / name).read_bytes()
    assert accept_audio(recording, name, max_bytes=100_000).media_type == "audio/wav"


def test_the_picture_of_the_example_of_places_is_there() -> None:
    for sample in Hotspot().samples():
        assert (STATIC / sample.content["picture"]["url"].removeprefix("/static/")).is_file()


def test_the_tool_writes_that_recording_again(tmp_path: Path) -> None:
    sample_sound.write(tmp_path / "again.wav")
    assert (tmp_path / "again.wav").read_bytes() == sample_sound.TARGET.read_bytes()
