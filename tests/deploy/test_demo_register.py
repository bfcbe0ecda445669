"""The invented borough: its files have CQC's shapes and hold what demonstrations rely on."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path

import pytest

from deploy.demo import cqc_columns
from deploy.demo.register import RegisterFiles, write_register
from services.intake.cqc_files.active_locations import ActiveLocation, read_active_locations
from services.intake.cqc_files.council_services import read_council_services
from services.intake.cqc_files.latest_ratings import own_ratings, read_latest_ratings
from services.intake.cqc_files.ods import read_rows
from services.intake.cqc_files.problems import RowProblem
from shared.contracts.words import CqcRating

AS_AT = date(2026, 10, 1)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> RegisterFiles:
    return write_register(tmp_path_factory.mktemp("register"), AS_AT)


def borough(path: Path) -> dict[str, ActiveLocation]:
    read = read_active_locations(path)
    assert read.problems == ()
    found = (x for x in read.adult_social_care if x.local_authority == "Combined Borough")
    return {location.location_id: location for location in found}


def test_the_files_are_named_as_cqc_names_them(files: RegisterFiles) -> None:
    assert files.active_locations.name == "01_October_2026_HSCA_Active_Locations.ods"
    assert files.latest_ratings.name == "01_October_2026_Latest_ratings.ods"


def test_the_same_date_gives_the_same_bytes(files: RegisterFiles, tmp_path: Path) -> None:
    again = write_register(tmp_path, AS_AT)
    assert again.active_locations.read_bytes() == files.active_locations.read_bytes()
    assert again.latest_ratings.read_bytes() == files.latest_ratings.read_bytes()
    assert again.council_services.read_bytes() == files.council_services.read_bytes()


def test_the_media_type_comes_first_and_unpacked(files: RegisterFiles) -> None:
    with zipfile.ZipFile(files.active_locations) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.testzip() is None


def test_every_published_column_is_there_in_order(files: RegisterFiles) -> None:
    first = next(read_rows(files.active_locations, ["HSCA_Active_Locations"]))
    assert first.cells == cqc_columns.ACTIVE_LOCATIONS
    assert len(first.cells) == len(set(first.cells)) == 122


def test_the_borough_has_forty_services_of_25_providers(files: RegisterFiles) -> None:
    services = borough(files.active_locations)
    assert len(services) == 40
    assert len({service.provider_id for service in services.values()}) == 25


def test_the_services_that_demonstrations_name_are_there(files: RegisterFiles) -> None:
    services = borough(files.active_locations)
    nursing_home = services["1-200000001"]
    assert nursing_home.provider_id == "1-100000001"
    assert nursing_home.service_types == ("Care home service with nursing",)
    assert nursing_home.latest_overall_rating is CqcRating.GOOD
    ratings = [service.latest_overall_rating for service in services.values()]
    assert ratings.count(CqcRating.INADEQUATE) == 1
    assert min(service.beds for service in services.values() if service.beds) == 3
    brands: dict[str, set[str]] = {}
    for service in services.values():
        brands.setdefault(service.brand_name or "", set()).add(service.provider_id)
    assert len(brands["BRAND Example Meadows"]) == 3


def test_every_kind_of_service_is_there(files: RegisterFiles) -> None:
    types = {t for s in borough(files.active_locations).values() for t in s.service_types}
    assert types >= {
        "Care home service with nursing",
        "Care home service without nursing",
        "Domiciliary care service",
        "Supported living service",
        "Community based services for people with mental health needs",
    }


def test_a_service_stands_under_its_old_ids_until_it_registers_anew(tmp_path: Path) -> None:
    before = write_register(tmp_path / "before", date(2025, 3, 2))
    after = write_register(tmp_path / "after", date(2025, 3, 3))
    old, new = borough(before.active_locations), borough(after.active_locations)
    assert (set(old) - set(new), set(new) - set(old)) == ({"1-200000091"}, {"1-200000023"})
    assert old["1-200000091"].provider_id != new["1-200000023"].provider_id
    assert new["1-200000023"].rating_inherited


def test_three_services_have_a_predecessor(files: RegisterFiles) -> None:
    links = read_active_locations(files.active_locations).relationships
    assert [link.linked_organisation_id for link in links if link.is_predecessor] == [
        *("1-200000091", "1-200000092", "1-200000093")
    ]
    assert {link.location_id for link in links} <= set(borough(files.active_locations))


def test_both_files_agree_on_every_rating(files: RegisterFiles) -> None:
    problems: list[RowProblem] = []
    ratings = list(read_latest_ratings(files.latest_ratings, problems))
    for location in read_active_locations(files.active_locations).locations:
        own = own_ratings(r for r in ratings if r.location_id == location.location_id)
        published = [(r.rating_text, r.published, r.inherited) for r in own]
        text = location.latest_overall_rating_text
        assert published == (
            [(text, location.rating_published, location.rating_inherited)] if text else []
        )
    assert problems == []


def test_the_councils_list_has_four_services_with_reserved_addresses(files: RegisterFiles) -> None:
    read = read_council_services(files.council_services)
    assert (len(read.services), read.problems) == (4, ())
    for service in read.services:
        assert re.fullmatch(r"manager@[a-z]+\.example", service.contact_e_mail or "")


def test_a_date_before_the_borough_begins_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2025-01-01"):
        write_register(tmp_path, date(2024, 12, 31))
