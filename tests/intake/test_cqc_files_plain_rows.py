"""What is read by a pattern reads as the parser reads it, and what is not plain is left to it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from benchmarks import published
from services.intake.cqc_files import ods
from services.intake.cqc_files.ods import Row, read_rows
from services.intake.cqc_files.plain_rows import plain_row
from services.intake.cqc_files.problems import FileRefused
from tests.intake.test_cqc_files_ods import document, row, sheet
from tests.intake.test_cqc_files_ods import ods as written

TEXT = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
LAST = TEXT.format("last")
PLAIN = {
    "text": TEXT.format("a  text"),
    "no text": TEXT.format(""),
    "entities": TEXT.format("A &amp; B &lt;C&gt; &quot;D&quot; &apos;E&apos; &amp;amp;"),
    "a line break in the file": TEXT.format("one\ntwo\tthree"),
    "letters": TEXT.format("Zoë’s – 家"),
    "a number": '<table:table-cell office:value-type="float" office:value="12.0">'
    "<text:p>12 beds</text:p></table:table-cell>",
    "a day": '<table:table-cell office:value-type="date" office:date-value="2019-04-01">'
    "<text:p>1 April</text:p></table:table-cell>",
    "a kept text": '<table:table-cell office:string-value=" kept "><text:p> </text:p>'
    "</table:table-cell>",
    "a style": '<table:table-cell table:style-name="ce1"><text:p text:style-name="P1">x</text:p>'
    "</table:table-cell>",
    "repeats": '<table:table-cell table:number-columns-repeated="2"><text:p>x</text:p>'
    '</table:table-cell><table:table-cell table:number-columns-repeated="3"/>',
    "space between cells": f"\n  {TEXT.format('x')}\n  ",
}
NOT_PLAIN = {
    "two paragraphs": "<table:table-cell><text:p>a</text:p><text:p>b</text:p></table:table-cell>",
    "a span": TEXT.format("a<text:span>b</text:span>c"),
    "a link": TEXT.format('<text:a office:href="x">b</text:a>'),
    "a heading": "<table:table-cell><text:h>a</text:h></table:table-cell>",
    "an empty paragraph": "<table:table-cell><text:p/></table:table-cell>",
    "an open empty cell": "<table:table-cell></table:table-cell>",
    "merged": f"{TEXT.format('x')}<table:covered-table-cell/><table:covered-table-cell>"
    "<text:p>hidden</text:p></table:covered-table-cell>",
    "another quote": "<table:table-cell table:number-columns-repeated='2'/>",
    "a number of a letter": TEXT.format("&#65;&#x2019;"),
    "a carriage return": TEXT.format("a\rb"),
    "a note": "<table:table-cell><office:annotation><text:p>n</text:p></office:annotation>"
    "<text:p>v</text:p></table:table-cell>",
    "a table within": f"<table:table-cell><table:table>{row(TEXT.format('in'))}</table:table>"
    "<text:p>out</text:p></table:table-cell>",
    "a prefix of its own": TEXT.format("x").replace("cell ", 'cell xmlns:table="urn:other" ', 1),
}
ODD = {
    "a comment": TEXT.format("a<!-- b -->c"),
    "a hidden row": f"<!-- {row(TEXT.format('hidden'))} -->{TEXT.format('x')}",
    "a section": TEXT.format("<![CDATA[a <b> c]]>"),
    "an instruction": f"<?x {row(TEXT.format('hidden'))}?>{TEXT.format('x')}",
}


def read(path: Path) -> list[Row]:
    return list(read_rows(path, ["Sheet"]))


def by_the_parser(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    with monkeypatch.context() as without:
        without.setattr(ods, "plain_row", lambda _data, _wanted: None)
        return read(path)


@pytest.mark.parametrize("cells", [*PLAIN.values(), *NOT_PLAIN.values(), *ODD.values()])
def test_a_row_reads_as_the_parser_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: str
) -> None:
    rows = row(TEXT.format("first")) + row(cells, LAST) + row(LAST)
    path = written(tmp_path, document(sheet(rows)))
    found = read(path)
    assert found == by_the_parser(path, monkeypatch)
    assert (found[0].cells, found[-1].cells) == (("first",), ("last",))
    assert not any("hidden" in cell for line in found for cell in line.cells)


@pytest.mark.parametrize("cells", PLAIN.values(), ids=PLAIN)
def test_what_office_programs_write_is_plain(cells: str) -> None:
    assert plain_row(row(cells, LAST).encode(), None) is not None


@pytest.mark.parametrize("cells", [*NOT_PLAIN.values(), *ODD.values()], ids=[*NOT_PLAIN, *ODD])
def test_what_is_not_plain_is_left_to_the_parser(cells: str) -> None:
    assert plain_row(row(cells, LAST).encode(), None) is None


@pytest.mark.parametrize(
    "text", ["a\x01b", "&nbsp;", "& b", "a &b; c"], ids=["control", "entity", "bare", "unknown"]
)
def test_what_is_no_xml_is_refused_also_in_a_row_that_looks_plain(
    tmp_path: Path, text: str
) -> None:
    path = written(tmp_path, document(sheet(row(TEXT.format(text)))))
    with pytest.raises(FileRefused, match="not well-formed"):
        read(path)


def test_what_does_not_end_as_it_began_is_refused(tmp_path: Path) -> None:
    wrong = "<table:table-cell><text:p>x</text:p></table:covered-table-cell>"
    with pytest.raises(FileRefused, match="not well-formed"):
        read(written(tmp_path, document(sheet(row(wrong)))))
    cut = document(sheet(row(LAST) * 9)).replace("</table:table>", "")
    with pytest.raises(FileRefused, match="not well-formed"):
        read(written(tmp_path, cut))


@pytest.mark.parametrize(
    ("declared", "prefix"), [("ISO-8859-1", "table"), ("UTF-8", "t"), ("UTF-16", "table")]
)
def test_another_encoding_or_another_prefix_is_read_by_the_parser(
    tmp_path: Path, declared: str, prefix: str
) -> None:
    body = document(sheet(row(TEXT.format("Zoë")) + row(LAST)))
    body = body.replace("<table:", f"<{prefix}:").replace("</table:", f"</{prefix}:")
    body = body.replace(" table:", f" {prefix}:").replace("xmlns:table=", f"xmlns:{prefix}=")
    path = _packed(tmp_path, body.replace("UTF-8", declared, 1).encode(declared))
    assert [line.cells for line in read(path)] == [("Zoë",), ("last",)]


def _packed(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "other.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    return path


def test_a_published_file_reads_as_the_parser_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = published.active_locations(tmp_path, 300, 100)
    places = frozenset(range(0, 122, 3))
    sheets = ["README", "HSCA_Active_Locations", "HSCA_Dual_Registration_Locations"]
    found = list(read_rows(path, sheets, wanted=lambda _: places))
    assert len(found) > 300
    monkeypatch.setattr(ods, "plain_row", lambda _data, _wanted: None)
    assert found == list(read_rows(path, sheets, wanted=lambda _: places))
