"""Structured texts: how Markdown is divided, which sections stay the same, and what changed in them."""

import json
from collections.abc import Sequence

import pytest
from civic_chassis.kernel.errors import DomainError
from civic_chassis.kernel.text import Violations
from civic_participation.domain.areas import checked_area
from civic_participation.domain.comparing import PieceKind, SectionChange, compared, pieces
from civic_participation.domain.places import GERMANY
from civic_participation.domain.sections import Section, Splitting, carried, checked_sections, split
from hypothesis import given
from hypothesis import strategies as st

TEXT = """Vorbemerkung.

## § 1 Zweck

Der Markt dient allen.

Auch dem Verkehr.

```
# kein Kopf
```

## § 2 Zeiten ##

Von 8 bis 13 Uhr.
"""


def first(markdown: str, splitting: Splitting = Splitting.HEADINGS) -> tuple[Section, ...]:
    return carried(split(markdown, splitting), before=(), used=frozenset(), version=1)


def following(
    markdown: str, before: Sequence[Section], *, used: frozenset[str] = frozenset(), version: int = 2
) -> list[tuple[str, str, int]]:
    everything = used | {section.id for section in before}
    made = carried(split(markdown, Splitting.HEADINGS), before=before, used=everything, version=version)
    return [(section.id, section.text, section.changed_version) for section in made]


def test_a_section_for_each_heading() -> None:
    assert first(TEXT) == (
        Section("s1", 0, "", "Vorbemerkung.", 1),
        Section("s2", 2, "§ 1 Zweck", "Der Markt dient allen.\n\nAuch dem Verkehr.\n\n```\n# kein Kopf\n```", 1),
        Section("s3", 2, "§ 2 Zeiten", "Von 8 bis 13 Uhr.", 1),
    )


def test_a_section_for_each_paragraph() -> None:
    found = [(each.level, each.title, each.text) for each in split(TEXT, Splitting.PARAGRAPHS)]
    assert found == [
        (0, "", "Vorbemerkung."),
        (2, "§ 1 Zweck", "Der Markt dient allen."),
        (0, "", "Auch dem Verkehr."),
        (0, "", "```\n# kein Kopf\n```"),
        (2, "§ 2 Zeiten", "Von 8 bis 13 Uhr."),
    ]


def test_unchanged_sections_keep_id_and_version() -> None:
    before = first("# A\n\neins\n\n# B\n\nzwei\n\n# C\n\ndrei")
    assert following("# A\n\neins\n\n# Neu\n\nganz anders\n\n# B\n\nzwei Jahre\n\n# C\n\ndrei", before) == [
        ("s1", "eins", 1),
        ("s4", "ganz anders", 2),
        ("s2", "zwei Jahre", 2),
        ("s3", "drei", 1),
    ]


def test_moved_sections_keep_id_and_version() -> None:
    before = first("# A\n\neins\n\n# B\n\nzwei\n\n# C\n\ndrei")
    found = following("# C\n\ndrei\n\n# A\n\neins\n\n# B\n\nzwei", before)
    assert found == [("s3", "drei", 1), ("s1", "eins", 1), ("s2", "zwei", 1)]


def test_a_section_with_another_heading_is_known_by_its_words() -> None:
    before = first("# Alt\n\nDer Markt dient allen Menschen der Stadt.\n\n# B\n\nzwei")
    found = following("# Neu\n\nDer Markt dient allen Menschen des Ortes.\n\n# B\n\nzwei", before)
    assert found[0] == ("s1", "Der Markt dient allen Menschen des Ortes.", 2)


def test_ids_are_never_used_again() -> None:
    before = first("# A\n\neins")
    assert following("# A\n\neins\n\n# X\n\nneu", before, used=frozenset({"s7"})) == [
        ("s1", "eins", 1),
        ("s8", "neu", 2),
    ]


def test_given_ids_are_kept() -> None:
    new = [Section("abc", 0, "", "Text"), Section("", 0, "", "mehr")]
    made = carried(new, before=(), used=frozenset({"s1"}), version=3)
    assert [section.id for section in made] == ["abc", "s2"]


@given(st.lists(st.sampled_from(["eins", "zwei", "drei", "vier"])), st.lists(st.sampled_from(["eins", "zwei", "fünf"])))
def test_ids_stay_apart(old: list[str], new: list[str]) -> None:
    before = carried([Section("", 0, "", word) for word in old], before=(), used=frozenset(), version=1)
    after = carried(
        [Section("", 0, "", word) for word in new],
        before=before,
        used=frozenset(section.id for section in before),
        version=2,
    )
    assert len({section.id for section in after}) == len(new)
    assert [section.text for section in after] == new


@pytest.mark.parametrize(
    ("sections", "field", "reason"),
    [
        ([], "f", "REQUIRED"),
        ([Section("", 0, "", "x")] * 501, "f", "OUT_OF_RANGE"),
        ([Section("a", 0, "", "x")] * 2, "f.id", "MALFORMED"),
        ([Section("a b", 0, "", "x")], "f.id", "MALFORMED"),
        ([Section("", 7, "T", "x")], "f.level", "OUT_OF_RANGE"),
        ([Section("", 0, "", " ")], "f.text", "EMPTY"),
        ([Section("", 0, "", "x" * 20_001)], "f.text", "TOO_LONG"),
        ([Section("", 0, "", "x" * 20_000)] * 16, "f", "TOO_LONG"),
    ],
)
def test_what_is_no_text_is_named(sections: list[Section], field: str, reason: str) -> None:
    found = Violations()
    checked_sections(sections, found, "f")
    with pytest.raises(DomainError) as refused:
        found.check()
    assert (field, reason) in [(each.field, each.reason) for each in refused.value.violations]


def test_words_that_changed() -> None:
    found = [(piece.kind, piece.text) for piece in pieces("Von 8 bis 13 Uhr.", "Von 7 bis 13 Uhr.")]
    assert found == [
        (PieceKind.SAME, "Von "),
        (PieceKind.REMOVED, "8 "),
        (PieceKind.ADDED, "7 "),
        (PieceKind.SAME, "bis 13 Uhr."),
    ]


@given(st.text(alphabet="ab \n", max_size=40), st.text(alphabet="ab \n", max_size=40))
def test_pieces_joined_are_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.kind is not PieceKind.ADDED) == before
    assert "".join(piece.text for piece in found if piece.kind is not PieceKind.REMOVED) == after


def test_sections_that_changed() -> None:
    before = (Section("a", 0, "", "eins"), Section("b", 0, "", "zwei"), Section("c", 0, "", "drei"))
    after = (Section("c", 0, "", "drei"), Section("a", 0, "", "eins!"), Section("d", 0, "", "vier"))
    found = [(section.id, section.change) for section in compared(before, after)]
    assert found == [
        ("c", SectionChange.SAME),
        ("a", SectionChange.CHANGED),
        ("b", SectionChange.REMOVED),
        ("d", SectionChange.ADDED),
    ]


SQUARE = [[8.0, 50.0], [8.1, 50.0], [8.1, 50.1], [8.0, 50.0]]


def geometry(coordinates: object, kind: str = "Polygon") -> str:
    return json.dumps({"type": kind, "coordinates": coordinates})


def area(given: str) -> tuple[str, list[str]]:
    found = Violations()
    made = checked_area(given, GERMANY, found, "area")
    try:
        found.check()
    except DomainError as error:
        return made, [each.reason for each in error.violations]
    return made, []


def test_areas_are_reduced_to_their_geometry() -> None:
    polygon = {"type": "Polygon", "coordinates": [SQUARE], "bbox": [1]}
    feature = {"type": "Feature", "properties": {"name": "Plan"}, "geometry": polygon}
    short = '{"type":"Polygon","coordinates":[[[8.0,50.0],[8.1,50.0],[8.1,50.1],[8.0,50.0]]]}'
    assert area(json.dumps(feature)) == (short, [])
    both = json.loads(area(json.dumps({"type": "FeatureCollection", "features": [feature, feature]}))[0])
    assert both == {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}
    assert area("  ") == ("", [])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("{", "NOT_AN_AREA"),
        ("[]", "NOT_AN_AREA"),
        ("[" * 90_000, "NOT_AN_AREA"),
        (json.dumps({"type": "Point", "coordinates": [8, 50]}), "NOT_AN_AREA"),
        (json.dumps({"type": "FeatureCollection", "features": []}), "NOT_AN_AREA"),
        (geometry([SQUARE[:3]]), "NOT_AN_AREA"),
        (geometry([[*SQUARE[:3], [8.2, 50.0]]]), "NOT_AN_AREA"),
        (geometry([[["8", 50]] * 4]), "NOT_AN_AREA"),
        (geometry([[[True, 50]] * 4]), "NOT_AN_AREA"),
        ('{"type":"Polygon","coordinates":[[[NaN,50],[8,50],[8,51],[NaN,50]]]}', "NOT_AN_AREA"),
        ('{"type":"Polygon","coordinates":[[[1e999,50],[8,50],[8,51],[1e999,50]]]}', "NOT_AN_AREA"),
        (geometry([[[20, 50], [8, 50], [8, 51], [20, 50]]]), "OUTSIDE"),
        (geometry([[[50, 8], [50, 8.1], [50.1, 8.1], [50, 8]]]), "SWAPPED"),
        (geometry([[[8, 50]] * 5_001]), "OUT_OF_RANGE"),
        (" " * 1 + "x" * 100_000, "TOO_LONG"),
    ],
)
def test_what_is_no_area_is_refused(given: str, reason: str) -> None:
    assert area(given) == ("", [reason])
