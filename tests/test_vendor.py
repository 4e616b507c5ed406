"""The files of others that we serve are the ones that were published."""

import hashlib
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "web" / "static" / "vendor"


def listed() -> dict[str, str]:
    """The digest that VENDOR gives to each file."""
    lines = (VENDOR / "VENDOR").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {name: digest for name, _version, _license, digest in rows}


def test_every_vendored_file_has_the_digest_that_is_written_down_for_it() -> None:
    """No vendored file was changed, added or lost since its digest was written down."""
    present = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.iterdir()
        if file.name != "VENDOR"
    }

    assert present == listed()
