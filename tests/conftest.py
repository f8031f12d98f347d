"""Shared fixtures; each topic has its module in tests/fixtures."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from lms.core.worker import ONE_THREAD

#: Products of matrices take one thread, as in a worker: NumPy reads this when it is loaded first.
os.environ.update(ONE_THREAD)
#: Machines that run tests are busy: how long one example took says nothing about the product.
settings.register_profile("marshrut", deadline=None)
settings.load_profile("marshrut")

#: The rubbish collector looks after so many new objects, not after 700: a test throws an application away, not a page.
NEW_OBJECTS = 20_000


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep what all tests share, half a million objects, out of the rubbish collector's rounds: they took a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


pytest_plugins = [
    "tests.fixtures.isolation",
    "tests.fixtures.third_party",
    "tests.fixtures.figures",
    "tests.fixtures.servers",
    "tests.fixtures.application",
    "tests.fixtures.prepared",
    "tests.fixtures.databases",
    "tests.fixtures.faces",
    "tests.fixtures.face_service",
    "tests.fixtures.site",
    "tests.fixtures.chromium",
    "tests.fixtures.tour",
]
