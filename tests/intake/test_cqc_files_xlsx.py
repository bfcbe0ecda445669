"""The streaming reader of workbooks, the form of CQC's earlier releases."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from deploy.demo import cqc_columns
from services.intake.cqc_files.active_locations import read_active_locations
from services.intake.cqc_files.ods import Row
from services.intake.cqc_files.problems import FileRefused
from services.intake.cqc_files.xlsx import read_rows

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = (
    f'<styleSheet {_MAIN}><numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>'
)


def workbook(
    path: Path, sheets: dict[str, str], shared: str = "", *, before: str = "", styles: str = STYLES
) -> Path:
    """A workbook whose sheets hold this XML."""
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml", f"<workbook {_MAIN} {_REL}><sheets>{names}</sheets></workbook>"
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}">{links}</Relationships>',
        )
        archive.writestr("xl/sharedStrings.xml", f"<sst {_MAIN}>{shared}</sst>")
        archive.writestr("xl/styles.xml", styles)
        for n, rows in enumerate(sheets.values(), 1):
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f"{before}<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>",
            )
    return path


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def rows_of(tmp_path: Path, rows: str, shared: str = "") -> list[Row]:
    return list(read_rows(workbook(tmp_path / "a.xlsx", {"Sheet": rows}, shared), ["Sheet"]))


def test_shared_texts_numbers_and_days_read_as_they_are_shown(tmp_path: Path) -> None:
    shared = "<si><t>first</t></si><si><r><t>sec</t></r><r><t>ond</t></r><rPh><t>no</t></rPh></si>"
    cells = (
        '<c r="A1" t="s"><v>1</v></c><c r="C1"><v>12.0</v></c><c r="D1" s="1"><v>43556</v></c>'
        '<c r="E1" s="2"><v>43556.5</v></c><c r="F1" t="s"><v>0</v></c>'
        '<c t="str"><v>x</v></c>'
    )
    (row,) = rows_of(tmp_path, f'<row r="1">{cells}</row>', shared)
    assert row.cells == ("second", "", "12", "2019-04-01", "2019-04-01", "first", "x")


def test_a_cell_keeps_its_column_and_a_row_its_number(tmp_path: Path) -> None:
    rows = '<row r="7"><c r="AB7"><v>1</v></c></row><row r="9"/>'
    (row,) = rows_of(tmp_path, rows)
    assert (row.number, len(row.cells), row.cells[27]) == (7, 28, "1")


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="s"><v>5</v></c></row>',
        '<row r="2"/><row r="1"/>',
        '<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
        '<row r="9999999"/>',
        '<row r="1"><c r="ZZZ1"><v>1</v></c></row>',
        '<row r="1">',
    ],
)
def test_a_workbook_that_does_not_hold_together_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(FileRefused):
        rows_of(tmp_path, rows)


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY e "boom">]>'
    path = workbook(tmp_path / "a.xlsx", {"Sheet": f"<row>{inline('&e;')}</row>"}, before=bomb)
    with pytest.raises(FileRefused):
        list(read_rows(path, ["Sheet"]))


def test_a_missing_sheet_and_a_file_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Sheet": ""})
    with pytest.raises(FileRefused, match="Other is missing"):
        list(read_rows(path, ["Other"]))
    with pytest.raises(FileRefused, match="more than 10 bytes"):
        list(read_rows(path, ["Sheet"], max_uncompressed=10))
    (tmp_path / "b.xlsx").write_bytes(b"no archive")
    with pytest.raises(FileRefused):
        list(read_rows(tmp_path / "b.xlsx", ["Sheet"]))


def test_an_earlier_release_of_active_locations_is_read_as_the_ods_is(tmp_path: Path) -> None:
    values = {
        "Location ID": "1-300000001",
        "Location Name": "Trial Example House",
        "Location Inspection Directorate": "Adult social care",
        "Provider ID": "1-300000101",
        "Provider Name": "Trial Example Ltd",
        "Care homes beds": "20",
        "Service type - Care home service without nursing": "Y",
    }
    columns = cqc_columns.ACTIVE_LOCATIONS
    heading = f"<row>{''.join(map(inline, columns))}</row>"
    links = f"<row>{''.join(map(inline, cqc_columns.DUAL_REGISTRATIONS))}</row>"
    filled = _placed(columns, values)
    path = workbook(
        tmp_path / "01_October_2019_HSCA_Active_Locations.xlsx",
        {
            "README": f"<row>{inline('Source: CQC database as at 01 October 2019')}</row>",
            "HSCA_Active_Locations": f"{heading}<row>{filled}</row>",
            "HSCA_Dual_Registration_Locations": links,
        },
    )
    read = read_active_locations(path)
    (location,) = read.locations
    assert (read.as_at, location.beds) == (date(2019, 10, 1), 20)
    assert location.service_types == ("Care home service without nursing",)


def _placed(columns: tuple[str, ...], values: dict[str, str]) -> str:
    return "".join(
        f'<c r="{_letters(place)}2" t="inlineStr"><is><t>{values[name]}</t></is></c>'
        for place, name in enumerate(columns)
        if name in values
    )


def _letters(place: int) -> str:
    first, second = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)
