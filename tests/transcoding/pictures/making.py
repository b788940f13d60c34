"""Pictures made for tests, and one way to process them."""

import io
import json
import struct
import subprocess
import zlib
from pathlib import Path

from PIL import Image

from transcoding.pictures.process import process_picture
from transcoding.results import ProcessingResult
from transcoding.sniff import sniff


def gradient(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Smooth and different in each corner, so that turning or mirroring it shows."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge("RGB", (across, down, Image.new("L", (width, height), 96)))
    return picture if mode == "RGB" else picture.convert(mode)


def saved(folder: Path, image: Image.Image, name: str, **options: object) -> Path:
    path = folder / name
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def processed(source: Path, folder: Path, kind: str = "photo", **options: object) -> ProcessingResult:
    """Process ``source`` in a new folder ``folder``."""
    folder.mkdir()
    options.setdefault("on_progress", lambda _: None)
    return process_picture(source, sniffed=sniff(source), kind=kind, workdir=folder, **options)  # type: ignore[arg-type]


def profiles(result: ProcessingResult) -> set[str]:
    return {rendition.profile for rendition in result.renditions}


def exiftool(path: Path) -> dict[str, object]:
    """All tags that exiftool finds, with their groups: ``EXIF:Artist``."""
    done = subprocess.run(
        ["exiftool", "-json", "-G", "-n", "-a", str(path)], capture_output=True, check=True, timeout=60
    )
    (tags,) = json.loads(done.stdout)
    return dict(tags)


def tag_with_exiftool(path: Path, *arguments: str) -> None:
    subprocess.run(
        ["exiftool", "-overwrite_original", *arguments, str(path)], capture_output=True, check=True, timeout=60
    )


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that claims, and holds, ``width`` × ``height`` black pixels of one bit."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer, packed = zlib.compressobj(9), io.BytesIO()
    row = b"\0" * (1 + (width + 7) // 8)
    for _ in range(height):
        packed.write(packer.compress(row))
    packed.write(packer.flush())
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed.getvalue()) + chunk(b"IEND", b"")


def pdf_of_one_page(width: float = 400, height: float = 200, *, drawing: str = "1 0 0 rg 0 0 400 200 re f") -> bytes:
    """A page in points, painted red unless told otherwise."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R /Resources << >> >>",
        f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
        "<< /Title (Gross domestic product) /Author (General Statistics Office) >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 5 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return out + trailer.encode()


def svg(body: str, attributes: str = 'width="400" height="200"', prologue: str = "") -> bytes:
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{prologue}<svg {namespaces} {attributes}>{body}</svg>".encode()
