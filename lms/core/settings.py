"""Read settings from ``LMS_*`` variables into frozen dataclasses, reporting all mistakes at once.

Each feature owns one frozen dataclass with a ``PREFIX``; a field ``review_term_days`` of the class with the
prefix ``PLANS`` is read from ``LMS_PLANS_REVIEW_TERM_DAYS``. Units stand in the names.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, cast, get_type_hints
from zoneinfo import ZoneInfo

__all__ = [
    "CoreSettings",
    "Settings",
    "SettingsClass",
    "SettingsError",
    "read_settings",
    "require_production",
]


class SettingsError(Exception):
    """One or more settings cannot be used; the message lists all of them."""


class SettingsClass(Protocol):
    """A frozen dataclass whose fields are read from variables that start with ``LMS_<PREFIX>_``."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    PREFIX: ClassVar[str]


S = TypeVar("S")


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """What every process needs to know."""

    PREFIX: ClassVar[str] = ""

    data_dir: Path = _setting(Path("var/lms"), "Folder for keys, files, job queue and the default database.")
    database_url: str = _setting("", "SQLAlchemy address; empty = SQLite file lms.db in the data folder.")
    keys_dir: Path | None = _setting(
        None, "Folder of the signing and encryption keys; default data_dir/keys."
    )
    jobs_url: str = _setting("", "Job queue: empty = SQLite file in the data folder; redis://… or unix://….")
    files_url: str = _setting("", "fsspec address of the file store; empty = data_dir/files.")
    base_url: str = _setting("http://127.0.0.1:8000", "Address under which people open the site.")
    default_locale: str = _setting("ru", "Language of a page when the reader has chosen none: ru or en.")
    timezone: str = _setting(
        "Europe/Moscow", "Time zone of the school: dates are shown in it, terms in days counted in it."
    )
    secure_cookies: bool = _setting(
        False, "Send cookies over HTTPS only: yes behind TLS; no, said aloud, for a trial over plain HTTP."
    )
    trusted_proxies: int = _setting(0, "How many reverse proxies stand in front (X-Forwarded-*).")
    upload_max_bytes: int = _setting(20 * 1024 * 1024, "Largest ordinary upload in bytes.")
    session_hours: int = _setting(12, "A sign-in ends after so many hours.")
    login_attempts_per_minute: int = _setting(10, "Sign-in attempts a minute for one login and address.")
    login_failures_per_minute: int = _setting(
        120, "Wrong passwords a minute from one address, whatever the login (a school may share one)."
    )
    ratelimit_url: str = _setting(
        "memory://", "Where rate limits are counted: memory:// (one web process) or redis://…."
    )
    argon2_memory_kib: int = _setting(19456, "Memory of one password hash in KiB (OWASP minimum 19456).")
    argon2_time_cost: int = _setting(2, "Passes of one password hash.")
    hash_concurrency: int = _setting(2, "How many passwords are hashed at once in one process.")
    identity_store: str = _setting("builtin", "Where names live: builtin, or absent (pseudonymous mode).")
    worker_heartbeat_s: int = _setting(
        30, "The site is ready only if a worker was seen within so many seconds."
    )
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR.")

    @property
    def effective_database_url(self) -> str:
        """Return the database address with the SQLite default filled in."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'lms.db').resolve()}"

    @property
    def effective_keys_dir(self) -> Path:
        """Return the folder of the keys with its default filled in."""
        return self.keys_dir or self.data_dir / "keys"


def require_production(environ: Mapping[str, str], *, workers: int = 1) -> None:
    """Refuse to serve people with what only a trial may have; raise SettingsError with every mistake."""
    faults: list[str] = []
    core = read_settings(CoreSettings, environ, faults)
    if "LMS_SECURE_COOKIES" not in environ:
        faults.append("LMS_SECURE_COOKIES: say yes (behind TLS) or no (a trial over plain HTTP)")
    elif core.base_url.startswith("https:") and not core.secure_cookies:
        faults.append("LMS_SECURE_COOKIES: the address is https, so say yes")
    if workers > 1 and core.ratelimit_url.startswith("memory:"):
        faults.append(
            "LMS_RATELIMIT_URL: several web processes count sign-in attempts together in redis:// only"
        )
    if faults:
        raise SettingsError("The site does not start:\n  " + "\n  ".join(faults))


def _convert(kind: Any, text: str) -> Any:
    if kind is bool:
        lowered = text.strip().lower()
        if lowered in {"1", "true", "yes", "on"}:
            return True
        if lowered in {"0", "false", "no", "off", ""}:
            return False
        raise ValueError("expected yes or no")
    if kind is int:
        if not text.strip().removeprefix("-").isdecimal():
            raise ValueError("expected a whole number")
        return int(text)
    if kind is Decimal:
        if not re.fullmatch(r"-?\d+(\.\d+)?", text.strip()):
            raise ValueError("expected a number such as 2.5")
        return Decimal(text)
    if kind is Path or kind == (Path | None):
        return Path(text)
    return text


def read_settings(cls: type[S], environ: Mapping[str, str], errors: list[str]) -> S:
    """Return ``cls`` filled from ``environ``; mistakes are appended to ``errors`` and the default is kept."""
    prefix = cast(Any, cls).PREFIX
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for item in dataclasses.fields(cast(Any, cls)):
        name = "_".join(part for part in ("LMS", prefix, item.name.upper()) if part)
        if name not in environ:
            continue
        try:
            values[item.name] = _convert(hints[item.name], environ[name])
        except ValueError as error:
            errors.append(f"{name}={environ[name]!r}: {error}")
    return cls(**values)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process: the core's and one object per feature class."""

    core: CoreSettings
    features: Mapping[type, Any] = field(default_factory=dict)

    def of(self, cls: type[S]) -> S:
        """Return the settings object of a feature class (its defaults when it was not loaded)."""
        return cast(S, self.features[cls]) if cls in self.features else cls()

    @classmethod
    def load(cls, environ: Mapping[str, str], classes: tuple[type, ...] = ()) -> Settings:
        """Read the core's and all ``classes``.

        Raises SettingsError with every mistake, misspelt ``LMS_*`` names included.
        """
        errors: list[str] = []
        core = read_settings(CoreSettings, environ, errors)
        features: dict[type, Any] = {kind: read_settings(kind, environ, errors) for kind in classes}
        errors.extend(_unknown_names(environ, (CoreSettings, *classes)))
        errors.extend(_misfits(core))
        if errors:
            raise SettingsError("Settings cannot be used:\n  " + "\n  ".join(errors))
        return cls(core, features)


#: How an address of a database that the product is tested with begins.
_DATABASES = ("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")


def _is_zone(name: str) -> bool:
    """Tell whether there is such a time zone; listing all of them would read six hundred files."""
    try:
        return bool(ZoneInfo(name).key)
    except (LookupError, ValueError, OSError):  # no such name, no such file, a folder
        return False


def _misfits(core: CoreSettings) -> list[str]:
    """Return what is written well and still cannot be used; addresses are not repeated, they may hold a password."""
    faults = []
    if core.default_locale not in {"ru", "en"}:
        faults.append("LMS_DEFAULT_LOCALE: expected ru or en")
    if core.log_level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        faults.append("LMS_LOG_LEVEL: expected DEBUG, INFO, WARNING or ERROR")
    if core.database_url and not core.database_url.startswith(_DATABASES):
        faults.append("LMS_DATABASE_URL: expected postgresql://… or sqlite:///…")
    if not _is_zone(core.timezone):
        faults.append("LMS_TIMEZONE: no such time zone; expected a name such as Europe/Moscow")
    return faults


#: Variables that start with LMS_ and are read elsewhere (test data for the suite, the demo's own switches).
_FOREIGN = frozenset({"LMS_TEST_DATA"})


def _unknown_names(environ: Mapping[str, str], classes: tuple[type, ...]) -> list[str]:
    known = set(_FOREIGN)
    for kind in classes:
        prefix = cast(Any, kind).PREFIX
        for item in dataclasses.fields(cast(Any, kind)):
            known.add("_".join(part for part in ("LMS", prefix, item.name.upper()) if part))
    return [
        f"{name}: no such setting"
        for name in sorted(environ)
        if name.startswith("LMS_") and name not in known
    ]
