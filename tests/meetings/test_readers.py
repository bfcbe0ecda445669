"""Who reads how much of a QIP: the rule by itself."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from services.meetings.domain.people import Recipient
from services.meetings.domain.readers import DESK, NAMED_DESK, Case, Level, Reader, level_of
from shared.contracts.words import Handling, ImplicatedRole, Label, OfficeHolderRole, Role

CASE = Case(
    handling=Handling(),
    members=("icb",),
    provider_reference="1-100",
    contacted=(Recipient(uuid4(), OfficeHolderRole.REGISTERED_MANAGER),),
    implicated=(),
)
MANAGER = Reader(frozenset({Role.REGISTERED_MANAGER}), provider="1-100")
LIAISON = Reader(frozenset({Role.AGENCY_LIAISON}), agency="icb")


def test_the_provider_reads_nothing_before_it_was_contacted() -> None:
    assert level_of(MANAGER, CASE) is Level.PROVIDER
    assert level_of(MANAGER, replace(CASE, contacted=())) is None


def test_only_the_providers_own_people_read() -> None:
    assert level_of(replace(MANAGER, provider="1-200"), CASE) is None
    assert level_of(replace(MANAGER, provider=""), CASE) is None


def test_an_implicated_office_reads_nothing() -> None:
    implicated = replace(CASE, implicated=(ImplicatedRole.REGISTERED_MANAGER,))
    assert level_of(MANAGER, implicated) is None
    nominated = replace(MANAGER, roles=frozenset({Role.NOMINATED_INDIVIDUAL}))
    assert level_of(nominated, implicated) is Level.PROVIDER


def test_an_implicated_proprietor_does_not_read_as_nominated_individual() -> None:
    nominated = replace(MANAGER, roles=frozenset({Role.NOMINATED_INDIVIDUAL}))
    implicated = replace(CASE, implicated=(ImplicatedRole.PROPRIETOR,))
    assert level_of(MANAGER, implicated) is Level.PROVIDER
    assert level_of(nominated, implicated) is None
    office = OfficeHolderRole.NOMINATED_INDIVIDUAL
    chosen = replace(implicated, contacted=(Recipient(uuid4(), office, named=True),))
    assert level_of(nominated, chosen) is Level.PROVIDER


def test_a_liaison_reads_the_cases_of_its_own_agency() -> None:
    assert level_of(LIAISON, CASE) is Level.MEMBER
    assert level_of(replace(LIAISON, agency="police"), CASE) is None
    assert level_of(replace(LIAISON, agency=None), CASE) is None


@pytest.mark.parametrize("role", sorted(DESK))
def test_a_restricted_case_is_for_the_named_desk(role: Role) -> None:
    reader = Reader(frozenset({role}))
    restricted = replace(CASE, handling=Handling(Label.NAMED, ("council_quality",)))
    assert level_of(reader, CASE) is Level.DESK
    assert (level_of(reader, restricted) is Level.DESK) is (role in NAMED_DESK)


@pytest.mark.parametrize("role", sorted(DESK))
def test_who_belongs_to_a_provider_is_never_of_the_desk(role: Role) -> None:
    assert level_of(Reader(frozenset({role}), provider="1-100"), CASE) is None
