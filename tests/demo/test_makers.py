"""What the demo makes are files that others can read."""

import hashlib
import json
import subprocess
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import resvg_py
from defusedxml import ElementTree
from PIL import Image

from mediacenter.demo.catalogue import CATALOGUE
from mediacenter.demo.drawing import wrapped
from mediacenter.demo.speech import film_command

BY_SLUG = {entry.slug: entry for entry in CATALOGUE}


def made(slug: str, folder: Path) -> Path:
    make = BY_SLUG[slug].make
    assert make is not None
    return make(folder)


def probe(path: Path) -> dict[str, object]:
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    found: dict[str, object] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


@pytest.mark.parametrize("slug", ["ha-long-dawn", "sa-pa-green", "ha-noi-night"])
def test_a_landscape_is_a_picture_with_something_to_see(slug: str, tmp_path: Path) -> None:
    with Image.open(made(slug, tmp_path)) as picture:
        picture.load()
        assert picture.format == "JPEG"
        assert picture.size == (1920, 1280)
        assert picture.getexif()[0x013B] == "Media Center"
        extremes = picture.convert("L").resize((32, 32)).getextrema()
    assert extremes[1] - extremes[0] > 60


def test_the_same_seed_makes_the_same_file(tmp_path: Path) -> None:
    digests = set()
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        digests.add(hashlib.sha256(made("da-lat-mist", tmp_path / run).read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("slug", ["chart-online-files", "chart-visitors"])
def test_a_chart_is_svg_that_says_that_it_is_invented(slug: str, tmp_path: Path) -> None:
    text = made(slug, tmp_path).read_text()
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "Số liệu minh họa" in text
    assert bytes(resvg_py.svg_to_bytes(svg_string=text)).startswith(b"\x89PNG")


def test_a_leaflet_is_a_pdf_with_readable_vietnamese(tmp_path: Path) -> None:
    document = pdfium.PdfDocument(made("guide-online-filing", tmp_path))
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert "Nộp hồ sơ trực tuyến" in text
    assert "Đăng nhập bằng VNeID" in text


def test_a_bulletin_is_sound_of_some_seconds(tmp_path: Path) -> None:
    facts = probe(made("audio-ward", tmp_path))
    assert [stream["codec_name"] for stream in facts["streams"]] == ["flac"]
    assert float(facts["format"]["duration"]) > 5
    assert [path.suffix for path in tmp_path.iterdir()] == [".flac"]


def test_a_film_has_picture_and_voice_of_the_same_length(tmp_path: Path) -> None:
    facts = probe(made("video-vertical", tmp_path))
    video, audio = facts["streams"]
    assert (video["codec_name"], video["width"], video["height"], audio["codec_name"]) == ("h264", 720, 1280, "aac")
    assert abs(float(video["duration"]) - float(audio["duration"])) < 0.5
    assert [path.suffix for path in tmp_path.iterdir()] == [".mp4"]


def test_the_film_command_reads_each_picture_once_and_the_voice_last() -> None:
    command = film_command(Path("/tmp/x.mp4"), [2.0, 3.5], (1280, 720))  # noqa: S108 - a name in a command
    inputs = [Path(command[index + 1]).name for index, word in enumerate(command) if word == "-i"]
    assert inputs == ["x-0.png", "x-0-text.png", "x-1.png", "x-1-text.png", "x-all.wav"]
    assert "concat=n=2:v=1:a=0" in command[command.index("-filter_complex") + 1]


def test_text_is_broken_between_words_and_chinese_between_letters() -> None:
    assert wrapped("một hai ba bốn", 8) == ["một hai", "ba bốn"]
    assert wrapped("欢迎来到越南", 6) == ["欢迎来", "到越南"]
