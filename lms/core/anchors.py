"""Remember outside the database how far each audit chain had come.

Who can write the database can take a whole chain away, or put back an older state together with its head, which is
genuinely signed. The heads seen last therefore stand, signed as one list, in the folder of the keys; a chain that is
gone or shorter than there was rolled back. The worker keeps the list up to date.
"""

from __future__ import annotations

import json
import os
from typing import Any

import structlog

from lms.core import ledger
from lms.core.db import canonical_json
from lms.core.keys import KeyRing
from lms.core.runtime import Runtime

__all__ = ["anchor", "anchored_heads", "keep_heads"]

#: The file in the folder of the keys.
FILE = "ledger-heads.json"

logger = structlog.get_logger(__name__)


def anchored_heads(keys: KeyRing) -> list[dict[str, Any]] | None:
    """Return the heads seen last (none at the first start), or None when somebody else wrote the list."""
    path = keys.folder / FILE
    if not path.exists():
        return []
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        heads, signature = kept["heads"], kept["signature"]
    except (ValueError, KeyError, TypeError):
        return None
    return heads if keys.verify(canonical_json(heads).encode(), str(signature)) else None


def keep_heads(keys: KeyRing, heads: list[dict[str, Any]]) -> None:
    """Write the list of heads, signed; the file is replaced as a whole."""
    path = keys.folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{FILE}.{os.getpid()}")
    kept = {"heads": heads, "signature": keys.sign(canonical_json(heads).encode())}
    draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    draft.replace(path)


def anchor(runtime: Runtime) -> bool:
    """Bring the list up to date unless a chain was rolled back; then the list stays and the fault is logged."""
    known = anchored_heads(runtime.keys)
    with runtime.read() as session:
        faults = list(ledger.compare(session, known))
        heads = ledger.export_heads(session)
    if faults:
        logger.error("ledger.rolled_back", faults=[(f.stream, f.seq, f.reason) for f in faults])
        return False
    if heads != known:
        keep_heads(runtime.keys, heads)
    return True
