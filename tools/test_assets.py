"""Fetch what the tests need and the repository must not hold: axe-core and the face photographs.

Both come out of packages on PyPI that are downloaded, checked against a digest and unpacked, never
installed or built: ``axe.min.js`` is MPL-2.0, and the photographs are the test images of the source
distribution of face-recognition. Run it as ``make test-assets``; a second run does nothing.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "var" / "cache" / "test-assets"

AXE_REQUIREMENT = "pytest-playwright-axe==4.14.0"
AXE_DIGEST = "b8eed34ac17e1c1094983eaef97687e65b3e0c5a0de0257b8b34cc05430a07ca"
AXE_MEMBER = "pytest_playwright_axe/resources/axe.min.js"

FACES_REQUIREMENT = "face-recognition==1.3.0"
FACES_DIGEST = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
FACES_FOLDER = "face_recognition-1.3.0/tests/test_images/"


def main() -> None:
    """Bring every asset that is not there yet."""
    if not (ASSETS / "axe.min.js").exists():
        keep(ASSETS / "axe.min.js", axe_source())
    if not (ASSETS / "faces" / ".complete").exists():
        for name, content in face_photographs().items():
            keep(ASSETS / "faces" / name, content)
        keep(ASSETS / "faces" / ".complete", b"")


def axe_source() -> bytes:
    """Return axe-core's minified source out of a wheel that carries it."""
    # The wheel asks for a newer Python than ours; nothing of it is imported.
    wheel = download(AXE_REQUIREMENT, AXE_DIGEST, "--only-binary=:all:", "--ignore-requires-python")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return archive.read(AXE_MEMBER)


def face_photographs() -> dict[str, bytes]:
    """Return the test photographs of the source distribution by file name."""
    sdist = download(FACES_REQUIREMENT, FACES_DIGEST, "--no-binary=face-recognition")
    with tarfile.open(fileobj=io.BytesIO(sdist)) as archive:
        members = [m for m in archive.getmembers() if m.isfile() and m.name.startswith(FACES_FOLDER)]
        return {Path(m.name).name: archive.extractfile(m).read() for m in members}  # type: ignore[union-attr]


def download(requirement: str, digest: str, *options: str) -> bytes:
    """Return the one file that pip downloads for `requirement`, refusing any other content."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*pip, *options, requirement], check=True)
        (path,) = Path(folder).iterdir()
        content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        sys.exit(f"{requirement}: {path.name} is not the file that the tests were written with")
    return content


def keep(path: Path, content: bytes) -> None:
    """Write `content` so that a run that is cut off leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


if __name__ == "__main__":
    main()
