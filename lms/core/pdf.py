"""Turn a page of HTML into a tagged PDF that a screen reader can walk (PDF/UA-1, ISO 14289-1).

WeasyPrint and its system libraries come with the extra ``pdf``; they are loaded when the first document is made.
"""

from __future__ import annotations

from lms.core.errors import Unavailable

__all__ = ["as_pdf"]

#: The look of printed documents: paper, a readable face, tables whose head stands on every page.
_LOOK = """
@page { size: A4; margin: 18mm 15mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt "DejaVu Sans", sans-serif } }
@page wide { size: A4 landscape }
html { font: 10.5pt/1.4 "DejaVu Sans", "Liberation Sans", sans-serif; color: #000 }
h1 { font-size: 16pt; margin: 0 0 4mm } h2 { font-size: 12pt; margin: 6mm 0 2mm }
table { border-collapse: collapse; width: 100%; margin: 2mm 0 }
th, td { border: .5pt solid #444; padding: 1.2mm 2mm; text-align: left; vertical-align: top }
thead th { background: #eee } .num { text-align: right } tr { break-inside: avoid }
dl { display: grid; grid-template-columns: 52mm 1fr; gap: 1mm 4mm; margin: 0 } dt { color: #444 } dd { margin: 0 }
.sign th, .sign td { border: 0; height: 9mm; vertical-align: bottom } .sign th { width: 45% } .sign td { border-bottom: .5pt solid #000 } .sign { margin-top: 8mm }
"""


def as_pdf(html: str) -> bytes:
    """Return a document as PDF/UA; nothing is fetched from anywhere.

    Raises Unavailable ``document.no_pdf`` where the extra or its system libraries are missing.
    """
    try:
        import weasyprint
    except (ImportError, OSError):
        raise Unavailable("document.no_pdf") from None
    page = weasyprint.HTML(string=html, url_fetcher=_nothing)
    written: bytes = page.write_pdf(
        stylesheets=[weasyprint.CSS(string=_LOOK)], pdf_variant="pdf/ua-1", custom_metadata=False
    )
    return written


def _nothing(url: str, *_args: object, **_more: object) -> dict[str, object]:
    raise ValueError(f"a document loads nothing: {url}")
