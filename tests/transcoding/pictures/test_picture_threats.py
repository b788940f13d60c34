"""Hostile pictures: each test falls when its guard is taken away. Numbers are those of the list of threats."""

import base64
import http.server
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.media_samples import pillow_images, sklearn_photos
from tests.transcoding.pictures.making import gradient, pdf_of_one_page, png_bomb, processed, saved, svg
from transcoding.pictures import outcome
from transcoding.pictures.process import PICTURE_LIMITS
from transcoding.pictures.svg_clean import clean_svg
from transcoding.results import MediaRejected
from transcoding.sandbox import MIB
from transcoding.sniff import sniff

ROOT = Path(__file__).resolve().parents[3]


def refusal(data: bytes, tmp_path: Path, **options: object) -> MediaRejected:
    (tmp_path / "hostile").write_bytes(data)
    with pytest.raises(MediaRejected) as raised:
        processed(tmp_path / "hostile", tmp_path / "out", kind="infographic", **options)
    if raised.value.reason != "decoder_timeout":  # a fast machine has made a few, which go with the job's folder
        assert not [path for path in (tmp_path / "out").glob("*") if path.name.startswith("w")]
    return raised.value


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A web server on loopback and the paths that were asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], asked
    server.shutdown()
    thread.join()
    server.server_close()


# 2: no PostScript, no ImageMagick


def test_postscript_is_refused_by_its_bytes(tmp_path: Path) -> None:
    assert refusal(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", tmp_path).reason == "type_not_allowed"


# 3: drawings that reach out


@pytest.mark.parametrize("element", ["image", "use", "feImage"])
@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
@pytest.mark.parametrize(
    "target", ["secret.png", "{folder}/secret.png", "file://{folder}/secret.png", "//host/x.svg#a"]
)
def test_an_svg_that_points_outside_itself_is_refused(
    tmp_path: Path, element: str, attribute: str, target: str
) -> None:
    Image.new("RGB", (9, 9), "red").save(tmp_path / "secret.png")
    body = f'<{element} {attribute}="{target.format(folder=tmp_path)}" width="400" height="200"/>'
    with pytest.raises(MediaRejected) as raised:
        clean_svg(svg(body))
    assert raised.value.reason == "external_references"


def test_an_svg_cannot_show_a_local_file(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9), "red").save(tmp_path / "secret.png")
    body = f'<image href="{tmp_path}/secret.png" width="400" height="200"/>'
    assert refusal(svg(body), tmp_path).reason == "external_references"


def test_an_svg_never_calls_a_server(tmp_path: Path, listener: tuple[int, list[str]]) -> None:
    port, asked = listener
    base = f"http://127.0.0.1:{port}"
    assert refusal(svg(f'<image href="{base}/a.png" width="9" height="9"/>'), tmp_path).reason == "external_references"
    quiet = svg(
        f"<style>@import url('{base}/b.css'); @font-face {{ font-family: x; src: url('{base}/c.ttf') }}</style>"
        f"<a href='{base}/d'><text y='90' font-family='x' fill='url({base}/e.svg#f)'>chữ</text></a>"
        f"<script href='{base}/g.js'>fetch('{base}/h')</script><foreignObject><img src='{base}/i'/></foreignObject>",
        prologue=f'<?xml version="1.0"?><?xml-stylesheet href="{base}/j.css"?><!DOCTYPE svg PUBLIC "-" "{base}/k.dtd">',
    )
    (tmp_path / "quiet.svg").write_bytes(quiet)
    processed(tmp_path / "quiet.svg", tmp_path / "drawn", kind="infographic")
    assert asked == []


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY secret SYSTEM "file:///etc/passwd">',
        '<!ENTITY % remote SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_svg_entities_are_refused(tmp_path: Path, entities: str) -> None:
    body = svg("<text y='50'>&b;</text>", prologue=f"<!DOCTYPE svg [{entities}]>")
    assert refusal(body, tmp_path).reason == "svg_entities"


def test_an_svg_with_a_picture_inside_it_is_drawn(tmp_path: Path) -> None:
    inner = io.BytesIO()
    Image.new("RGB", (4, 4), (0, 0, 255)).save(inner, "PNG")
    data = base64.b64encode(inner.getvalue()).decode()
    (tmp_path / "a.svg").write_bytes(svg(f'<image href="data:image/png;base64,{data}" width="400" height="200"/>'))
    processed(tmp_path / "a.svg", tmp_path / "out", kind="infographic")
    with Image.open(tmp_path / "out" / "w640.jpg") as image:
        assert image.getpixel((300, 150)) == pytest.approx((0, 0, 254), abs=4)


def test_an_svg_inside_an_svg_by_data_url_is_refused(tmp_path: Path) -> None:
    data = base64.b64encode(svg("")).decode()
    body = svg(f'<image href="data:image/svg+xml;base64,{data}" width="9" height="9"/>')
    assert refusal(body, tmp_path).reason == "external_references"


@pytest.mark.parametrize(
    "attributes",
    [
        'width="1000000000" height="1000000000"',
        'width="1" height="1e30"',
        'viewBox="0 0 1e9 1"',
        'width="1e300" height="1e300"',
    ],
)
def test_an_absurd_size_of_an_svg_costs_nothing(tmp_path: Path, attributes: str) -> None:
    (tmp_path / "large.svg").write_bytes(svg("<rect width='9' height='9'/>", attributes))
    result = processed(tmp_path / "large.svg", tmp_path / "out", kind="infographic")
    assert all(each.width * each.height <= 32_000_000 for each in result.renditions)  # type: ignore[operator]


@pytest.mark.parametrize("attributes", ["", 'width="0" height="5"', 'viewBox="0 0 -1 nan"', 'width="50%" height="50%"'])
def test_an_svg_without_a_size_is_refused(attributes: str) -> None:
    with pytest.raises(MediaRejected) as raised:
        clean_svg(svg("", attributes))
    assert raised.value.reason == "svg_without_size"


def test_an_svg_of_a_billion_copies_ends_in_a_refusal(tmp_path: Path) -> None:
    levels = "".join(f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 10))
    body = svg(f'<defs><g id="a0"><rect width="1" height="1"/></g>{levels}</defs><use href="#a9"/>')
    assert refusal(body, tmp_path).reason in {
        "picture_broken",
        "decoder_timeout",
        "decoder_out_of_memory",
        "decoder_crashed",
    }


def test_a_deeply_nested_svg_ends_in_a_refusal(tmp_path: Path) -> None:
    assert refusal(svg("<g>" * 50_000 + "</g>" * 50_000), tmp_path).reason in {"picture_broken", "decoder_crashed"}


# 3: PDF


def test_a_pdf_page_of_any_size_is_drawn_within_bounds(tmp_path: Path) -> None:
    for number, (width, height) in enumerate([(14_400, 1), (1, 14_400), (200_000, 200_000), (3, 3)]):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(pdf_of_one_page(width, height))
        result = processed(path, tmp_path / str(number), kind="infographic")
        assert all(each.width * each.height <= 32_000_000 for each in result.renditions)  # type: ignore[operator]


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.4\n" + os.urandom(5000), pdf_of_one_page()[:300]])
def test_a_broken_pdf_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refusal(data, tmp_path).reason == "picture_broken"


# 4: one plugin per type, and what came out is looked at


def test_a_jpeg_that_is_an_mpo_gives_its_first_picture(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (60, 40), (200, 0, 0)), Image.new("RGB", (60, 40), (0, 0, 200))
    first.save(tmp_path / "stereo.jpg", format="MPO", save_all=True, append_images=[second])
    assert sniff(tmp_path / "stereo.jpg").media_type == "image/jpeg"
    result = processed(tmp_path / "stereo.jpg", tmp_path / "out")
    assert result.facts["format"] == "MPO"
    with Image.open(tmp_path / "out" / "full.jpg") as image:
        assert image.getpixel((30, 20)) == pytest.approx((200, 0, 0), abs=4)


def test_only_the_plugin_of_the_sniffed_type_sees_the_file(tmp_path: Path) -> None:
    source = saved(tmp_path, gradient(20, 20), "p.png")
    lie = replace(sniff(source), media_type="image/webp")
    from transcoding.pictures.process import process_picture

    with pytest.raises(MediaRejected) as raised:
        process_picture(source, sniffed=lie, kind="photo", workdir=tmp_path, on_progress=lambda _: None)
    assert raised.value.reason == "picture_broken"


# 5: every decode is held


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif", "gif"])
def test_truncated_pictures_are_refused(tmp_path: Path, suffix: str, kept: float) -> None:
    whole = saved(tmp_path, Image.open(sklearn_photos()[0]), f"p.{suffix}").read_bytes()
    assert refusal(whole[: int(len(whole) * kept)], tmp_path).reason == "picture_broken"


def test_a_picture_that_needs_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    source = saved(tmp_path, Image.new("RGB", (9000, 9000)), "p.png").read_bytes()
    limits = replace(PICTURE_LIMITS, address_space=400 * MIB)
    assert refusal(source, tmp_path, limits=limits).reason == "decoder_out_of_memory"


def test_a_picture_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    source = saved(tmp_path, Image.new("RGB", (9000, 9000)), "p.png").read_bytes()
    limits = replace(PICTURE_LIMITS, cpu_seconds=1)
    assert refusal(source, tmp_path, limits=limits).reason == "decoder_timeout"


@pytest.mark.faults
def test_a_killed_worker_leaves_no_picture_process(tmp_path: Path) -> None:
    source = saved(tmp_path, Image.new("RGB", (9000, 9000)), "slow.png")
    code = (
        "import sys; from pathlib import Path; from tests.transcoding.pictures.making import processed\n"
        f"processed(Path({str(source)!r}), Path({str(tmp_path / 'out')!r}))"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    deadline = time.monotonic() + 30
    children: list[psutil.Process] = []
    while not children and time.monotonic() < deadline:
        children = [c for c in psutil.Process(worker.pid).children() if "transcoding.pictures" in c.cmdline()]
        time.sleep(0.02)
    assert children
    worker.send_signal(signal.SIGKILL)
    worker.wait(timeout=10)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


# 6: bombs


def test_a_picture_of_65500_by_65500_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    data = png_bomb(65_500, 65_500)
    assert len(data) < 2 * MIB
    started = time.monotonic()
    rejected = refusal(data, tmp_path)
    assert rejected.reason == "too_many_pixels"
    assert (rejected.data["width"], rejected.data["height"]) == (65_500, 65_500)
    assert time.monotonic() - started < 10


def test_a_jpeg_bomb_is_refused(tmp_path: Path) -> None:
    data = bytearray(saved(tmp_path, Image.new("L", (64, 64)), "p.jpg").read_bytes())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = (65_500).to_bytes(2, "big") * 2
    assert refusal(bytes(data), tmp_path).reason == "too_many_pixels"


def test_a_gif_of_very_many_frames_costs_one(tmp_path: Path) -> None:
    frames = saved(tmp_path, gradient(64, 64), "p.gif").read_bytes()
    start = frames.index(b"\x2c")
    frame = frames[start:-1]
    (tmp_path / "many.gif").write_bytes(frames[:start] + frame * 5000 + b"\x3b")
    result = processed(tmp_path / "many.gif", tmp_path / "out")
    assert result.facts["cpu_seconds"] < 10


@pytest.mark.parametrize(
    ("name", "reason"), [("decompression_bomb.gif", "too_many_pixels"), ("png_decompression_dos.png", "picture_broken")]
)
def test_pillows_own_bombs_are_refused(tmp_path: Path, name: str, reason: str) -> None:
    assert refusal((pillow_images() / name).read_bytes(), tmp_path).reason == reason


# what a child that was taken over could write


def report(folder: Path, **changes: object) -> None:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (5, 5)).save(folder / "full.webp")
    result: dict[str, object] = {
        "renditions": [{"profile": "full.webp", "width": 5, "height": 5}],
        "facts": {}, "width": 5, "height": 5,
        "placeholder": "L00000fQfQfQfQfQfQfQfQfQfQfQ", "perceptual_hash": "0" * 64, "colours": ["blue", "blue"],
        "metadata": {"title": "a", "keywords": [], "event_date": None, "urgency": None, "raw": {}},
    }  # fmt: skip
    (folder / "result.json").write_text(json.dumps({"result": result | changes}))


def test_an_honest_report_is_read(tmp_path: Path) -> None:
    report(tmp_path)
    assert outcome.read_outcome(tmp_path).renditions[0].media_type == "image/webp"
    assert not (tmp_path / "result.json").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"renditions": [{"profile": "../../etc/passwd", "width": 5, "height": 5}]},
        {"renditions": [{"profile": "w640.webp", "width": 5, "height": 5}]},
        {"renditions": []},
        {"renditions": [{"profile": "full.webp", "width": 5, "height": 5}] * 2},
        {"renditions": [{"profile": "full.webp", "width": "5", "height": 5}]},
        {"renditions": [{"profile": "full.webp", "width": 99_999, "height": 5}]},
        {"perceptual_hash": "<script>"},
        {"placeholder": "<img>"},
        {"colours": ["<script>"]},
        {"colours": [["red"]]},
        {"colours": None},
        {"width": -1},
        {"metadata": {"title": "a"}},
        {"metadata": {"nonsense": "a", "keywords": [], "event_date": None, "urgency": None, "raw": {}}},
    ],
)
def test_an_untrue_report_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    report(tmp_path, **changes)
    with pytest.raises(outcome.UnusableOutcome):
        outcome.read_outcome(tmp_path)


def test_a_rendition_that_is_a_link_or_another_type_is_refused(tmp_path: Path) -> None:
    report(tmp_path / "link")
    (tmp_path / "link" / "full.webp").unlink()
    (tmp_path / "link" / "full.webp").symlink_to("/etc/passwd")
    report(tmp_path / "page")
    (tmp_path / "page" / "full.webp").write_text("<html><script>alert(1)</script>")
    for name in ("link", "page"):
        with pytest.raises((outcome.UnusableOutcome, MediaRejected)):
            outcome.read_outcome(tmp_path / name)
