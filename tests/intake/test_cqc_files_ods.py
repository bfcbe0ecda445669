"""The streaming reader of OpenDocument spreadsheets, against hand-written oddities."""

from __future__ import annotations

import zipfile
from pathlib import Path

import psutil
import pytest

from services.intake.cqc_files.ods import Row, read_rows
from services.intake.cqc_files.problems import FileRefused

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "table", "text")
)
_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def document(body: str, *, before: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {_NAMESPACES}>'
        f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )


def sheet(rows: str, name: str = "Sheet") -> str:
    return f'<table:table table:name="{name}">{rows}</table:table>'


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def ods(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "file.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    return path


def cells(tmp_path: Path, *xml: str) -> tuple[str, ...]:
    (found,) = read_rows(ods(tmp_path, document(sheet(row(*xml)))), ["Sheet"])
    return found.cells


def test_repeated_cells_keep_every_later_cell_in_its_column(tmp_path: Path) -> None:
    assert cells(
        tmp_path,
        '<table:table-cell table:number-columns-repeated="3"/>',
        '<table:table-cell table:number-columns-repeated="2"><text:p>Y</text:p></table:table-cell>',
        _CELL.format("end"),
    ) == ("", "", "", "Y", "Y", "end")


def test_thousands_of_trailing_filler_cells_are_left_out(tmp_path: Path) -> None:
    filler = '<table:table-cell table:number-columns-repeated="999999999"/>'
    assert cells(tmp_path, _CELL.format("only"), filler) == ("only",)


def test_a_cell_under_a_merged_one_holds_its_place_and_shows_nothing(tmp_path: Path) -> None:
    covered = "<table:covered-table-cell><text:p>hidden</text:p></table:covered-table-cell>"
    assert cells(tmp_path, _CELL.format("a"), covered, _CELL.format("c")) == ("a", "", "c")


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ('office:value-type="float" office:value="12"><text:p>12 beds</text:p>', "12"),
        ('office:value-type="float" office:value="12.0"><text:p>12</text:p>', "12"),
        ('office:value-type="float" office:value="1.5"><text:p>2</text:p>', "1.5"),
        ('office:value-type="float" office:value="many"><text:p>2</text:p>', "many"),
        (
            'office:value-type="date" office:date-value="2019-04-01T00:00:00">',
            "2019-04-01T00:00:00",
        ),
        ('office:value-type="boolean" office:boolean-value="true"><text:p>Y</text:p>', "true"),
        ('office:value-type="string" office:string-value="kept">', "kept"),
        ("><text:p>one</text:p><text:p>two</text:p>", "one\ntwo"),
        ("><text:p>a<text:s text:c='2'/>b<text:span>c</text:span>d</text:p>", "a  bcd"),
        ("><text:p>a<text:tab/>b<text:line-break/>c</text:p>", "a b c"),
        ("><office:annotation><text:p>note</text:p></office:annotation><text:p>v</text:p>", "v"),
        ("><text:p>a<office:annotation><text:p>n</text:p></office:annotation>b</text:p>", "ab"),
        ("><text:p>a<!-- comment -->b</text:p>", "ab"),
    ],
)
def test_a_cell_reads_as_its_value_and_not_as_its_display(
    tmp_path: Path, xml: str, value: str
) -> None:
    assert cells(tmp_path, f"<table:table-cell {xml}</table:table-cell>") == (value,)


def test_a_row_that_repeats_comes_as_often_and_blank_ones_only_count(tmp_path: Path) -> None:
    twice = row(_CELL.format("twice")).replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="2">'
    )
    blank = row("<table:table-cell/>").replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="1000000">'
    )
    path = ods(tmp_path, document(sheet(twice + blank + row(_CELL.format("last")))))

    assert [(r.number, r.cells) for r in read_rows(path, ["Sheet"])] == [
        (1, ("twice",)),
        (2, ("twice",)),
        (1_000_003, ("last",)),
    ]


def test_rows_inside_groups_and_header_rows_are_read_too(tmp_path: Path) -> None:
    rows = (
        f"<table:table-header-rows>{row(_CELL.format('head'))}</table:table-header-rows>"
        f"<table:table-row-group>{row(_CELL.format('in'))}</table:table-row-group>"
        f"{row(_CELL.format('after'))}"
    )
    found = read_rows(ods(tmp_path, document(sheet(rows))), ["Sheet"])
    assert [r.cells for r in found] == [("head",), ("in",), ("after",)]


def test_only_the_named_sheets_are_read_whatever_their_case(tmp_path: Path) -> None:
    body = sheet(row(_CELL.format("no")), "Other") + sheet(row(_CELL.format("yes")), "LOCATIONS")
    path = ods(tmp_path, document(body))
    assert list(read_rows(path, ["Locations"])) == [Row("Locations", 1, ("yes",))]


def test_a_missing_sheet_is_named(tmp_path: Path) -> None:
    path = ods(tmp_path, document(sheet(row(_CELL.format("x")))))
    with pytest.raises(FileRefused, match="sheet Locations is missing"):
        list(read_rows(path, ["Sheet", "Locations"]))


def test_a_file_that_declares_entities_is_refused_and_nothing_outside_is_read(
    tmp_path: Path,
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("from outside", encoding="utf-8")
    declaration = f'<!DOCTYPE d [<!ENTITY e SYSTEM "{outside.as_uri()}">]>'
    path = ods(tmp_path, document(sheet(row(_CELL.format("&e;"))), before=declaration))
    with pytest.raises(FileRefused, match="document type"):
        list(read_rows(path, ["Sheet"]))


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    path = ods(
        tmp_path, document(sheet(row(_CELL.format("&e9;"))), before=f"<!DOCTYPE d [{levels}]>")
    )
    with pytest.raises(FileRefused):
        list(read_rows(path, ["Sheet"]))


def test_a_file_that_unpacks_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = ods(tmp_path, document(sheet(row(_CELL.format("x" * 100_000)))))
    with pytest.raises(FileRefused, match="unpacks to more than 50000 bytes"):
        list(read_rows(path, ["Sheet"], max_uncompressed=50_000))


def test_a_file_that_understates_its_size_is_refused(tmp_path: Path) -> None:
    path = ods(tmp_path, document(sheet(row(_CELL.format("x" * 100_000)))))
    forged = bytearray(path.read_bytes())
    size_field = forged.index(b"PK\x01\x02") + 24
    forged[size_field : size_field + 4] = (1_000).to_bytes(4, "little")
    path.write_bytes(forged)
    with pytest.raises(FileRefused):
        list(read_rows(path, ["Sheet"], max_uncompressed=50_000))


def test_one_row_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = ods(tmp_path, document(sheet(row(_CELL.format("x" * 1_000_000) * 40))))
    with pytest.raises(FileRefused, match="a row takes more than"):
        list(read_rows(path, ["Sheet"]))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            row('<table:table-cell table:number-columns-repeated="20000"/>', _CELL.format("x")),
            "more than 16384 columns",
        ),
        (row('<table:table-cell table:number-columns-repeated="-1"/>'), "is not a count"),
        (row('<table:table-cell table:number-columns-repeated="many"/>'), "is not a count"),
        (
            row(_CELL.format("x")).replace("row>", 'row table:number-rows-repeated="2000000">', 1),
            "more than 1048576 rows",
        ),
    ],
)
def test_repetition_beyond_any_spreadsheet_is_refused(
    tmp_path: Path, rows: str, reason: str
) -> None:
    with pytest.raises(FileRefused, match=reason):
        list(read_rows(ods(tmp_path, document(sheet(rows))), ["Sheet"]))


def test_what_is_no_spreadsheet_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.ods"
    text.write_text("not a zip", encoding="utf-8")
    empty = tmp_path / "empty.ods"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("mimetype", "x")
    for path in (text, empty):
        with pytest.raises(FileRefused, match="not an ODS spreadsheet"):
            list(read_rows(path, ["Sheet"]))


def test_xml_that_breaks_off_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = ods(tmp_path, document(sheet(row(_CELL.format("secret"))))[:-40])
    with pytest.raises(FileRefused) as refused:
        list(read_rows(path, ["Sheet", "Other"]))
    assert "secret" not in str(refused.value)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = ods(tmp_path, document(sheet("".join(row(_CELL.format(n)) for n in range(5_000)))))
    damaged = bytearray(path.read_bytes())
    damaged[2_000:2_100] = bytes(100)
    path.write_bytes(damaged)
    with pytest.raises(FileRefused):
        list(read_rows(path, ["Sheet"]))


def test_memory_stays_flat_however_long_the_file(tmp_path: Path) -> None:
    many = row(*(_CELL.format("the same text in every one of them") for _ in range(28))) * 20_000
    path = ods(tmp_path, document(sheet(many)))
    del many
    process = psutil.Process()
    list(zip(range(100), read_rows(path, ["Sheet"]), strict=False))  # the parser's own buffers
    before = process.memory_info().rss
    highest = 0
    for found in read_rows(path, ["Sheet"]):
        if found.number % 1_000 == 0:
            highest = max(highest, process.memory_info().rss)
    # 70 MB of XML, which a document tree would hold several times over
    assert highest - before < 20 * 1024**2
