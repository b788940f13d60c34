"""Whether players are told the truth: the master playlist and the DASH manifest held against the files they name."""

import struct
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree

from tests.transcoding.video.conftest import Processed
from tests.transcoding.video.playing import attributes, measured_peak, read_playlist

DASH = "{urn:mpeg:dash:schema:mpd:2011}"
TRUE = 0.1
"""Share by which a told bandwidth may differ from a measured one (HLS authoring specification, 1.28 and 1.29)."""
LONGEST = 6
"""Seconds of a segment at the most (7.5)."""


def judge_master(done: Processed) -> None:
    """Every variant plays, needs the bandwidth that it tells, and its sound and keyframes are there."""
    hls = done.folder / "hls"
    lines = (hls / "master.m3u8").read_text(encoding="utf-8").splitlines()
    groups: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("#EXT-X-MEDIA:"):
            groups.setdefault(attributes(line)["GROUP-ID"], []).append(attributes(line)["URI"])
    for number, line in enumerate(lines):
        if line.startswith("#EXT-X-STREAM-INF:"):
            told, folder = attributes(line), (hls / lines[number + 1]).parent
            heard = groups.get(told.get("AUDIO", ""), []) if "RESOLUTION" in told else []
            peak = measured_peak(folder) + max((measured_peak((hls / uri).parent) for uri in heard), default=0)
            assert int(told["BANDWIDTH"]) == pytest.approx(peak, rel=TRUE)
            assert int(told["AVERAGE-BANDWIDTH"]) <= int(told["BANDWIDTH"])
            assert ("mp4a" in told["CODECS"]) == (bool(heard) or folder.name.startswith("audio"))
        elif line.startswith("#EXT-X-I-FRAME-STREAM-INF:"):
            keyframes = read_playlist(hls / attributes(line)["URI"])
            rates = [8 * part.length / part.seconds for part in keyframes]
            assert int(attributes(line)["BANDWIDTH"]) <= (1 + TRUE) * max(rates)
    for playlist in hls.glob("*/index.m3u8"):
        assert max(part.seconds for part in read_playlist(playlist)) <= LONGEST
        assert "#EXT-X-INDEPENDENT-SEGMENTS" in playlist.read_text()


def judge_manifest(done: Processed) -> None:
    """The rules of the on-demand profile (ISO/IEC 23009-1, 8.3), with every range held against the boxes it names."""
    hls = done.folder / "hls"
    root = ElementTree.fromstring((hls / "manifest.mpd").read_text(encoding="utf-8"))
    assert (root.tag, root.get("type")) == (f"{DASH}MPD", "static")
    assert "urn:mpeg:dash:profile:isoff-on-demand:2011" in str(root.get("profiles")).split(",")
    assert root.get("minBufferTime")
    length = float(str(root.get("mediaPresentationDuration")).removeprefix("PT").removesuffix("S"))
    assert length == pytest.approx(done.result.duration, abs=0.001)
    (period,) = root.findall(f"{DASH}Period")
    shown = list(period.iter(f"{DASH}Representation"))
    names = [str(each.get("id")) for each in shown]
    assert sorted(names) == sorted(path.parent.name for path in hls.glob("*/media.mp4"))
    for adaptation in period.findall(f"{DASH}AdaptationSet"):
        assert adaptation.get("subsegmentAlignment") == "true"
        assert adaptation.get("subsegmentStartsWithSAP") == "1"
        assert adaptation.get("mimeType") in {"video/mp4", "audio/mp4"}
    for each in shown:
        _judge_representation(each, hls)


def _judge_representation(each: Element, hls: Path) -> None:
    path = hls / str(each.findtext(f"{DASH}BaseURL"))
    base = each.find(f"{DASH}SegmentBase")
    assert base is not None
    header, index = base.find(f"{DASH}Initialization"), _range(base.get("indexRange"))
    assert header is not None
    data = path.read_bytes()
    assert _boxes(data, *_range(header.get("range"))) == ["ftyp", "moov"]
    assert _boxes(data, *index) == ["sidx"]
    assert set(_boxes(data, index[1], len(data))) <= {"styp", "moof", "mdat"}
    assert int(str(each.get("bandwidth"))) == pytest.approx(measured_peak(path.parent), rel=TRUE)
    assert str(each.get("codecs")).startswith(("avc1.", "mp4a."))
    if "width" in each.attrib:
        assert {"width", "height", "frameRate", "sar"} <= set(each.attrib)
    else:
        assert each.find(f"{DASH}AudioChannelConfiguration") is not None


def _range(text: Any) -> tuple[int, int]:
    """Where the bytes begin, and the first behind them."""
    first, last = str(text).split("-")
    return int(first), int(last) + 1


def _boxes(data: bytes, begin: int, end: int) -> list[str]:
    """The kinds of the boxes from ``begin`` to ``end``, which must hold whole ones."""
    kinds, position = [], begin
    while position < end:
        size, kind = struct.unpack_from(">I4s", data, position)
        kinds.append(kind.decode())
        position += size
    assert position == end
    return kinds
