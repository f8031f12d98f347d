"""The suite works without a network."""

from __future__ import annotations

import socket

import pytest


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(PermissionError, match="without a network"):
        outside.connect(("192.0.2.1", 80))
