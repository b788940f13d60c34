"""The machine this runs on: versions, tools, fonts, room."""

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings

from assets.av1 import makes_av1
from mediacenter.doctor.finding import Finding, ok, problem, warning
from permissions.errors import InfrastructureError
from transcoding.ffmpeg.encoders import av1_build
from transcoding.ffmpeg.tools import versions
from transcoding.video.fitting import meter

GIB = 1024**3
LITTLE_ROOM, NO_ROOM = 20 * GIB, 2 * GIB
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
LATIN_FONTS = ("NotoSans-", "DejaVuSans", "LiberationSans")
CHINESE_FONTS = ("NotoSansCJK", "NotoSerifCJK", "wqy-", "SourceHanSans")


def findings() -> Iterator[Finding]:
    yield _python()
    yield from _ffmpeg()
    yield _av1()
    yield from _sandbox()
    yield from _fonts()
    yield _room("disk.data", settings.DATA_DIR, "MEDIACENTER_DATA")
    yield _room("disk.scratch", settings.SCRATCH_DIR, "SCRATCH_DIR")


def _python() -> Finding:
    return ok("python", f"Python {platform.python_version()}, Django {django.get_version()}.")


def _ffmpeg() -> Iterator[Finding]:
    try:
        found = versions()
    except InfrastructureError as error:
        yield problem("ffmpeg", error.message, "Without it no video or audio is processed: apt-get install ffmpeg.")
        return
    problems = found.problems()
    for sentence in problems:
        yield problem("ffmpeg", sentence, "Install the distribution's package: apt-get install ffmpeg.")
    if not problems:
        yield ok("ffmpeg", f"ffmpeg {found.ffmpeg} has every encoder and filter that is needed.")
    if not found.can_tone_map:
        yield warning(
            "ffmpeg.tone_map",
            "This ffmpeg cannot tone-map HDR video (zscale, tonemap).",
            "HDR video will look pale: install a build with libzimg.",
        )
    if meter() is None:
        yield warning(
            "ffmpeg.vmaf",
            "There is no ffmpeg here that measures VMAF: every film gets the fixed ladder.",
            "Install the package imageio-ffmpeg as the product's lock file has it, and do not set IMAGEIO_FFMPEG_EXE.",
        )


def _av1() -> Finding:
    if not makes_av1():
        return ok("ffmpeg.av1", "No video is made in AV1: AV1_FFMPEG is off.")
    try:
        build = av1_build()
    except InfrastructureError as error:
        return warning("ffmpeg.av1", error.message, "Videos stay in H.264, and the jobs for AV1 wait.")
    return ok("ffmpeg.av1", f"{build} encodes AV1 and Opus.")


def _sandbox() -> Iterator[Finding]:
    missing = [name for name in ("prlimit", "setpriv") if shutil.which(name) is None]
    if missing:
        yield problem(
            "sandbox",
            f"{' and '.join(missing)} are missing: files of users cannot be decoded safely.",
            "apt-get install util-linux.",
        )
    else:
        yield ok("sandbox", "Decoders run inside limits (prlimit, setpriv).")


def _fonts() -> Iterator[Finding]:
    names = [path.name for folder in FONT_FOLDERS if folder.is_dir() for path in folder.rglob("*.[ot]t[fc]")]
    for finding_id, wanted, text, package in (
        ("fonts", LATIN_FONTS, "Vietnamese and English", "fonts-noto-core"),
        ("fonts.chinese", CHINESE_FONTS, "Chinese", "fonts-noto-cjk"),
    ):
        if any(name.startswith(wanted) for name in names):
            yield ok(finding_id, f"There are fonts for {text} text in SVG infographics.")
        else:
            sentence = f"No font for {text} text in SVG infographics: it would be blank."
            yield warning(finding_id, sentence, f"apt-get install {package}.")


def _room(finding_id: str, folder: Path, variable: str) -> Finding:
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(existing).free
    text = f"{free / GIB:.1f} GiB free in {folder}."
    if free < NO_ROOM:
        return problem(finding_id, text, f"Free some, or set {variable} to a larger disk.")
    if free < LITTLE_ROOM:
        return warning(finding_id, text, f"A long video needs several times its size: set {variable} to a larger disk.")
    return ok(finding_id, text)
