"""Spoken bulletins and the videos that show them: espeak-ng reads, Pillow draws, ffmpeg puts it together."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from mediacenter.demo.drawing import caption_layer
from mediacenter.processes import run_tool

VOICES = {"vi": "vi", "en": "en-gb", "zh": "cmn"}
WORDS_PER_MINUTE = {"vi": 150, "en": 155, "zh": 170}
PAUSE_SECONDS = 0.7
TIMEOUT = 300.0
OVERSCAN = 1.12
"""How much larger than the frame a picture is drawn, so that the frame can travel over it."""


@dataclass(frozen=True, kw_only=True)
class Slide:
    """``said`` is read aloud while ``title`` and ``shown`` stand over the picture."""

    picture: Image.Image
    title: str
    shown: str
    said: str


def speak(text: str, path: Path, *, language: str) -> float:
    """Write a WAV of the text read aloud and a pause after it; its length in seconds."""
    command = ["espeak-ng", "-v", VOICES[language], "-s", str(WORDS_PER_MINUTE[language]), "-w", str(path), text]
    run_tool(command, timeout=TIMEOUT)
    with wave.open(str(path)) as sound:
        facts, frames = sound.getparams(), sound.readframes(sound.getnframes())
    silence = bytes(int(PAUSE_SECONDS * facts.framerate) * facts.sampwidth * facts.nchannels)
    with wave.open(str(path), "wb") as sound:
        sound.setparams(facts)
        sound.writeframes(frames + silence)
    return float((len(frames) + len(silence)) / (facts.framerate * facts.sampwidth * facts.nchannels))


def bulletin(texts: Sequence[str], path: Path, *, language: str) -> None:
    """The texts one after the other as audio, in the format that the file's ending names (wav, flac, mp3, m4a, ogg)."""
    parts = []
    for number, text in enumerate(texts):
        part = path.with_name(f"{path.stem}-{number}.wav")
        speak(text, part, language=language)
        parts.append(part)
    joined = path.with_name(f"{path.stem}-all.wav")
    _join(parts, joined)
    run_tool(audio_command(joined, path), timeout=TIMEOUT)
    for part in (*parts, joined):
        part.unlink()


def audio_command(source: Path, target: Path) -> list[str]:
    return [*_FFMPEG, "-i", str(source), "-ar", "44100", "-ac", "2", *_REPEATABLE, str(target)]


def film(slides: Sequence[Slide], path: Path, *, language: str, size: tuple[int, int] = (1280, 720)) -> None:
    """An MP4 of the slides, each as long as its text takes to read, the picture slowly travelling."""
    folder = path.parent
    sounds, seconds = [], []
    for number, slide in enumerate(slides):
        sound = folder / f"{path.stem}-{number}.wav"
        seconds.append(speak(slide.said, sound, language=language))
        sounds.append(sound)
        large = (round(size[0] * OVERSCAN), round(size[1] * OVERSCAN))
        ImageOps.fit(slide.picture, large, Image.Resampling.LANCZOS).save(folder / f"{path.stem}-{number}.png")
        caption_layer(size, title=slide.title, text=slide.shown).save(folder / f"{path.stem}-{number}-text.png")
    voice = folder / f"{path.stem}-all.wav"
    _join(sounds, voice)
    run_tool(film_command(path, seconds, size), timeout=TIMEOUT)
    for left in folder.glob(f"{path.stem}-*"):
        left.unlink()


def film_command(path: Path, seconds: Sequence[float], size: tuple[int, int], *, rate: int = 25) -> list[str]:
    """The ffmpeg command of :func:`film`; its inputs lie beside ``path``."""
    inputs: list[str] = []
    chains: list[str] = []
    for number, length in enumerate(seconds):
        for ending in (".png", "-text.png"):
            image = path.with_name(f"{path.stem}-{number}{ending}")
            inputs += ["-i", str(image)]
        stand = f"loop=loop=-1:size=1,setpts=N/({rate}*TB),trim=duration={length:.3f}"  # decoded once, shown long
        travel = f"crop={size[0]}:{size[1]}:x='(iw-ow)*t/{length:.3f}':y='(ih-oh)/2'"
        fades = f"fade=in:st=0:d=0.4,fade=out:st={max(length - 0.4, 0):.3f}:d=0.4"
        chains.append(f"[{2 * number}:v]format=yuv420p,{stand},{travel}[b{number}]")
        chains.append(f"[{2 * number + 1}:v]format=yuva420p,{stand}[t{number}]")
        chains.append(f"[b{number}][t{number}]overlay=shortest=1,{fades},setsar=1[s{number}]")
    joined = "".join(f"[s{number}]" for number in range(len(seconds)))
    chains.append(f"{joined}concat=n={len(seconds)}:v=1:a=0,format=yuv420p[v]")
    voice = path.with_name(f"{path.stem}-all.wav")
    return [
        *_FFMPEG,
        *inputs,
        *("-i", str(voice), "-filter_complex", ";".join(chains), "-map", "[v]", "-map", f"{2 * len(seconds)}:a"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-c:a", "aac", "-b:a", "128k", "-ar", "48000"),
        *("-movflags", "+faststart", *_REPEATABLE, str(path)),
    ]


_FFMPEG = ("ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-y")
_REPEATABLE = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")


def _join(parts: Sequence[Path], target: Path) -> None:
    with wave.open(str(target), "wb") as out:
        for number, part in enumerate(parts):
            with wave.open(str(part)) as sound:
                if number == 0:
                    out.setparams(sound.getparams())
                out.writeframes(sound.readframes(sound.getnframes()))
