"""The readers of CQC's monthly files and of the council's list, trap by trap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from deploy.demo import cqc_columns
from deploy.demo.register import RegisterFiles, write_register
from deploy.demo.spreadsheet import Cell, Rows, write_spreadsheet
from services.intake.cqc_files.active_locations import (
    LOCATION_COLUMNS,
    ActiveLocation,
    ActiveLocationsFile,
    read_active_locations,
)
from services.intake.cqc_files.council_services import read_council_services
from services.intake.cqc_files.latest_ratings import (
    PublishedRating,
    own_ratings,
    read_latest_ratings,
)
from services.intake.cqc_files.problems import FileRefused, RowProblem
from shared.contracts.words import CqcRating

AS_AT = date(2026, 10, 1)
NAME = "01_October_2026_HSCA_Active_Locations.ods"
SOURCE = "Source: CQC database as at 01 October 2026"
LOCATION: Mapping[str, Cell] = {
    "Location ID": "1-300000001",
    "Location HSCA start date": "2019-04-01",
    "Dormant (Y/N)": "N",
    "Care home?": "Y",
    "Location Name": "Trial Example House",
    "Care homes beds": 20,
    "Location Inspection Directorate": "Adult social care",
    "Location Latest Overall Rating": "Good",
    "Publication Date": "2023-05-16T00:00:00",
    "Inherited Rating (Y/N)": "N",
    "Brand ID": "-",
    "Brand Name": "-",
    "Provider ID": "1-300000101",
    "Provider Name": "Trial Example Ltd",
    "Service type - Care home service without nursing": "Y",
}
RATING: Mapping[str, Cell] = {
    "Location ID": "1-300000001",
    "Service / Population Group": "Overall",
    "Domain": "Overall",
    "Latest Rating": "Good",
    "Publication Date": "16/05/2023",
    "Provider ID": "1-300000101",
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> RegisterFiles:
    return write_register(tmp_path_factory.mktemp("register"), AS_AT)


def active(
    tmp_path: Path,
    *rows: Mapping[str, Cell],
    columns: tuple[str, ...] = cqc_columns.ACTIVE_LOCATIONS,
    links: tuple[Mapping[str, Cell], ...] = (),
    readme: str = SOURCE,
    name: str = NAME,
    banner: tuple[str, ...] = (),
) -> ActiveLocationsFile:
    """What the reader makes of a file with these rows, each LOCATION with changes."""
    filled = [{**LOCATION, **row} for row in rows]
    dual = cqc_columns.DUAL_REGISTRATIONS
    sheets: dict[str, Rows] = {
        "README": [["Active locations"], [readme]],
        "HSCA_Active_Locations": [
            *[[line] for line in banner],
            [*columns],
            *[[row.get(c) for c in cqc_columns.ACTIVE_LOCATIONS] for row in filled],
        ],
        "HSCA_Dual_Registration_Locations": [
            list(dual),
            *[[link.get(c) for c in dual] for link in links],
        ],
    }
    write_spreadsheet(tmp_path / name, sheets)
    return read_active_locations(tmp_path / name)


def one(tmp_path: Path, **changes: Cell) -> ActiveLocation:
    named = {key.replace("_", " "): value for key, value in changes.items()}
    (location,) = active(tmp_path, named).locations
    return location


def ratings(
    tmp_path: Path,
    *rows: Mapping[str, Cell],
    domain_heading: str = "Domain",
    provider_rows: tuple[Mapping[str, Cell], ...] = (),
) -> tuple[list[PublishedRating], list[RowProblem]]:
    path = tmp_path / "01_October_2026_Latest_ratings.ods"
    sheets: dict[str, list[list[Cell]]] = {}
    for name, columns, found in (
        ("Locations", cqc_columns.LOCATION_RATINGS, rows),
        ("Providers", cqc_columns.PROVIDER_RATINGS, provider_rows),
    ):
        heading: list[Cell] = [domain_heading if c == "Domain" else c for c in columns]
        sheets[name] = [heading, *[[{**RATING, **row}.get(c) for c in columns] for row in found]]
    write_spreadsheet(path, sheets)
    problems: list[RowProblem] = []
    return list(read_latest_ratings(path, problems)), problems


# --- the file as a whole


def test_a_whole_month_is_read_without_a_single_problem(published: RegisterFiles) -> None:
    read = read_active_locations(published.active_locations)
    assert (read.as_at, read.problems) == (AS_AT, ())
    first = next(one for one in read.locations if one.location_id == "1-200000001")
    assert first == replace(
        first,
        provider_id="1-100000001",
        care_home=True,
        dormant=False,
        adult_social_care=True,
        service_types=("Care home service with nursing",),
        service_user_bands=("Dementia", "Older People"),
        beds=48,
        latest_overall_rating=CqcRating.GOOD,
        rating_inherited=False,
    )


def test_other_sectors_are_read_and_told_apart_by_the_directorate(
    published: RegisterFiles,
) -> None:
    read = read_active_locations(published.active_locations)
    others = {location.location_id for location in read.locations} - {
        location.location_id for location in read.adult_social_care
    }
    assert others == {"1-200000081", "1-200000082", "RZZ01", "RZZ02"}


def test_a_location_may_be_in_one_file_and_not_in_the_other(published: RegisterFiles) -> None:
    active_ids = {
        x.location_id for x in read_active_locations(published.active_locations).locations
    }
    rated_ids = {x.location_id for x in read_latest_ratings(published.latest_ratings, [])}
    assert active_ids - rated_ids
    assert rated_ids - active_ids == {None}  # the ratings of providers


def test_the_date_inside_must_agree_with_the_name(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="is not the date in the file's name"):
        active(tmp_path, readme="Source: CQC database as at 02 October 2026")


@pytest.mark.parametrize("readme", ["Source: CQC database", "Source: CQC database as at 1/10/26"])
def test_a_file_that_does_not_say_its_date_is_refused(tmp_path: Path, readme: str) -> None:
    with pytest.raises(FileRefused, match="does not say as at which date"):
        active(tmp_path, readme=readme)


@pytest.mark.parametrize(
    "name", ["HSCA_Active_Locations.ods", "31_June_2026_HSCA.ods", "01_Octember_2026_HSCA.ods"]
)
def test_a_name_without_a_date_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileRefused):
        active(tmp_path, name=name)


def test_headings_are_found_whatever_their_case_and_spaces(tmp_path: Path) -> None:
    columns = tuple(f" {c.upper().replace(' ', '  ')}" for c in cqc_columns.ACTIVE_LOCATIONS)
    (location,) = active(tmp_path, {}, columns=columns).locations
    assert location.beds == 20
    assert len(location.service_types) == 1


def test_a_banner_above_the_headings_is_passed_over(tmp_path: Path) -> None:
    assert len(active(tmp_path, {}, banner=("Active locations", "October")).locations) == 1


@pytest.mark.parametrize("column", LOCATION_COLUMNS)
def test_a_missing_column_is_named_with_its_sheet(tmp_path: Path, column: str) -> None:
    columns = tuple("Else" if c == column else c for c in cqc_columns.ACTIVE_LOCATIONS)
    with pytest.raises(FileRefused) as refused:
        active(tmp_path, {}, columns=columns)
    assert str(refused.value) == f"column {column} is missing from HSCA_Active_Locations"


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    columns = tuple(
        "Brand Name" if c == "Location County" else c for c in cqc_columns.ACTIVE_LOCATIONS
    )
    with pytest.raises(FileRefused, match="column Brand Name is more than once"):
        active(tmp_path, {}, columns=columns)


def test_a_file_without_any_service_type_is_refused(tmp_path: Path) -> None:
    columns = tuple(c.replace("Service type -", "Type -") for c in cqc_columns.ACTIVE_LOCATIONS)
    with pytest.raises(FileRefused, match="begins with Service type -"):
        active(tmp_path, {}, columns=columns)


# --- its rows


def test_ids_are_upper_cased_and_an_nhs_body_has_its_ods_code(tmp_path: Path) -> None:
    location = one(tmp_path, Location_ID="rzz01", Provider_ID=" rzz ")
    assert (location.location_id, location.provider_id) == ("RZZ01", "RZZ")


@pytest.mark.parametrize(
    "odd", ["1-1234567", "1-123456789012", "2-123456789", "1_123456789", "NONE", "UNKNOWN"]
)
def test_a_row_with_an_odd_id_is_reported_and_the_load_goes_on(tmp_path: Path, odd: str) -> None:
    read = active(tmp_path, {"Location ID": odd}, {})
    assert [location.location_id for location in read.locations] == ["1-300000001"]
    assert read.problems == (
        RowProblem(
            *("HSCA_Active_Locations", 2, "Location ID", "is neither a CQC id nor an ODS code"),
            refused=True,
        ),
    )


def test_a_problem_never_repeats_what_the_row_holds(tmp_path: Path) -> None:
    odd = {c: "Zzyzx" for c in LOCATION_COLUMNS if c not in ("Location ID", "Provider ID")}
    problems = active(tmp_path, odd, {"Provider ID": "zzyzx-1"}).problems
    assert {p.column for p in problems} == {
        *("Care home?", "Dormant (Y/N)", "Care homes beds", "Inherited Rating (Y/N)"),
        *("Location HSCA start date", "Provider HSCA start date", "Publication Date"),
        *("Location Latest Overall Rating", "Provider ID"),
    }
    assert "zzyzx" not in repr(problems).casefold()


def test_a_location_that_is_there_twice_is_kept_once_and_reported(tmp_path: Path) -> None:
    read = active(tmp_path, {"Care homes beds": 1}, {"Care homes beds": 2})
    assert [location.beds for location in read.locations] == [1]
    assert [(p.row_number, p.column) for p in read.problems] == [(3, "Location ID")]


@pytest.mark.parametrize(("cell", "beds"), [(None, None), (0, 0), ("0", 0), (64, 64)])
def test_a_blank_number_of_beds_is_unknown_and_a_published_0_is_0(
    tmp_path: Path, cell: Cell, beds: int | None
) -> None:
    assert one(tmp_path, Care_homes_beds=cell).beds == beds


def test_a_dash_is_no_brand(tmp_path: Path) -> None:
    assert one(tmp_path).brand_name is None
    assert one(tmp_path, Brand_Name="BRAND Trial").brand_name == "BRAND Trial"


@pytest.mark.parametrize(("cell", "inherited"), [("Y", True), ("N", False), (None, None)])
def test_whether_a_rating_is_inherited_may_be_unknown(
    tmp_path: Path, cell: Cell, inherited: bool | None
) -> None:
    (location,) = active(tmp_path, {"Inherited Rating (Y/N)": cell}).locations
    assert location.rating_inherited is inherited


@pytest.mark.parametrize(("cell", "dual"), [("Dual Registration", True), (None, False)])
def test_a_dual_registration_is_words_or_a_blank(tmp_path: Path, cell: Cell, dual: bool) -> None:
    assert one(tmp_path, Location_Dual_Registered=cell).dual_registered is dual


@pytest.mark.parametrize("cell", ["2019-04-01", "2019-04-01T00:00:00", date(2019, 4, 1)])
def test_dates_come_with_or_without_a_time(tmp_path: Path, cell: Cell) -> None:
    assert one(tmp_path, Location_HSCA_start_date=cell).location_started == date(2019, 4, 1)


def test_names_of_people_stay_out_of_the_representation(tmp_path: Path) -> None:
    location = one(tmp_path, Registered_manager="Samplewright, Alex")
    assert location.registered_manager == "Samplewright, Alex"
    assert "Samplewright" not in repr(location)


@pytest.mark.parametrize(
    ("published_as", "rating"),
    [
        *[(rating.value, rating) for rating in CqcRating],
        ("Requires Improvement", CqcRating.REQUIRES_IMPROVEMENT),
        ("OUTSTANDING", CqcRating.OUTSTANDING),
        ("Inspected but not rated", None),
        ("Inspected But Not Rated", None),
        ("No published rating", None),
        ("Insufficient evidence to rate", None),
        ("Not applicable", None),
        ("Not Rated", None),
        ("", None),
    ],
)
def test_the_four_ratings_are_known_in_any_case_and_the_text_is_kept(
    tmp_path: Path, published_as: str, rating: CqcRating | None
) -> None:
    read = active(tmp_path, {"Location Latest Overall Rating": published_as})
    (location,) = read.locations
    assert location.latest_overall_rating_text == published_as
    assert location.latest_overall_rating is rating
    assert read.problems == ()


def test_a_rating_that_nobody_knows_is_no_rating_and_is_reported(tmp_path: Path) -> None:
    read = active(tmp_path, {"Location Latest Overall Rating": "Splendid"})
    assert read.locations[0].latest_overall_rating is None
    assert read.locations[0].latest_overall_rating_text == "Splendid"
    assert [p.reason for p in read.problems] == ["is no rating that we know"]


# --- dual registrations


def test_predecessors_are_told_from_other_relationships(tmp_path: Path) -> None:
    link: Mapping[str, Cell] = {
        "Location ID": "1-300000001",
        "Provider ID": "1-300000101",
        "Linked Organisation ID": "1-300000002",
        "Relationship": "HSCA Predecessor",
        "Relationship Start Date": "2025-03-03",
    }
    odd = {**link, "Linked Organisation ID": "none"}
    read = active(tmp_path, {}, links=(link, odd, {**link, "Relationship": "Other"}))
    assert [(r.is_predecessor, r.started) for r in read.relationships] == [
        (True, date(2025, 3, 3)),
        (False, date(2025, 3, 3)),
    ]
    assert read.relationships[0].linked_organisation_id == "1-300000002"
    assert [(p.sheet, p.row_number) for p in read.problems] == [
        ("HSCA_Dual_Registration_Locations", 3)
    ]


# --- latest ratings


def test_ratings_are_kept_per_service_group_and_domain(tmp_path: Path) -> None:
    read, problems = ratings(
        tmp_path,
        {"Domain": "WELL LED", "Latest Rating": "Requires Improvement"},
        {"Service / Population Group": "Community services", "Inherited Rating (Y/N)": "Y"},
        provider_rows=({"Provider ID": "rzz", "Domain": "Use of resources"},),
    )
    assert [(r.service_group, r.domain, r.is_own) for r in read] == [
        ("Overall", "Well-led", False),
        ("Community services", "Overall", False),
        ("Overall", "Use of resources", False),
    ]
    assert [r.rating_text for r in read] == ["Requires Improvement", "Good", "Good"]
    assert read[0].rating is CqcRating.REQUIRES_IMPROVEMENT
    assert [(r.location_id, r.provider_id) for r in read[1:]] == [
        ("1-300000001", "1-300000101"),
        (None, "RZZ"),
    ]
    assert (read[1].inherited, read[1].published) == (True, date(2023, 5, 16))
    assert problems == []


def test_the_older_heading_key_question_is_the_domain(tmp_path: Path) -> None:
    read, _ = ratings(tmp_path, {"Domain": "Safe"}, domain_heading="Key Question")
    assert [r.domain for r in read] == ["Safe"]


def test_an_odd_rating_row_is_reported_and_the_next_is_read(tmp_path: Path) -> None:
    read, problems = ratings(
        tmp_path, {"Location ID": "?"}, {"Publication Date": "31/02/2023"}, {"Domain": None}, {}
    )
    assert [r.published for r in read] == [None, date(2023, 5, 16)]
    assert [(p.row_number, p.column) for p in problems] == [
        (2, "Location ID"),
        (3, "Publication Date"),
        (4, "Domain"),
    ]


def test_a_location_has_one_rating_of_its_own_or_none_or_two_of_a_date(tmp_path: Path) -> None:
    older = {"Publication Date": "01/01/2020", "Latest Rating": "Inadequate"}
    part, improve = {"Domain": "Safe"}, {"Latest Rating": "Requires improvement"}
    read, _ = ratings(tmp_path, older, {}, part, improve)
    assert own_ratings(read[:3]) == (read[1],)
    assert own_ratings(read[2:3]) == ()
    assert [r.rating for r in own_ratings(read)] == [
        CqcRating.GOOD,
        CqcRating.REQUIRES_IMPROVEMENT,
    ]


def test_a_ratings_file_without_its_domain_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="column Domain is missing from Locations"):
        ratings(tmp_path, {}, domain_heading="Something else")


# --- the council's list


def council(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "services.csv"
    path.write_bytes(text.encode(encoding))
    return path


HEADING = ",".join(cqc_columns.COUNCIL_SERVICES)
DAY_CENTRE = (
    "cb-1,Café Sample,Trial Trust,P-1,Day service,Combined Borough,zz1 1aa,,,jo@trial.example"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_councils_list_is_read_with_or_without_a_byte_order_mark(
    tmp_path: Path, encoding: str
) -> None:
    read = read_council_services(council(tmp_path, f"{HEADING}\r\n{DAY_CENTRE}\r\n", encoding))
    (service,) = read.services
    assert (service.service_reference, service.service_name) == ("CB-1", "Café Sample")
    assert (service.postcode, service.commissioned_by) == ("ZZ1 1AA", None)
    assert read.problems == ()
    assert "jo@trial.example" not in repr(read)


def test_odd_fields_of_the_councils_list_are_reported_by_row_and_column(tmp_path: Path) -> None:
    lines = (
        *(HEADING, DAY_CENTRE, "", DAY_CENTRE),
        DAY_CENTRE.replace("cb-1", "1-200000001"),
        DAY_CENTRE.replace("cb-1", "").replace("Day service", ""),
        DAY_CENTRE.replace("cb-1", "cb-2").replace("zz1 1aa", "nowhere").replace("jo@", "jo"),
    )
    read = read_council_services(council(tmp_path, "\n".join(lines)))
    assert [s.service_reference for s in read.services] == ["CB-1", "CB-2"]
    assert (read.services[1].postcode, read.services[1].contact_e_mail) == (None, None)
    assert [(p.row_number, p.column, p.reason) for p in read.problems] == [
        (4, "Service reference", "is there a second time"),
        (5, "Service reference", "is a CQC id: such services come from CQC's own file"),
        (6, "Service reference", "is blank"),
        (6, "Service type", "is blank"),
        (7, "Postcode", "is not a postcode"),
        (7, "Contact e-mail", "is not an e-mail address"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding", "reason"),
    [
        (f"{HEADING}\n{DAY_CENTRE}", "latin-1", "not in UTF-8"),
        (f'{HEADING}\n"unfinished', "utf-8", "not well-formed CSV"),
        (f"{HEADING}\n{DAY_CENTRE}\0", "utf-8", "NUL"),
        (HEADING.replace("Postcode", "Code"), "utf-8", "column Postcode is missing"),
        ("", "utf-8", "column Service reference is missing"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(
    tmp_path: Path, text: str, encoding: str, reason: str
) -> None:
    with pytest.raises(FileRefused, match=reason):
        read_council_services(council(tmp_path, text, encoding))


def test_a_list_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="more than 10 bytes"):
        read_council_services(council(tmp_path, HEADING), max_bytes=10)
