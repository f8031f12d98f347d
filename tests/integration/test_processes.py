"""The real processes: web and worker come up, die and come back."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.site import Site, answers


def test_the_site_is_ready_once_web_and_worker_are_up(site: Site) -> None:
    site.start_web()
    site.wait_ready("/health/live")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(site.url + "/health/ready", timeout=10)
    assert refused.value.code == 503
    assert json.load(refused.value)["checks"] == {"database": True, "schema": True, "worker": False}
    site.start_worker()
    site.wait_ready("/health/ready")


def test_a_killed_web_comes_back_at_the_same_address(site: Site) -> None:
    site.start(worker=False)
    site.kill_web()
    site.start_web()
    site.wait_ready("/health/live")
    assert answers(site.url + "/login")


@pytest.mark.postgres
@pytest.mark.redis
def test_the_site_runs_on_postgresql_and_redis(
    make_site: Callable[..., Site], postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    site = make_site(
        LMS_DATABASE_URL=postgres_url, LMS_JOBS_URL=redis_url, LMS_RATELIMIT_URL=f"redis+{redis_url}"
    )
    site.start()
    assert "ledger is whole" in site.run("ledger", "verify")
    site.stop()
