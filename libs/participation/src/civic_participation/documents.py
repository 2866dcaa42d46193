"""Documents without the names that programs write into them, and what hinders people who do not see one.

Runs in the process of `cleaning` alone.
"""

import io
import re
import zipfile
import zlib
from typing import Any

from civic_chassis.inspection import FileKind

# Who wrote a document, with what and for whom; its title and language stay.
_PDF_FIELDS = ("/Author", "/Creator", "/Producer", "/Keywords", "/Subject", "/Company", "/Manager", "/Trapped")
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_CORE = (
    b'<?xml version="1.0" encoding="UTF-8"?><cp:coreProperties'
    b' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/">%s</cp:coreProperties>'
)
_META = (
    b'<?xml version="1.0" encoding="UTF-8"?><office:document-meta'
    b' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    b' office:version="1.3"><office:meta>%s</office:meta></office:document-meta>'
)
# What says who made a document is written anew, with the title and the language of the old one.
_ANEW = {
    "docProps/core.xml": _CORE,
    "docProps/app.xml": f'<Properties xmlns="{_OFFICE}/extended-properties"/>'.encode(),
    "docProps/custom.xml": f'<Properties xmlns="{_OFFICE}/custom-properties"/>'.encode(),
    "meta.xml": _META,
}
_TOLD = re.compile(rb"<dc:(title|language)(?:\s[^<>]*)?>([^<>]*)</dc:\1\s*>")
# Who commented or changed what: attributes of Word, elements of OpenDocument.
_WORD_PERSON = re.compile(rb"(\s(?:w|w15):(?:author|initials|userId|providerId)=)(\"[^\"]*\"|'[^']*')")
_ODF_PERSON = re.compile(rb"<((?:dc:creator|meta:creator-initials|loext:sender-initials))(\s[^<>]*)?>[^<]*</\1\s*>")

File = tuple[str, bytes]


def clean_document(contents: bytes, media_type: str) -> tuple[dict[str, Any], list[File]]:
    """What the editor should know of it, and the file without names; no file where it stays as it is."""
    kind = FileKind(media_type)
    if kind is FileKind.PDF:
        return _clean_pdf(contents)
    try:
        cleaned = _clean_package(contents, kind)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise ValueError("is no archive") from error
    return {}, [("content", cleaned)] if cleaned is not None else []


def _clean_pdf(contents: bytes) -> tuple[dict[str, Any], list[File]]:
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(contents))
        if reader.is_encrypted:
            return {"notes": ["encrypted"]}, []
        notes = _notes(reader)
        info = {name: str(value) for name, value in (reader.metadata or {}).items()}
        named = any(info.get(name, "").strip() for name in _PDF_FIELDS) or "/Metadata" in reader.root_object
        if not named or _is_signed(reader):
            return {"notes": notes}, []
        writer = PdfWriter(clone_from=reader)
        writer.metadata = {"/Title": info["/Title"]} if info.get("/Title") else None
        writer.root_object.pop("/Metadata", None)
        made = io.BytesIO()
        writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)
        writer.write(made)
    except (PyPdfError, ValueError, KeyError, AttributeError, TypeError, IndexError, RecursionError):
        return {"notes": ["pdf_unreadable"]}, []
    return {"notes": notes}, [("content", made.getvalue())]


def _notes(reader: Any) -> list[str]:
    """Whether people who do not see it can read it."""
    notes = []
    root = reader.root_object
    marked = root.get("/MarkInfo", {})
    if "/StructTreeRoot" not in root or not marked.get_object().get("/Marked", False):
        notes.append("pdf_untagged")
    if reader.metadata is None or not (reader.metadata.title or "").strip():
        notes.append("pdf_untitled")
    if not str(root.get("/Lang", "")).strip():
        notes.append("pdf_no_language")
    return notes


def _is_signed(reader: Any) -> bool:
    """A signature holds for the bytes as they are, and says who signed on purpose."""
    form = reader.root_object.get("/AcroForm")
    return form is not None and bool(int(form.get_object().get("/SigFlags", 0)) & 1)


def _clean_package(contents: bytes, kind: FileKind) -> bytes | None:
    """None where it names nobody."""
    made = io.BytesIO()
    named = False
    with zipfile.ZipFile(io.BytesIO(contents)) as source, zipfile.ZipFile(made, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            plain_content = _clean_part(entry.filename, content, kind)
            named = named or plain_content != content
            # When it was packed is nobody's business either.
            plain = zipfile.ZipInfo(entry.filename)
            plain.compress_type = entry.compress_type
            target.writestr(plain, plain_content)
    return made.getvalue() if named else None


def _clean_part(name: str, content: bytes, kind: FileKind) -> bytes:
    if name in _ANEW:
        made = _ANEW[name]
        return made % _told(content) if b"%s" in made else made
    if not name.endswith(".xml"):
        return content
    if kind is FileKind.DOCX:
        return _WORD_PERSON.sub(rb'\1""', content)
    return _ODF_PERSON.sub(rb"<\1\2></\1>", content)


def _told(content: bytes) -> bytes:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return b""
    return b"".join(b"<dc:%s>%s</dc:%s>" % (name, text, name) for name, text in _TOLD.findall(content))
