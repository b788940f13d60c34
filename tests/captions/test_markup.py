"""The words of a cue in one spelling, whatever they came in."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.captions.markup import literal, plain, readable, tidy

PIECES = [*"ab<>/&;biuBIU \n\t.ế喜\u0301\u202e\u00a0\u3000#x0", "<b>", "</i>", "&lt;"]
ALPHABET = st.lists(st.sampled_from(PIECES)).map("".join)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Xin chào", "Xin chào"),
        ("a & b", "a &amp; b"),
        ("AT&T; R&D", "AT&amp;T; R&amp;D"),
        ("3 < 4 > 2", "3 &lt; 4 &gt; 2"),
        ("I <3 you", "I &lt;3 you"),
        ("&amp;lt; &eacute;&#7871;", "&amp;lt; éế"),
        ("<b>a</b>", "<b>a</b>"),
        ("<B>a</B> <em>b</em> <strong>c</strong>", "<b>a</b> <i>b</i> <b>c</b>"),
        ("<b>a</b><b>b</b>", "<b>ab</b>"),
        ("<u><b>a<i>b</b>c</u>d", "<b><u>a</u></b><b><i><u>b</u></i></b><i><u>c</u></i><i>d</i>"),
        ("<i>a\nb</i>", "<i>a</i>\n<i>b</i>"),
        ("<i>never closed", "<i>never closed</i>"),
        ("</i>never opened", "never opened"),
        ("<b></b><i> </i>", ""),
        ("  a \t b\n\n \n c ", "a b\nc"),
        ("a\r\nb\u2028c\x85d", "a\nb\nc\nd"),
        ('<font color="red">a</font>', "a"),
        ("<c.yellow.bg_blue>a</c> <lang en>b</lang> <00:00:01.000>c", "a b c"),
        ("<ruby>漢<rt>かん</rt></ruby>", "漢かん"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<svg/onload=alert(1)>x", "x"),
        ("<scr<script>ipt>x", "&lt;script&gt;x"),
        ("&lt;script&gt;x&lt;/script&gt;", "&lt;script&gt;x&lt;/script&gt;"),
        ("a\u202eb\u200fc\ufeffd\x00e\x07f\ud800g\ufffeh", "abcdefgh"),
        ("e\u0301 ế", "é ế"),
    ],
)
def test_only_words_and_three_looks_are_kept(written: str, kept: str) -> None:
    assert tidy(written) == kept


@pytest.mark.parametrize(
    ("markup", "words"), [("<b>a &amp; b</b>\n&lt;c&gt;", "a & b\n<c>"), ("a", "a"), ("", ""), ("&gt;", ">")]
)
def test_the_words_alone(markup: str, words: str) -> None:
    assert plain(markup) == words


@given(ALPHABET)
def test_tidying_twice_changes_nothing_and_leaves_no_other_tags(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    bare = once
    for name in "biu":
        assert once.count(f"<{name}>") == once.count(f"</{name}>")
        bare = bare.replace(f"<{name}>", "").replace(f"</{name}>", "")
    assert "<" not in bare
    assert ">" not in bare


@given(st.text())
def test_text_taken_literally_comes_back(text: str) -> None:
    said = "\n".join(line for part in readable(text).split("\n") if (line := " ".join(part.split())))
    assert plain(tidy(literal(text))) == readable(said)


@pytest.mark.parametrize(
    "text",
    [
        "<" * 200_000,
        "<a" * 100_000,
        "&" * 200_000,
        "&#" * 100_000,
        "<b><i>" * 30_000,
        "<c>ẹ" * 50_000,
        "e" + "\u0301" * 50_000 + "\u0323" * 50_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    begun = time.process_time()
    tidy(text)
    assert time.process_time() - begun < 5
