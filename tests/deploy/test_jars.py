"""Kafka's jars are those of the list, or they are refused by name."""

from pathlib import Path

import pytest

from deploy.local.jars import KAFKA, Jar, JarError, fetch, locked_jars, sha256_of

GENUINE = b"the genuine archive"


class Repository:
    """Hands out one content for every jar and counts how often it was asked."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked = 0

    def download(self, jar: Jar, directory: Path) -> Path:
        self.asked += 1
        fetched = directory / "fetched"
        fetched.write_bytes(self.content)
        return fetched


@pytest.fixture
def jar(tmp_path: Path) -> Jar:
    sample = tmp_path / "sample"
    sample.write_bytes(GENUINE)
    return Jar("org.example", "broker", "1.0", sha256_of(sample))


def test_a_genuine_jar_is_fetched_once_and_reused(jar: Jar, tmp_path: Path) -> None:
    repository = Repository(GENUINE)
    first = fetch([jar], tmp_path / "cache", repository.download)
    again = fetch([jar], tmp_path / "cache", repository.download)
    assert first == again == (tmp_path / "cache" / "broker-1.0.jar",)
    assert first[0].read_bytes() == GENUINE
    assert repository.asked == 1


def test_a_tampered_download_is_refused_by_name_and_not_kept(jar: Jar, tmp_path: Path) -> None:
    with pytest.raises(JarError, match=r"org\.example:broker:1\.0 is not the file"):
        fetch([jar], tmp_path / "cache", Repository(b"something else").download)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_jar_tampered_with_in_the_cache_is_refused_by_name(jar: Jar, tmp_path: Path) -> None:
    repository = Repository(GENUINE)
    (kept,) = fetch([jar], tmp_path / "cache", repository.download)
    kept.write_bytes(GENUINE + b"and more")
    with pytest.raises(JarError, match=r"org\.example:broker:1\.0 is not the file"):
        fetch([jar], tmp_path / "cache", repository.download)


def test_the_list_holds_kafka_with_a_binding_that_matches_its_log4j() -> None:
    jars = {jar.artifact: jar for jar in locked_jars()}
    assert jars["kafka_2.13"].coordinate == KAFKA
    assert jars["log4j-slf4j-impl"].version == jars["log4j-core"].version
    assert all(len(jar.sha256) == 64 for jar in jars.values())


def test_a_list_that_names_an_artefact_twice_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "jars.sha256"
    lock.write_text("aa  org.example:broker:1.0\nbb  org.example:broker:1.1\n")
    with pytest.raises(JarError, match="names broker twice"):
        locked_jars(lock)
