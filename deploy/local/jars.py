"""Apache Kafka as jars: exactly those of `kafka_jars.sha256`, fetched once, checked each time.

python -m deploy.local.jars fetch    fetch what the cache lacks and say where it lies
python -m deploy.local.jars lock     resolve the dependencies anew and rewrite the list
"""

import argparse
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import jgo
from jgo.maven import MavenContext

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
LOCK = Path(__file__).with_name("kafka_jars.sha256")
_AT_ONCE = 8
_TIMEOUT_SECONDS = 30


class JarError(RuntimeError):
    """A jar could not be fetched, or is not the one of the list; the sentence names it."""


@dataclass(frozen=True, order=True)
class Jar:
    """One line of the list."""

    group: str
    artifact: str
    version: str
    sha256: str = ""

    @property
    def coordinate(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


Download: TypeAlias = Callable[[Jar, Path], Path]
"""Fetches a jar into a directory of its own choosing below the one given; returns the file."""


def cache_directory() -> Path:
    """Where jars are kept: of the user, outside the repository."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "provider-quality" / "jars"


def locked_jars(lock: Path = LOCK) -> tuple[Jar, ...]:
    """The list. Raises JarError when it names an artefact twice: one of the two would win by
    its place on the class path."""
    jars: dict[str, Jar] = {}
    for line in lock.read_text().splitlines():
        sha256, coordinate = line.split()
        group, artifact, version = coordinate.split(":")
        jar = Jar(group, artifact, version, sha256)
        if jar.artifact in jars:
            raise JarError(f"{lock.name} names {jar.artifact} twice")
        jars[jar.artifact] = jar
    return tuple(jars.values())


def download_from_maven(jar: Jar, directory: Path) -> Path:
    """Fetch that jar alone from Maven Central. Raises JarError when it cannot be had."""
    context = MavenContext(repo_cache=directory, timeout=_TIMEOUT_SECONDS)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        return Path(component.artifact().resolve())
    except (OSError, RuntimeError) as error:
        raise JarError(f"{jar.coordinate} could not be fetched: {error}") from error


def fetch(
    jars: Iterable[Jar], cache: Path, download: Download = download_from_maven
) -> tuple[Path, ...]:
    """The files of these jars, in order, each with the SHA-256 of its line.

    A file reaches the cache only once it is whole and checked, so several copies may fetch at
    once. Raises JarError naming the artefact otherwise.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as staging,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        return tuple(pool.map(lambda jar: _fetch_one(jar, cache, Path(staging), download), jars))


def _fetch_one(jar: Jar, cache: Path, staging: Path, download: Download) -> Path:
    kept = cache / jar.filename
    if kept.exists():
        _refuse_if_altered(jar, kept)
    else:
        fetched = download(jar, staging)
        _refuse_if_altered(jar, fetched)
        fetched.replace(kept)
    return kept


def _refuse_if_altered(jar: Jar, file: Path) -> None:
    if sha256_of(file) != jar.sha256:
        raise JarError(
            f"{jar.coordinate} is not the file that {LOCK.name} names: its SHA-256 differs"
            f" ({file}). Delete it if the download may have been damaged; else find out why."
        )


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def kafka_classpath() -> str:
    """The class path that runs Kafka, fetched on first use (45 MB)."""
    return os.pathsep.join(map(str, fetch(locked_jars(), cache_directory())))


def resolve_kafka() -> tuple[Jar, ...]:
    """Kafka and all that it depends on, and the SLF4J 1.7 binding for its log4j."""
    jars = {Jar(a.groupId, a.artifactId, a.version) for a in jgo.resolve(KAFKA)}
    (core,) = (jar for jar in jars if jar.artifact == "log4j-core")
    return tuple(sorted(jars | {replace(core, artifact="log4j-slf4j-impl")}))


def write_lock(lock: Path = LOCK, download: Download = download_from_maven) -> None:
    """Resolve the dependencies, fetch each jar afresh and write the list."""
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(_AT_ONCE) as pool:
        jars = resolve_kafka()
        files = pool.map(lambda jar: download(jar, Path(directory)), jars)
        lines = [f"{sha256_of(f)}  {j.coordinate}\n" for j, f in zip(jars, files, strict=True)]
    lock.write_text("".join(lines))
    locked_jars(lock)


def main() -> None:
    parser = argparse.ArgumentParser(description="Apache Kafka's jars for the local stack.")
    parser.add_argument("action", choices=("fetch", "lock"))
    if parser.parse_args().action == "lock":
        write_lock()
    files = fetch(locked_jars(), cache_directory())
    print(f"{len(files)} jars in {cache_directory()}")


if __name__ == "__main__":
    main()
