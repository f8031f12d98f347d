"""Write configurations of Safe Exam Browser and compute their config keys, as its developers define them.

The key is the SHA-256 of the settings in one canonical text: keys in alphabetical order without regard to case, no white
space, nothing escaped, no ``originatorVersion``, no empty dictionaries. The browser sends, with every request, the
SHA-256 of the address followed by the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import plistlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from xml.parsers.expat import ExpatError

from lms.core.errors import InvalidInput

__all__ = [
    "HEADER",
    "canonical_json",
    "config_key",
    "exam_settings",
    "is_key_of_request",
    "read_settings",
    "request_hash",
    "write_settings",
]

#: What the browser sends with every request.
HEADER = "X-SafeExamBrowser-ConfigKeyHash"
#: The version of the program that wrote a configuration is not part of what it asks for.
LEFT_OUT = "originatorVersion"
#: A configuration is a few kilobytes.
MAX_BYTES = 1_000_000


def exam_settings(base_url: str, entry_id: UUID) -> dict[str, Any]:
    """Return the configuration for one student's exam: it opens the exam's page and nothing beyond the site.

    Spelling help, other programs and other windows are shut; the camera, zoom and leaving at any
    moment stay. The same exam always gives the same settings, so its key need not be kept.
    """
    base = base_url.rstrip("/")
    return {
        "startURL": f"{base}/exams/{entry_id}",
        "sebConfigPurpose": 0,
        "sendBrowserExamKey": True,
        "allowQuit": True,
        "quitURLConfirm": True,
        "examSessionClearCookiesOnStart": True,
        "examSessionClearCookiesOnEnd": True,
        "browserWindowAllowReload": True,
        "browserViewMode": 1,
        "enableZoomPage": True,
        "enableZoomText": True,
        "newBrowserWindowByLinkPolicy": 1,
        "newBrowserWindowByScriptPolicy": 1,
        "allowSwitchToApplications": False,
        "allowUserSwitching": False,
        "allowVirtualMachine": False,
        "allowScreenSharing": False,
        "allowSpellCheck": False,
        "allowDictionaryLookup": False,
        "allowVideoCapture": True,
        "allowAudioCapture": True,
        "URLFilterEnable": True,
        "URLFilterEnableContentFilter": False,
        "URLFilterRules": [
            {"active": True, "regex": False, "expression": f"{urlsplit(base).netloc}/*", "action": 1}
        ],
    }


def read_settings(data: bytes) -> dict[str, Any]:
    """Return the settings of a configuration that is not encrypted; raise InvalidInput ``proctoring.seb_unreadable``.

    Nothing at all is a configuration without settings.
    """
    if not data.strip():
        return {}
    try:
        if len(data) > MAX_BYTES:
            raise ValueError
        settings = plistlib.loads(data, fmt=plistlib.FMT_XML)
    except (ExpatError, plistlib.InvalidFileException, ValueError, AttributeError, IndexError, KeyError):
        raise InvalidInput("proctoring.seb_unreadable") from None
    if not isinstance(settings, dict):
        raise InvalidInput("proctoring.seb_unreadable")
    return settings


def write_settings(settings: Mapping[str, Any]) -> bytes:
    """Return the settings as the browser opens them."""
    return plistlib.dumps(dict(settings), fmt=plistlib.FMT_XML)


def canonical_json(settings: Mapping[str, Any]) -> str:
    """Return the one text of the settings that the key is made of."""
    kept = {name: value for name, value in settings.items() if name != LEFT_OUT}
    return _text(kept) if kept else "[]"


def _text(value: Any) -> str:
    """Return one value; dates and bytes are written as texts."""
    if isinstance(value, Mapping):
        items = sorted(value.items(), key=lambda item: (item[0].lower(), item[0]))
        return "{" + ",".join(f'"{name}":{_text(v)}' for name, v in items if not _is_empty(v)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return f'"{_plain(value)}"'


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _is_empty(value: Any) -> bool:
    return isinstance(value, Mapping) and not value


def config_key(settings: Mapping[str, Any]) -> str:
    """Return the config key: 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(settings).encode("utf-8")).hexdigest()


def request_hash(url: str, key: str) -> str:
    """Return what the browser sends with a request for ``url`` (its fragment does not count)."""
    return hashlib.sha256((url.partition("#")[0] + key).encode("utf-8")).hexdigest()


def is_key_of_request(url: str, key: str, sent: str | None) -> bool:
    """Tell whether what came with a request for ``url`` shows a browser that runs the configuration of ``key``."""
    return sent is not None and hmac.compare_digest(
        request_hash(url, key).encode(), sent.strip().lower().encode("utf-8", "replace")
    )
