"""What lies in the repository, and what must not."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.stage import ROOT

FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "base", "misc", "util", "helper"}
_HOSTS = ["py" + "pi.org", "python" + "hosted", "registry." + "npmjs", "repo1." + "maven",
          "repo." + "maven", "crates" + ".io", "proxy." + "golang", "deb." + "debian"]  # fmt: skip


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    return [
        (name, (ROOT / name).read_text("utf-8", errors="replace"))
        for name in tracked()
        if not name.endswith((".png", ".ods"))
    ]


def test_no_file_names_a_package_registry_or_its_address() -> None:
    found = [(name, host) for name, text in texts() for host in _HOSTS if host in text]
    assert found == []


def test_nothing_reads_outside_the_repository() -> None:
    pattern = re.compile(r"\.\./sha" + r"red|/wo" + r"rk/")
    assert [name for name, text in texts() if pattern.search(text)] == []


def test_no_file_is_called_by_a_name_that_says_nothing() -> None:
    stems = {name: name.rsplit("/", 1)[-1].split(".")[0] for name in tracked()}
    assert [name for name, stem in stems.items() if stem in FORBIDDEN_NAMES] == []


def test_every_service_has_the_same_rooms() -> None:
    rooms = {"domain", "handlers", "store", "tables", "subscribers", "routes", "views",
             "settings", "main", "migrations", "__main__", "__init__"}  # fmt: skip
    for service in ("intake", "assessment", "meetings", "notifications"):
        folder = ROOT / "services" / service
        there = {path.stem for path in folder.iterdir() if path.suffix in {".py", ""}} - {
            "__pycache__"
        }
        assert rooms <= there, (service, rooms - there)


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_every_pinned_package_has_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    pins = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,-]+\])?==\S+ \\$", text, flags=re.M | re.I)
    blocks = re.split(r"^(?=\S+==)", text, flags=re.M)[1:]
    assert len(pins) == len(blocks) > 20
    assert all("--hash=sha256:" in block for block in blocks)
    assert "http" + "://" not in text and "https" + "://" not in text
