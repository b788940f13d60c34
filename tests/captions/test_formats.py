"""SubRip, WebVTT, TTML and ASS as people and programs write them; hostile ones are refused with their place."""

import itertools
import time
from contextlib import suppress
from pathlib import Path
from subprocess import run

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.captions.cues import MAX_CUES, MAX_TIME, Cue, Written, as_json, checked_cues, digest_of, from_stored
from assets.captions.markup import tidy
from assets.captions.problems import CaptionsInvalid
from assets.captions.reading import MAX_FILE, read_captions
from assets.captions.subrip import write_subrip
from assets.captions.webvtt import write_webvtt
from transcoding.captions import read_file
from transcoding.metadata import vietnamese_tables as tables

SRT = """1
00:00:01,000 --> 00:00:02,500
Chính phủ họp <i>phiên thường kỳ</i>
tháng 11

2
00:00:03,000 --> 00:00:04,000
Xin cảm ơn!
"""
TWO = (
    Cue(start=1000, end=2500, text="Chính phủ họp <i>phiên thường kỳ</i>\ntháng 11"),
    Cue(start=3000, end=4000, text="Xin cảm ơn!"),
)
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, Bold, Italic, Underline
Style: Default,Arial,20,0,0,0
Style: Narrator,Arial,20,0,-1,0

[Fonts]
fontname: x.ttf
Dialogue: 0,0:00:00.00,0:00:01.00,Default,,no event

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,no event
"""
TT = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" '
    'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xml:lang="vi" %s>%s</tt>'
)


def cues(text: str, **more: bool) -> tuple[Cue, ...]:
    return read_captions(text, **more).cues


def dialogue(text: str, style: str = "Default", name: str = "") -> str:
    return f"{ASS}Dialogue: 0,0:00:01.50,0:00:02.00,{style},{name},0,0,0,,{text}\n"


def ttml(body: str, attributes: str = "", head: str = "") -> str:
    return TT % (attributes, f"<head>{head}</head><body><div>{body}</div></body>")


@pytest.mark.parametrize(
    "text",
    [
        SRT,
        SRT.replace("\n", "\r\n"),
        SRT.replace("\n", "\r"),
        "\ufeff" + SRT,
        "\n\n" + SRT + "\n\n\n",
        SRT.replace(",", "."),
        SRT.replace("1\n00", "00", 1),
        SRT.replace("\n\n2\n", "\n2\n"),
        SRT.replace("tháng", "\ntháng"),
        SRT.replace("02,500", "02,500 X1:10 X2:20 Y1:1 Y2:9"),
        SRT.replace("Chính", r"{\an8}Chính"),
        SRT.replace("Xin", '<font color="#fff">Xin').replace("!", "!</font>"),
        "2\n00:00:03,000 --> 00:00:04,000\nXin cảm ơn!\n\n" + SRT.partition("\n\n2")[0],
    ],
)
def test_subrip_is_read_in_all_its_spellings(text: str) -> None:
    found = read_captions(text)
    assert (found.format, found.cues) == ("srt", TWO)


def test_subrip_has_arrows_and_signs_in_its_words() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nA --> B & <3 &amp;\n2024\n"
    assert cues(text) == (Cue(start=1000, end=2000, text="A --&gt; B &amp; &lt;3 &amp;amp;\n2024"),)
    assert write_subrip(cues(text)).endswith("A --> B & <3 &amp;\n2024\n")


VTT = """WEBVTT - tiêu đề
Kind: captions

STYLE
::cue { background: url("http://evil.example/x"); color: expression(alert(1)) }

NOTE a note
of two lines

REGION
id:fred

opening
00:01.000 --> 00:00:02.500 region:fred align:start position:10%
Chính phủ họp <i.big>phiên thường kỳ</i>
<c.red>tháng 11</c>

00:00:03.000 --> 00:00:04.000
Xin <00:00:03.500>cảm ơn!
"""


def test_webvtt_is_read_without_styles_regions_notes_and_settings() -> None:
    found = read_captions(VTT)
    assert (found.format, found.cues) == ("webvtt", TWO)
    ours = write_webvtt(found.cues)
    for gone in ("STYLE", "NOTE", "REGION", "evil", "align", "fred", "<c", "opening", "tiêu đề"):
        assert gone not in ours
    assert ours.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nChính phủ")


@pytest.mark.parametrize(
    ("words", "speaker", "text"),
    [
        ("<v Lan>Xin chào", "Lan", "Xin chào"),
        ("<v.loud.x Nguyễn Thị  Lan>Xin <b>chào</b></v>", "Nguyễn Thị Lan", "Xin <b>chào</b>"),
        ("<v A &amp; B>x", "A & B", "x"),
        ("<v A>x</v>\n<v A>y</v>", "A", "x\ny"),
        ("<v A>x</v>\n<v B>y</v>", "", "A: x\nB: y"),
        ("- <v A>x", "", "- A: x"),
        ("<v>x", "", "x"),
        ("<video>x", "", "x"),
        ("<v <script>>x", "", "&lt;v &gt;x"),
    ],
)
def test_the_voice_is_the_speaker(words: str, speaker: str, text: str) -> None:
    found = cues(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{words}\n")
    assert found == (Cue(start=1000, end=2000, text=text, speaker=speaker),)
    assert cues(write_webvtt(found)) == found


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("a, b, c", "a, b, c"),
        (r"a\Nb\nc\hd", "a\nb\nc d"),
        (r"{\b1}a{\b0}b", "<b>a</b>b"),
        (r"{\b700}a{\b400}b", "<b>a</b>b"),
        (r"{\i1\u1\fs40\c&HFFFFFF&}a{\r}b", "<i><u>a</u></i>b"),
        (r"{\pos(100,200)\t(0,500,\blur2)}a{\be1}b{\bord2}c{\iclip(1,2,3,4)}d", "abcd"),
        (r"{\p1}m 0 0 l 100 0 100 100{\p0}a", "a"),
        (r"{a comment}a", "a"),
        (r"{\k20}xin {\k30}chào", "xin chào"),
        ("a { b", "a { b"),
        ("a } b", "a } b"),
        ("<b>literal</b> & <script>", "&lt;b&gt;literal&lt;/b&gt; &amp; &lt;script&gt;"),
    ],
)
def test_ass_dialogue_loses_all_but_its_words_and_looks(event: str, text: str) -> None:
    assert cues(dialogue(event)) == (Cue(start=1500, end=2000, text=text),)


def test_ass_has_styles_speakers_and_other_sections() -> None:
    found = read_captions(dialogue(r"a{\i0}b{\r}c", style="Narrator", name="Lan"))
    assert found.format == "ass"
    assert found.cues == (Cue(start=1500, end=2000, text="<i>a</i>b<i>c</i>", speaker="Lan"),)
    only_drawn = dialogue(r"{\p1}m 0 0") + "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,x\n"
    assert [cue.text for cue in cues(only_drawn)] == ["x"]


def test_old_ssa_is_read_by_its_own_columns() -> None:
    text = "[Script Info]\n[Events]\nFormat: Marked, Start, End, Style, Name, Text\n"
    assert cues(text + "Dialogue: Marked=0,0:00:01.00,0:00:02.00,x,Lan,a,b") == (
        Cue(start=1000, end=2000, text="a,b", speaker="Lan"),
    )


@pytest.mark.parametrize(
    ("begin", "end", "attributes", "times"),
    [
        ("00:00:01.500", "00:00:02", "", (1500, 2000)),
        ("1.5s", "2500ms", "", (1500, 2500)),
        ("0.5m", "0.01h", "", (30_000, 36_000)),
        ("00:00:01:12", "00:00:02:00", 'ttp:frameRate="24"', (1500, 2000)),
        ("45f", "60f", 'ttp:frameRate="30"', (1500, 2000)),
        ("00:00:10:00", "300f", 'ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"', (10_000, 10_010)),
        ("15000000t", "20000000t", 'ttp:tickRate="10000000"', (1500, 2000)),
    ],
)
def test_ttml_times(begin: str, end: str, attributes: str, times: tuple[int, int]) -> None:
    found = cues(ttml(f'<p begin="{begin}" end="{end}">a</p>', attributes))
    assert [(cue.start, cue.end) for cue in found] == [times]


def test_ttml_has_nested_times_spans_breaks_and_styles() -> None:
    head = (
        '<styling><style xml:id="s" tts:fontStyle="italic"/>'
        '<style xml:id="t" style="s" tts:fontWeight="bold"/></styling>'
    )
    body = (
        '<p begin="1s" dur="1s" style="s">Xin<br/>chào <span tts:fontStyle="normal">bạn</span> &amp; &#60;b&#62;</p>'
        '<p xml:id="two"><span begin="5s" end="6s" style="t">a</span> <span begin="6s" end="7s">b</span></p>'
        '<p begin="9s" end="10s"><metadata xmlns="urn:x">secret</metadata>   </p>'
    )
    text = TT % ("", f'<head>{head}</head><body begin="10s"><div end="8.5s">{body}</div></body>')
    found = read_captions('<?xml version="1.0" encoding="UTF-16"?>\n' + text)
    assert found.format == "ttml"
    assert found.cues == (
        Cue(start=11_000, end=12_000, text="<i>Xin</i>\n<i>chào </i>bạn<i> &amp; &lt;b&gt;</i>"),
        Cue(start=15_000, end=17_000, text="<b><i>a</i></b> b"),
    )


def test_ttml_of_old_namespaces_and_prefixes() -> None:
    text = (
        '<tt:tt xmlns:tt="http://www.w3.org/2006/10/ttaf1"><tt:body><tt:div>'
        '<tt:p begin="1s" end="2s">a</tt:p></tt:div></tt:body></tt:tt>'
    )
    assert cues(text) == (Cue(start=1000, end=2000, text="a"),)


LAUGHS = (
    '<!DOCTYPE tt [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="1s" end="2s">&b;</p></div></body></tt>'
)
REFUSED = [
    ("", "captions_unknown_format", None),
    ("một hai ba", "captions_unknown_format", None),
    ("\x89PNG\r\n\x1a\n", "captions_unknown_format", None),
    ("<html><body>x</body></html>", "captions_unknown_format", None),
    ('<?xml version="1.0"?><html/>', "captions_unknown_format", 1),
    ("WEBVTT", "captions_empty", None),
    ('<tt xmlns="http://www.w3.org/ns/ttml" xmlns:a="x&#10;y"><a:b/></tt>', "captions_malformed", 1),
    ('<tt xmlns="http://www.w3.org/ns/ttml" xmlns:a="x\u3000y"><a:b/></tt>', "captions_malformed", 1),
    ("WEBVTT\n\n00:01.000 --> 00:02.000\n<b> </b>\n", "captions_empty", None),
    ("WEBVTT\n\nhello\nthere\n", "captions_malformed", 3),
    ("WEBVTT\n\n00:01.000 --> tomorrow\nx\n", "captions_time_invalid", 3),
    ("WEBVTT\n\n00:61.000 --> 01:62.000\nx\n", "captions_time_invalid", 3),
    (SRT.replace("00:00:04,000", "00:00:02,000"), "captions_time_invalid", 7),
    (SRT.replace("00:00:04,000", "00:00:03,000"), "captions_time_invalid", 7),
    (SRT.replace("00:00:01,000", "-00:00:01,000"), "captions_time_invalid", 2),
    (SRT.replace("00:00:03,000", "00:00:03"), "captions_time_invalid", 7),
    (SRT.replace("00:00:04,000", "25:00:00,000"), "captions_time_invalid", 7),
    (SRT.replace("Xin", "x" * 1001), "captions_text_invalid", 7),
    (SRT.replace("Xin", "x" * 30_000), "captions_text_invalid", 7),
    (SRT.replace("Xin", "x\n" * 21), "captions_text_invalid", 7),
    (dialogue("a").replace("0:00:01.50", "soon"), "captions_malformed", 16),
    ("[Script Info]\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,a", "captions_malformed", 3),
    (LAUGHS, "captions_malformed", 1),
    ('<!DOCTYPE tt SYSTEM "file:///etc/passwd"><tt xmlns="http://www.w3.org/ns/ttml"/>', "captions_malformed", 1),
    ('<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml">\n<body>', "captions_malformed", 3),
    (ttml('<p begin="x" end="2s">a</p>'), "captions_time_invalid", 1),
    (ttml('<p begin="1s">a</p>'), "captions_time_invalid", 1),
    (ttml('<p begin="2s" end="1s">a</p>'), "captions_time_invalid", 1),
    (ttml('<div timeContainer="seq"><p dur="1s">a</p></div>'), "captions_malformed", 1),
    (ttml('<p begin="1s" end="2s">a<p>b</p></p>'), "captions_malformed", 1),
    (ttml("<div>" * 60 + "</div>" * 60), "captions_too_large", 1),
    (ttml('<p begin="1s" end="2s">' + "<set/>" * 100_001 + "</p>"), "captions_too_large", 1),
    (ttml('<p begin="1s" end="2s">' + "x" * 90_000 + "</p>"), "captions_text_invalid", 1),
    ("x" * (MAX_FILE + 1), "captions_too_large", None),
]


@pytest.mark.parametrize(("text", "code", "line"), REFUSED, ids=itertools.count())
def test_what_cannot_be_read_is_refused_with_its_line_and_a_sentence(text: str, code: str, line: int | None) -> None:
    with pytest.raises(CaptionsInvalid) as refusal:
        read_captions(text)
    assert (refusal.value.reason, refusal.value.data.get("line")) == (code, line)
    assert str(refusal.value)


def many(number: int) -> str:
    cue = "{i}\n00:00:01,000 --> 00:00:02,000\nx\n\n"
    return "".join(cue.format(i=i) for i in range(number))


HUGE = [
    many(100_000),
    "WEBVTT\n\n" + "00:01.000 --> 00:02.000\nx\n\n" * 150_000,
    ASS + "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,x\n" * 80_000,
    ttml('<p begin="1s" end="2s">x</p>' * 140_000),
    ttml("<p/>" * 900_000),
    ttml("<p><span/></p>" * 280_000),
    ASS + "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,," + "{" * 4_000_000,
    "[Script Info]\n[Events]\nFormat: " + "," * 4_000_000 + "\nDialogue: " + "," * 100,
    "1\n00:00:01,000 --> 00:00:02,000\n" + "<" * 4_000_000,
    "1\n00:00:01,000 --> " + " " * 4_000_000,
    "1\n00:00:01,000 " + " -->" * 1_000_000,
    "-->\n" * 1_000_000,
    "WEBVTT\n\n" + "NOTE\n\n" * 600_000 + "00:01.000 --> 00:02.000\nx\n",
    "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 1_300_000,
    "WEBVTT" + "\n" * 4_000_000,
    "<tt " + " a='1'" * 600_000,
]


@pytest.mark.parametrize("text", HUGE, ids=itertools.count())
def test_huge_and_odd_files_are_answered_in_seconds(text: str) -> None:
    begun = time.process_time()
    with suppress(CaptionsInvalid):
        assert len(cues(text)) <= MAX_CUES
    assert time.process_time() - begun < 20


def test_a_million_cues_are_too_many_and_all_letters_together_are_bounded() -> None:
    for text in (many(MAX_CUES + 1), many(600).replace("x", "x" * 1000)):
        with pytest.raises(CaptionsInvalid) as refusal:
            read_captions(text)
        assert refusal.value.reason == "captions_too_large"
    assert len(cues(many(MAX_CUES))) == MAX_CUES


def test_overlapping_cues_are_kept_and_unsorted_ones_sorted_but_chapters_stand_apart() -> None:
    text = "WEBVTT\n\n00:05.000 --> 00:09.000\nB\n\n00:01.000 --> 00:06.000\nA\n"
    assert [cue.text for cue in cues(text)] == ["A", "B"]
    with pytest.raises(CaptionsInvalid) as refusal:
        cues(text, chapters=True)
    assert (refusal.value.reason, refusal.value.data["line"]) == ("captions_time_invalid", 3)
    chapters = cues("WEBVTT\n\n00:01.000 --> 00:06.000\n<v X>Mở <b>đầu</b>\n& chào\n", chapters=True)
    assert chapters == (Cue(start=1000, end=6000, text="Mở đầu &amp; chào"),)


def test_cues_sent_as_such_are_refused_by_their_number() -> None:
    for row, code in (
        (Written(start=1, end=2, text=" "), "captions_text_invalid"),
        (Written(start=2, end=2, text="x"), "captions_time_invalid"),
        (Written(start=0, end=MAX_TIME + 1, text="x"), "captions_time_invalid"),
        (Written(start=1, end=2, text="x", speaker="x" * 101), "captions_text_invalid"),
    ):
        with pytest.raises(CaptionsInvalid) as refusal:
            checked_cues([Written(start=0, end=1, text="x"), row])
        assert (refusal.value.reason, refusal.value.data["cue"]) == (code, 2)


SAID = st.text(st.characters(codec="utf-8"), max_size=40)
MARKUP = st.lists(st.one_of(SAID, st.sampled_from(["<b>", "</b>", "<i>", "</u>", "<u>", "\n", "-->", "NOTE", "1"])))
WRITTEN = st.builds(
    lambda start, length, parts, name: Written(start=start, end=start + length, text="".join(parts), speaker=name),
    st.integers(0, MAX_TIME - 10_000),
    st.integers(1, 10_000),
    MARKUP,
    SAID,
).filter(lambda written: tidy(written.text) != "")


@given(st.lists(WRITTEN, min_size=1, max_size=4))
@settings(max_examples=100)
def test_our_webvtt_read_again_is_the_same_cues(found: list[Written]) -> None:
    kept = checked_cues(found)
    assert read_captions(write_webvtt(kept)).cues == kept
    assert from_stored(as_json(kept)) == kept
    assert digest_of(from_stored(as_json(kept))) == digest_of(kept)
    assert checked_cues(Written(**{name: row[name] for name in row}) for row in as_json(kept)) == kept


@given(st.text(max_size=200))
def test_no_text_at_all_makes_a_reader_fail_otherwise_than_by_refusing(text: str) -> None:
    for head in ("", "WEBVTT\n\n", ASS, "<tt", "1\n00:00:01,000 --> 00:00:02,000\n"):
        try:
            found = cues(head + text)
        except CaptionsInvalid:
            continue
        assert cues(write_webvtt(found)) == found


ENCODED = {
    "utf-8": lambda text: text.encode(),
    "utf-8-sig": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "windows-1258": tables.encode_cp1258,
    "tcvn3": tables.encode_tcvn3,
    "vni": tables.encode_vni,
    "viscii": tables.encode_viscii,
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_files_in_every_encoding_of_vietnamese_are_read(encoding: str) -> None:
    cue = "{i}\n00:00:01,000 --> 00:00:02,000\nThủ tướng chủ trì phiên họp thường kỳ tháng mười một\n\n"
    for number in (2, 3000):
        data = ENCODED[encoding]("".join(cue.format(i=i) for i in range(number)))
        assert number == 2 or len(data) > 256 * 1024
        found = read_file(data, language="vi")
        assert found.encoding == encoding.removesuffix("-sig")
        assert [cue.text for cue in found.cues] == ["Thủ tướng chủ trì phiên họp thường kỳ tháng mười một"] * number


def test_utf8_that_was_taken_for_western_is_mended_to_the_end_of_a_long_file() -> None:
    cue = "{i}\n00:00:01,000 --> 00:00:02,000\nThủ tướng chủ trì phiên họp thường kỳ tháng mười một\n\n"
    data = "".join(cue.format(i=i) for i in range(1500)).encode().decode("latin-1").encode()
    found = read_file(data, language="vi")
    assert found.encoding == "repaired"
    assert {cue.text for cue in found.cues} == {"Thủ tướng chủ trì phiên họp thường kỳ tháng mười một"}


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312", "big5", "gb18030", "utf-16"])
def test_files_in_the_encodings_of_chinese_are_read(encoding: str) -> None:
    words = "總理主持政府例行會議" if encoding == "big5" else "总理主持政府例行会议" + "䶮" * (encoding == "gb18030")
    text = f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n"
    data = text.encode(encoding)
    found = read_file(data, language="zh")
    assert found.cues[0].text == words
    assert found.encoding == encoding


@pytest.mark.parametrize(
    ("suffix", "codec", "form"),
    [("vtt", "webvtt", "webvtt"), ("ass", "ass", "ass"), ("ttml", "ttml", "ttml"), ("srt", "srt", "srt")],
)
def test_files_made_by_ffmpeg_say_the_same(tmp_path: Path, suffix: str, codec: str, form: str) -> None:
    source, made = tmp_path / "a.srt", tmp_path / f"b.{suffix}"
    source.write_text(SRT, encoding="utf-8")
    run(["ffmpeg", "-v", "error", "-nostdin", "-i", source, "-c:s", codec, made], check=True, timeout=60)
    found = read_file(made.read_bytes(), language="vi")
    assert found.format == form
    words = [cue.text.replace("<i>", "").replace("</i>", "") for cue in found.cues]
    assert words == [cue.text.replace("<i>", "").replace("</i>", "") for cue in TWO]
    assert [(cue.start, cue.end) for cue in found.cues] == [(1000, 2500), (3000, 4000)]
    if codec != "ttml":  # whose encoder drops looks
        assert found.cues == TWO


@pytest.mark.parametrize("suffix", ["vtt", "srt"])
def test_ffmpeg_reads_what_we_write(tmp_path: Path, suffix: str) -> None:
    ours, back = tmp_path / f"a.{suffix}", tmp_path / "b.srt"
    ours.write_text(write_webvtt(TWO) if suffix == "vtt" else write_subrip(TWO), encoding="utf-8")
    run(["ffmpeg", "-v", "error", "-nostdin", "-i", ours, back], check=True, timeout=60)
    assert read_captions(back.read_text(encoding="utf-8")).cues == TWO
