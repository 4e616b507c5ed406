"""Photos in a real Chromium, from the shipped server: large ones on a slow line that is cut, and the photo tool."""

from __future__ import annotations

import http.client
import io
import random
import socket
import struct
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import BrowserContext, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import PHONE
from tests.web.browsing import signed_in
from tests.web.visiting import fits, sign_in
from tests.world import World, picture
from web.shared.security import TOGETHER
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import Answers, save_draft
from workflow.cases.views.student_sheet import papers_of
from workflow.evidence.tables import Evidence

pytestmark = [pytest.mark.one_database]

SIDE, QUARTER_TURN = 274, 6
"""The EXIF note of how a phone was held, and one that says: turn me clockwise."""
MULTIPART = "multipart/form-data; boundary=x"
HEARD = """() => {
    const list = document.querySelector("[data-sending]");
    const hear = () => { sessionStorage.heard = (sessionStorage.heard || "") + list.textContent; };
    new MutationObserver(hear).observe(list, { subtree: true, childList: true });
}"""
"""Keeps what the page says of the photos on their way, past the next page."""
ONE_REQUEST = b"Connection: keep-alive", b"Connection: close     "
"""On a connection that it had used before, the browser itself would send again, unseen by the page."""


class CutLine:
    """A line to a server that breaks off some connections in the middle of what they send."""

    def __init__(self, server: int, cuts: int, after: int = 300_000) -> None:
        self._server, self._after, self.left = server, after, cuts
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._door.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near = self._door.accept()[0]
                far = socket.create_connection(("127.0.0.1", self._server))
                threading.Thread(target=self._pass_on, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(far, near, False), daemon=True).start()

    def _pass_on(self, near: socket.socket, far: socket.socket, may_be_cut: bool) -> None:
        passed = 0
        with suppress(OSError), near:
            while data := near.recv(65536):
                passed += len(data)
                data = data.replace(*ONE_REQUEST)
                if may_be_cut and passed > self._after and self._is_cut():
                    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    far.shutdown(socket.SHUT_RDWR)
                    return
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _is_cut(self) -> bool:
        with self._lock:
            self.left -= 1
            return self.left >= 0


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three photos of over 16 MB, no two alike. For the second one the phone was held on its side."""
    folder, made = tmp_path_factory.mktemp("photos"), []
    width, height = 2800, 2100
    noise = random.Random(1).randbytes(width * height * 3).translate(bytes(96 + n // 4 for n in range(256)))
    for n in range(3):
        exif = Image.Exif()
        exif[SIDE] = QUARTER_TURN if n == 1 else 1
        file = folder / f"IMG_{n}.jpg"
        grain = Image.frombytes("RGB", (width, height), noise[n * 999 :] + noise[: n * 999])
        grain.save(file, "JPEG", quality=100, subsampling=0, exif=exif)
        assert file.stat().st_size > 16_000_000
        made.append(file)
    return made


def draft(world: World) -> str:
    """A record whose student has marked the name as wrong and still needs a paper."""
    record = world.record()
    world.open_campaign()
    with world.place.store.writing() as session:
        claim = ClaimFiled("XM", "admission_error", "测试甲")
        save_draft(session, world.place.cipher, record, Answers({"XM": claim}), world.clock.moment)
    return record


def sizes_kept(world: World, record: str) -> list[tuple[int, int]]:
    """Width and height of each photo in the draft."""
    evidence = world.place.evidence
    with world.place.store.reading() as session:
        kept = [session.get_one(Evidence, paper.id) for paper in papers_of(session, record, None)]
        return [Image.open(io.BytesIO(evidence.read(session, one))).size for one in kept]


def test_three_large_photos_come_over_a_slow_line_that_is_cut(
    world: World, shipped: int, phone: BrowserContext, large: list[Path]
) -> None:
    """Chosen once and touched no more, each photo is made smaller, stands upright, arrives, and is there once."""
    record = draft(world)
    line = CutLine(shipped, cuts=3)
    page = sign_in(world, line.address, phone, world.student(record).person)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.method))
    page.goto(f"{line.address}/my/papers")
    page.evaluate(HEARD)
    slow = {"offline": False, "latency": 20, "downloadThroughput": 6_000_000, "uploadThroughput": 6_000_000}
    phone.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.get_by_label("附上照片：居民身份证", exact=True).set_input_files(large)
    expect(page.get_by_role("heading", name="已保存 3 张照片")).to_be_visible(timeout=30_000)
    assert failed.count("POST") >= 2
    assert "连接断了，正在重新上传" in page.evaluate("sessionStorage.heard")
    kept = sizes_kept(world, record)
    assert sorted(width < height for width, height in kept) == [False, False, True]
    line.close()


@pytest.mark.parametrize("server", ["shipped", "site"])
def test_who_sends_too_much_gets_an_answer(
    world: World, app: Flask, request: pytest.FixtureRequest, server: str
) -> None:
    """The connection stays until all is sent: by the shipped server, and by one that leaves reading to the pages."""
    port = request.getfixturevalue(server)
    port = port if isinstance(port, int) else int(port.rpartition(":")[2])
    student = signed_in(world, app, world.student(draft(world)).person)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"sid={student.sid}", "Sec-Fetch-Site": "same-origin", "Content-Type": MULTIPART}
    with closing(line):
        line.request("POST", "/my/papers/add/id_card", bytes(TOGETHER + 100_000), headers)
        answer = line.getresponse()
        assert (answer.status, answer.headers["Location"]) == (303, "/my/papers/add/id_card")


def test_the_same_without_scripts(
    world: World, shipped: int, new_context: CreateContextCallback, large: list[Path], tmp_path: Path
) -> None:
    """Large photos are refused by name, too many lead back to their page, small ones are kept, three at once."""
    record = draft(world)
    site = f"http://127.0.0.1:{shipped}"
    hand = new_context(**PHONE, java_script_enabled=False)
    page = sign_in(world, site, hand, world.student(record).person)
    page.goto(f"{site}/my/papers/add/id_card")

    def send(files: list[Path]) -> None:
        page.get_by_label("选择照片", exact=True).set_input_files(files)
        page.get_by_role("button", name="上传").tap()

    send(large)
    for photo in large:
        expect(page.get_by_role("alert")).to_contain_text(f"{photo.name}：文件有 15.8 MB，超过上限 8 MB")
    send([*large, *large[:2]])
    expect(page.get_by_role("alert")).to_contain_text("一次最多 64 MB")
    small = []
    for n in range(3):
        small.append(tmp_path / f"small-{n}.jpg")
        small[-1].write_bytes(picture(400 + n, 300))
    send(small)
    expect(page.get_by_role("heading", name="已保存 3 张照片")).to_be_visible()
    assert sorted(sizes_kept(world, record)) == [(400, 300), (401, 300), (402, 300)] and fits(page)


def test_the_photo_for_the_platform_is_made_smaller_and_nothing_is_sent(
    site: str, phone: BrowserContext, large: list[Path], tmp_path: Path
) -> None:
    """After choosing no request leaves the page, and the saved photo is upright and within 300 KB."""
    page = phone.new_page()
    page.goto(f"{site}/guide/photo")
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/static/icon." not in request.url else None
    )
    page.get_by_label("选择照片").set_input_files(large[1])
    expect(page.get_by_role("status")).to_contain_text("已从")
    with page.expect_download() as saved:
        page.get_by_role("link", name="保存照片").tap()
    data = Path(saved.value.path()).read_bytes()
    width, height = Image.open(io.BytesIO(data)).size
    assert saved.value.suggested_filename == "photo.jpg"
    assert len(data) <= 300_000 and height > width >= 600
    document = tmp_path / "page.pdf"
    document.write_bytes(b"%PDF-1.7\n")
    page.get_by_label("选择照片").set_input_files(document)
    expect(page.get_by_role("status")).to_contain_text("PDF")
    assert [one for one in asked if not one.startswith(("blob:", "data:"))] == []
    assert page.evaluate("fetch('/guide/photo').then(() => 'sent', () => 'not sent')") == "not sent"
    assert fits(page)
