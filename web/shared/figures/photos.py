"""Photos that people choose and send: several in one form, each taken or refused by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import Flask, redirect, request, session
from flask_login import current_user
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from web.shared.act import No, Stop
from web.shared.labels import said
from web.shared.security import TOGETHER, place, upload_here
from web.shared.words import gettext_plain
from workflow.evidence.formats import HEAD, HEIC, PDF
from workflow.evidence.intake import PaperRefused, Picture, megabytes, refusal, take_in
from workflow.verdict import Reason

DISCARDED_AT_MOST = 128 * 1024 * 1024
"""How much of a body that is too large is read: a browser that still sends reads no answer."""
LONGEST_NAME = 40
TOO_LARGE = "too_large"
"""What the form cookie says on the way back to the page: how large the body was."""
PAPER_NOT_CHOSEN = Reason("paper_empty", "没有选择文件。", remedy="请选择材料的照片。", rule="intake")
NOT_OPENED = Reason(
    "paper_not_opened",
    "浏览器打不开这个文件，本系统只收 JPEG 或 PNG 的照片。",
    remedy="请用手机把原件再拍一张，或打开后截图，上传截图。",
    rule="intake",
)


class PhotosRefused(Stop):
    """Photos of one form that were refused, each with its reason. What was taken of the others stays."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(reasons[0])
        self.no = No(tuple(reasons))


def give_photos(app: Flask) -> None:
    """Let the pages of an app take photos."""
    app.jinja_env.filters.update(megabytes=megabytes)
    app.jinja_env.globals.update(why_no_photo=why_no_photo)


def why_no_photo() -> dict[str, str]:
    """What the script says of a file that is refused before it is sent, by kind of file."""
    reasons = {"heic": HEIC, "pdf": PDF, "other": NOT_OPENED}
    return {kind: f"{said(reason).says} {said(reason).remedy}" for kind, reason in reasons.items()}


def each_photo(field: MultipleFileField, keep: Callable[[Picture], None]) -> list[Reason]:
    """Keep each photo that was chosen. Returns why the others were not kept, by name if there are several."""
    files = [file for file in field.data or () if file.filename]
    if not files:
        raise Stop(PAPER_NOT_CHOSEN)
    refused = []
    for file in files:
        try:
            keep(_picture_of(file))
        except PaperRefused as no:
            refused.append(_named(no.reason, file, files))
        except Stop as stop:
            refused.extend(_named(reason, file, files) for reason in stop.no.reasons)
    return refused


def back_to_its_page() -> Response | None:
    """The way back to the page from which a body came that is too large. None where photos are not taken.

    The body is read and dropped first.
    """
    upload = upload_here()
    if upload is None or upload.kind != "paper" or not request.content_length:
        return None
    if current_user.is_authenticated:
        _discard(request.content_length)
    session[TOO_LARGE] = request.content_length
    return redirect(request.path, 303)


def sent_too_much() -> No | None:
    """Why the last form from this page was not taken, if its body was too large. It is said once."""
    size = session.pop(TOO_LARGE, 0)
    if not size:
        return None
    reason = Reason(
        "papers_too_large_together",
        "这次选的照片一共 {size}，没有上传；一次最多 {together}。",
        {
            "size": megabytes(size),
            "together": megabytes(TOGETHER),
            "limit": megabytes(place().school.policy.intake.max_bytes),
        },
        remedy="每张最大 {limit}。请少选几张，或用手机相册裁剪、压缩后再上传。已经保存的照片都在。",
        rule="intake",
    )
    return No((reason,), status=413)


def _picture_of(file: FileStorage) -> Picture:
    """The photo, ready to store. What its first bytes or its size refuse is not read whole."""
    limits: Any = place().school.policy.intake
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    head = file.stream.read(HEAD)
    if (against := refusal(head, size, limits)) is not None:
        raise PaperRefused(against)
    return take_in(head + file.stream.read(), limits)


def _named(reason: Reason, file: FileStorage, files: Sequence[FileStorage]) -> Reason:
    """The reason with the file's name before it, where more than one was sent."""
    if len(files) == 1:
        return reason
    name = "".join(sign for sign in file.filename or "" if sign.isprintable())[-LONGEST_NAME:]
    return replace(
        reason,
        template="{file}：" + reason.template,
        template_en="{file}: " + (reason.template_en or gettext_plain(reason.template)),
        remedy_en=reason.remedy_en or gettext_plain(reason.remedy),
        facts={**reason.facts, "file": name},
    )


def _discard(size: int) -> None:
    left, body = min(size, DISCARDED_AT_MOST), request.environ["wsgi.input"]
    while left > 0 and (read := body.read(min(left, 64 * 1024))):
        left -= len(read)
