"""Shared fixtures; each topic has its module in tests/fixtures."""

from __future__ import annotations

import os

from hypothesis import settings

from lms.core.worker import ONE_THREAD

#: Products of matrices take one thread, as in a worker: NumPy reads this when it is loaded first.
os.environ.update(ONE_THREAD)
#: Machines that run tests are busy: how long one example took says nothing about the product.
settings.register_profile("marshrut", deadline=None)
settings.load_profile("marshrut")

pytest_plugins = [
    "tests.fixtures.isolation",
    "tests.fixtures.third_party",
    "tests.fixtures.figures",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.application",
    "tests.fixtures.faces",
    "tests.fixtures.face_service",
    "tests.fixtures.site",
    "tests.fixtures.chromium",
]
