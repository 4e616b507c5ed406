"""The setting ``proxies``: whose forwarded headers are believed."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from config.settings import SettingsFault, read_settings

HTTPS = "https://xueji.example.edu.cn"


@pytest.mark.parametrize(
    ("address", "said", "believed"),
    [
        ("", "", []),
        ("http://xueji.example.edu.cn", "", []),
        (HTTPS, "", ["127.0.0.1", "::1"]),
        (HTTPS, "none", []),
        (HTTPS, "10.0.0.5", ["10.0.0.5"]),
        (HTTPS, "10.0.0.5, 10.1.0.0/16 fd00::5", ["10.0.0.5", "10.1.0.0/16", "fd00::5"]),
    ],
)
def test_only_named_proxies_are_believed(
    tmp_path: Path, address: str, said: str, believed: list[str]
) -> None:
    """Unset, this machine's own if the address is https, and nobody's otherwise."""
    its = read_settings({"KANWU_HOME": str(tmp_path), "KANWU_ADDRESS": address, "KANWU_PROXIES": said})
    assert its.proxies == tuple(map(ip_network, believed))


def test_the_file_may_hold_a_list(tmp_path: Path) -> None:
    """A list in kanwu.toml is read as the same text with commas."""
    (tmp_path / "kanwu.toml").write_text('proxies = ["10.0.0.5", "10.1.0.0/16"]\n')
    found = read_settings({"KANWU_HOME": str(tmp_path)}).proxies
    assert [str(one) for one in found] == ["10.0.0.5/32", "10.1.0.0/16"]


@pytest.mark.parametrize("said", ["10.0.0.5/16", "proxy.example", "*", "0.0.0.0/0", "::/0", "10.0.0.5, 0/0"])
def test_what_is_no_address_or_would_trust_everybody_is_refused(tmp_path: Path, said: str) -> None:
    """The message names the setting and shows how it is written."""
    with pytest.raises(SettingsFault, match="proxies"):
        read_settings({"KANWU_HOME": str(tmp_path), "KANWU_PROXIES": said})


@pytest.mark.parametrize("said", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = ", "\udcff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, said: str) -> None:
    """Whatever is wrong with kanwu.toml, the message names the file."""
    (tmp_path / "kanwu.toml").write_bytes(said.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsFault, match=r"kanwu\.toml"):
        read_settings({"KANWU_HOME": str(tmp_path)})
