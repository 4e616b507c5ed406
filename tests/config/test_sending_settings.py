"""The settings for sending notices. They never contain a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import SettingsFault, Smtp, Wecom, read_settings

MAIL = {"KANWU_SMTP_HOST": "mail.school.example", "KANWU_SMTP_FROM": "kanwu@school.example"}
APP = {"KANWU_WECOM_CORP": "ww0", "KANWU_WECOM_AGENT": "1000002"}


def test_where_nothing_is_set_nothing_leaves(tmp_path: Path) -> None:
    """No default server, no default account."""
    its = read_settings({"KANWU_HOME": str(tmp_path)})
    assert its.smtp is None and its.wecom is None


def test_a_mail_server_needs_little(tmp_path: Path) -> None:
    """Host and sender; encryption is what is meant unless something else is said."""
    its = read_settings({"KANWU_HOME": str(tmp_path), **MAIL})
    assert its.smtp == Smtp("mail.school.example", 587, "starttls", "kanwu@school.example")


def test_secrets_come_from_the_environment_or_a_file_of_their_own(tmp_path: Path) -> None:
    """The environment wins; neither shows when settings are printed."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "smtp_password").write_text("from the file\n")
    (tmp_path / "secrets" / "wecom_secret").write_text("of the app\n")
    (tmp_path / "kanwu.toml").write_text(
        'smtp_host = "mail.school.example"\nsmtp_from = "kanwu@school.example"\nsmtp_user = "kanwu"\n'
        'smtp_security = "tls"\nwecom_corp = "ww0"\nwecom_agent = "1000002"\n'
    )
    environ = {"KANWU_HOME": str(tmp_path)}
    its = read_settings(environ)
    assert its.smtp and its.wecom and (its.smtp.password, its.smtp.port) == ("from the file", 465)
    assert its.wecom == Wecom("ww0", 1000002, "of the app")
    assert "from the file" not in repr(its) and "of the app" not in repr(its)
    other = read_settings({**environ, "KANWU_SMTP_PASSWORD": "from the environment"})
    assert other.smtp and other.smtp.password == "from the environment"


@pytest.mark.parametrize(
    "said",
    [
        {**MAIL, "KANWU_SMTP_FROM": "Kanwu <kanwu@school.example>"},
        {**MAIL, "KANWU_SMTP_FROM": ""},
        {**MAIL, "KANWU_SMTP_PORT": "many"},
        {**MAIL, "KANWU_SMTP_PORT": "70000"},
        {**MAIL, "KANWU_SMTP_SECURITY": "ssl"},
        {**MAIL, "KANWU_SMTP_SECURITY": "none"},
        {**MAIL, "KANWU_SMTP_USER": "kanwu"},
        {**MAIL, "KANWU_SMTP_PASSWORD": "alone"},
        {**MAIL, "KANWU_SMTP_USER": "kanwu", "KANWU_SMTP_PASSWORD": "口令"},
        APP,
        {"KANWU_WECOM_SECRET": "alone"},
        {**APP, "KANWU_WECOM_SECRET": "s", "KANWU_WECOM_BASE": "http://wecom.school.example"},
        {**APP, "KANWU_WECOM_SECRET": "s", "KANWU_WECOM_BASE": "https://wecom.school.example/?x=1"},
    ],
)
def test_half_a_channel_or_an_unsafe_one_is_a_fault(tmp_path: Path, said: dict[str, str]) -> None:
    """Said when it is read, not when the first letter is lost."""
    with pytest.raises(SettingsFault):
        read_settings({"KANWU_HOME": str(tmp_path), **said})


def test_a_secret_in_the_settings_file_is_a_fault(tmp_path: Path) -> None:
    """The file is copied about; a password in it is refused like any unknown word."""
    (tmp_path / "kanwu.toml").write_text('smtp_password = "oh"\n')
    with pytest.raises(SettingsFault, match="smtp_password"):
        read_settings({"KANWU_HOME": str(tmp_path)})


def test_this_machine_needs_no_encryption(tmp_path: Path) -> None:
    """A relay on the same machine may be spoken to in the clear."""
    local = {**MAIL, "KANWU_SMTP_HOST": "127.0.0.1", "KANWU_SMTP_SECURITY": "none"}
    its = read_settings({"KANWU_HOME": str(tmp_path), **local})
    assert its.smtp and its.smtp.port == 25
