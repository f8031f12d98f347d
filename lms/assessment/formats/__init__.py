"""Questions of other systems: read from and written to their formats.

In: Moodle XML, GIFT, Aiken, QTI 1.2, 2.0 to 2.2 and 3.0, as single files or packages. Out: Moodle XML, GIFT, QTI 3.0.
Readers yield `values.Found`; `mapping` turns them into contents of installed question types and back.
"""

from __future__ import annotations

from lms.assessment.formats.reading import ReadFile, read_file

__all__ = ["ReadFile", "read_file"]
