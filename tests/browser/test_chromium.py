"""The browser that the other tests rely on: it shows pages, finds faults, and its camera shows photographs."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.fixtures.faces import FacePhotos, camera_frame

pytestmark = pytest.mark.browser

OPEN_CAMERA = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}});
  window.camera = document.createElement('video');
  window.camera.srcObject = stream;
  await window.camera.play();
}"""
LOOK = """async () => {
  const canvas = document.createElement('canvas');
  canvas.width = window.camera.videoWidth;
  canvas.height = window.camera.videoHeight;
  canvas.getContext('2d').drawImage(window.camera, 0, 0);
  const blob = await new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.9));
  return Array.from(new Uint8Array(await blob.arrayBuffer()));
}"""


def look(page: Page) -> np.ndarray:
    """Return what the camera of a page shows now."""
    return cv2.imdecode(np.array(page.evaluate(LOOK), np.uint8), cv2.IMREAD_COLOR).astype(int)


class OnePage(http.server.BaseHTTPRequestHandler):
    """Serve one page whose picture has no alternative text and sticks out of a narrow window."""

    def do_GET(self) -> None:
        body = b"<!doctype html><html lang=en><title>One page</title><main><h1>One page</h1><img src=x><p style=width:900px>wide</main>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", "script-src 'self'")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def one_page() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OnePage)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_accessibility_check_finds_a_picture_without_alternative(
    page: Page, one_page: str, accessibility_faults: Callable[[Page], list[str]]
) -> None:
    page.goto(one_page)
    assert any("image-alt" in fault for fault in accessibility_faults(page))


def test_reflow_check_finds_what_sticks_out_at_320_pixels(
    page: Page, one_page: str, overflowing: Callable[[Page], list[str]]
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(one_page)
    assert overflowing(page)


def test_camera_shows_the_photograph(
    camera_browser: Callable[..., Browser], face_photos: FacePhotos, one_page: str
) -> None:
    photo = face_photos.first_person[0]
    page = camera_browser([(photo, 1)]).new_page()
    page.goto(one_page)
    page.evaluate(OPEN_CAMERA)
    page.wait_for_timeout(300)
    seen = look(page)
    assert seen.shape == (480, 640, 3)
    assert np.abs(seen - camera_frame(photo).astype(int)).mean() < 10


def test_camera_changes_person_when_the_clip_does(
    camera_browser: Callable[..., Browser], face_photos: FacePhotos, one_page: str
) -> None:
    people = [face_photos.first_person[0], face_photos.second_person[0]]
    expected = [camera_frame(photo).astype(int) for photo in people]
    page = camera_browser([(photo, 1) for photo in people]).new_page()
    page.goto(one_page)
    page.evaluate(OPEN_CAMERA)
    shown = set()
    for _ in range(40):
        page.wait_for_timeout(100)
        seen = look(page)
        shown.add(int(np.argmin([np.abs(seen - other).mean() for other in expected])))
    assert shown == {0, 1}
