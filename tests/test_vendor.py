"""The files of others that we draw or test with, are the ones that were published."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("tests/web/vendor", "demo/vendor")


def listed(folder: Path) -> dict[str, str]:
    """The digests in VENDOR, by file."""
    lines = (folder / "VENDOR").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {name: digest for name, _version, _license, digest in rows}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_vendored_file_has_the_digest_that_is_written_down_for_it(folder: str) -> None:
    """No vendored file was changed, added or lost since its digest was written down."""
    present = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (ROOT / folder).iterdir()
        if file.name != "VENDOR"
    }

    assert present == listed(ROOT / folder)
