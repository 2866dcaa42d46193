"""Documents lose the names that programs write into them; titles, languages and contents stay."""

import io
import zipfile

import pytest
from civic_chassis.inspection import FileKind, inspect
from civic_participation.attachment_work import clean
from pypdf import PdfReader, PdfWriter

from tests import specimens

SECRETS = (b"Anna Beispiel", b"Kanzlei Beispiel", b"Textprogramm")
CORE = (
    '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:title>Lärm &amp; Licht</dc:title>'
    "<dc:creator>Anna Beispiel</dc:creator><cp:lastModifiedBy>Anna Beispiel</cp:lastModifiedBy>"
    "<dcterms:created>2026-11-23T08:00:00Z</dcterms:created><dc:language>de-DE</dc:language></cp:coreProperties>"
).encode()
WORD = {
    "docProps/core.xml": CORE,
    "docProps/app.xml": b"<Properties><Company>Kanzlei Beispiel</Company><Template/>Textprogramm</Properties>",
    "docProps/custom.xml": b'<Properties><property name="x"><lpwstr>Anna Beispiel</lpwstr></property></Properties>',
    "word/comments.xml": b'<w:comments><w:comment w:id="1" w:author="Anna Beispiel" w:initials=\'AB\'>Gut</w:comment>'
    b"</w:comments>",
    "word/media/image1.png": b"Anna Beispiel steht im Bild",
}
META = (
    '<office:document-meta xmlns:office="o" xmlns:meta="m" xmlns:dc="d"><office:meta>'
    "<meta:initial-creator>Anna Beispiel</meta:initial-creator><dc:title>Lärm</dc:title>"
    "<meta:generator>Textprogramm</meta:generator></office:meta></office:document-meta>"
).encode()
OPEN = {
    "meta.xml": META,
    "content.xml": b"<office:body><office:annotation><dc:creator>Anna Beispiel</dc:creator><text:p>Gut</text:p>"
    b"</office:annotation></office:body>",
}


def named_pdf(**options: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(specimens.pdf(language="de", tagged=True))))
    writer.add_metadata({"/Author": "Anna Beispiel", "/Producer": "Textprogramm", "/Title": "Lärm", **options})
    writer.xmp_metadata = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Anna Beispiel</x:xmpmeta>"
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


async def test_a_pdf_keeps_title_language_and_tags_alone() -> None:
    contents = named_pdf()
    answer = await clean(contents, FileKind.PDF)
    assert answer is not None
    head, files = answer
    assert head == {"notes": []}
    for secret in SECRETS:
        assert secret not in files["content"]
    reader = PdfReader(io.BytesIO(files["content"]))
    assert {name: str(value) for name, value in (reader.metadata or {}).items()} == {"/Title": "Lärm"}
    assert (str(reader.root_object["/Lang"]), len(reader.pages)) == ("de", 1)
    assert "/Metadata" not in reader.root_object
    assert inspect(files["content"]).kind is FileKind.PDF
    # What says nothing of anybody stays as it is.
    assert await clean(specimens.pdf(title="Lärm"), FileKind.PDF) == (
        {"notes": ["pdf_untagged", "pdf_no_language"]},
        {},
    )


@pytest.mark.parametrize(
    ("contents", "kind"), [(specimens.docx(WORD), FileKind.DOCX), (specimens.odt(OPEN), FileKind.ODT)]
)
async def test_packages_lose_who_made_and_who_commented_them(contents: bytes, kind: FileKind) -> None:
    answer = await clean(contents, kind)
    assert answer is not None
    content = answer[1]["content"]
    assert inspect(content).kind is kind
    with zipfile.ZipFile(io.BytesIO(contents)) as before, zipfile.ZipFile(io.BytesIO(content)) as after:
        assert after.namelist() == before.namelist()
        texts = {name: after.read(name) for name in after.namelist()}
    for name, text in texts.items():
        if "media" not in name:
            assert not any(secret in text for secret in SECRETS), name
    told = texts["docProps/core.xml" if kind is FileKind.DOCX else "meta.xml"].decode()
    assert "<dc:title>Lärm" in told
    if kind is FileKind.DOCX:
        assert "<dc:title>Lärm &amp; Licht</dc:title><dc:language>de-DE</dc:language>" in told
        assert texts["word/comments.xml"] == (
            b'<w:comments><w:comment w:id="1" w:author="" w:initials="">Gut</w:comment></w:comments>'
        )
        assert texts["word/media/image1.png"] == WORD["word/media/image1.png"]
    else:
        assert b"<dc:creator></dc:creator><text:p>Gut</text:p>" in texts["content.xml"]


async def test_a_document_that_is_none_is_damaged() -> None:
    answer = await clean(b"PK\x03\x04 und nichts weiter", FileKind.DOCX)
    assert answer == ({"damaged": True}, {})
