"""Hand a person what is kept about them for identity and watching: words as JSON, pictures as they are."""

from __future__ import annotations

import io
import json
import zipfile
from uuid import UUID

from lms.core.uow import UnitOfWork
from lms.proctoring import queries
from lms.proctoring.access_rules import Reach

__all__ = ["export_subject"]


def export_subject(uow: UnitOfWork, person_id: UUID) -> bytes:
    """Return a ZIP file of everything about a person, for that person and the family; taking it is written down."""
    uow.require("proctoring.own_sitting", Reach(person_id, uow.now()))
    records = queries.subject_records(uow.session, person_id, uow.now())
    words = json.dumps(records.document, ensure_ascii=False, indent=2, default=str)
    whole, packed_at = io.BytesIO(), uow.now().timetuple()[:6]
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as parcel:
        parcel.writestr(zipfile.ZipInfo("identity.json", packed_at), words, zipfile.ZIP_DEFLATED)
        for name, file_id in records.pictures.items():
            parcel.writestr(zipfile.ZipInfo(name, packed_at), uow.open_file(file_id)[1], zipfile.ZIP_DEFLATED)
    uow.log_access("proctoring.export", person_id, "person", person_id, outcome="shown")
    return whole.getvalue()
