"""The servers that the other tests rely on are real, private and gone afterwards."""

from __future__ import annotations

import psycopg
import pytest
import redis

from tests.fixtures.servers import PostgresServer


@pytest.mark.postgres
def test_postgres_listens_on_its_socket_only(postgres_server: PostgresServer) -> None:
    with psycopg.connect(
        dbname="postgres", user=postgres_server.user, host=str(postgres_server.folder)
    ) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


@pytest.mark.redis
def test_redis_keeps_what_it_is_given(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("key", "value")
        assert client.get("key") == b"value"
        assert client.config_get("port") == {"port": "0"}
