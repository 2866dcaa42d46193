"""Names of files, whatever somebody made of them."""

import pytest
from civic_chassis.inspection import MAX_NAME, FileKind, disposition, safe_name
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("raw", "kind", "name"),
    [
        ("Marktplatz.jpg", FileKind.JPEG, "Marktplatz.jpg"),
        ("Marktplatz.JPEG", FileKind.JPEG, "Marktplatz.jpeg"),
        ("Übersicht über die Bänke.pdf", FileKind.PDF, "Übersicht über die Bänke.pdf"),
        ("../../etc/passwd", FileKind.PDF, "passwd.pdf"),
        ("C:\\Users\\anna\\Foto.png", FileKind.PNG, "Foto.png"),
        ("rechnung.pdf.exe", FileKind.PDF, "rechnung.pdf.pdf"),
        ("urlaub.jpg", FileKind.PDF, "urlaub.pdf"),
        ('ein "Zitat" <b>.png', FileKind.PNG, "ein _Zitat_ _b_.png"),
        ("Foto\u202egpj.exe", FileKind.JPEG, "Fotogpj.jpg"),
        ("a\x00b\r\nc\u200bd.gif", FileKind.GIF, "ab cd.gif"),
        ("", FileKind.ODT, "Datei.odt"),
        ("...", FileKind.DOCX, "Datei.docx"),
        ("NUL.pdf", FileKind.PDF, "Datei.pdf"),
        ("x" * 300 + ".pdf", FileKind.PDF, "x" * (MAX_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(raw: str, kind: FileKind, name: str) -> None:
    assert safe_name(raw, kind) == name


def test_a_disposition_carries_any_name() -> None:
    assert disposition("Bänke.pdf", inline=False) == (
        "attachment; filename=\"Banke.pdf\"; filename*=UTF-8''B%C3%A4nke.pdf"
    )
    assert disposition("照片.png", inline=True) == ("inline; filename=\"png\"; filename*=UTF-8''%E7%85%A7%E7%89%87.png")


@given(raw=st.text(max_size=400), kind=st.sampled_from(FileKind))
def test_no_name_breaks_out(raw: str, kind: FileKind) -> None:
    name = safe_name(raw, kind)
    assert len(name) <= MAX_NAME
    assert name.isprintable()
    assert name.endswith(f".{kind.extensions[0]}") or name.rpartition(".")[2] in kind.extensions
    assert not set(name) & set('/\\<>:"|?*')
    header = disposition(name, inline=False)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    # What is safe stays as it is.
    assert safe_name(name, kind) == name
