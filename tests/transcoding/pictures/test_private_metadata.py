"""Nothing that a camera, a phone or an editor wrote about people and places leaves with a rendition."""

import io
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.transcoding.pictures.making import exiftool, gradient, processed, tag_with_exiftool

SECRET = "không-được-lộ-do-not-tell"
LATITUDE = 21.028511
XMP = f"""<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
<rdf:Description rdf:about='' xmlns:exif='http://ns.adobe.com/exif/1.0/' exif:GPSLatitude='21,1.71066N'
 exif:GPSLongitude='105,51.25686E' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:CreatorTool='{SECRET}'
 xmlns:aux='http://ns.adobe.com/exif/1.0/aux/' aux:SerialNumber='{SECRET}' aux:OwnerName='{SECRET}'
 xmlns:xmpMM='http://ns.adobe.com/xap/1.0/mm/' xmpMM:DocumentID='{SECRET}'
 xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'>
<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>{SECRET}</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def private_exif() -> Image.Exif:
    """Owner, serial numbers, GPS, a maker note and a thumbnail's worth of everything."""
    exif = Image.Exif()
    exif[0x013B] = exif[0x9C9D] = SECRET  # Artist, XPAuthor
    exif[0x0131] = SECRET  # Software
    details = exif.get_ifd(0x8769)
    details[0x927C] = b"Canon\0" + SECRET.encode() * 4  # MakerNote
    details[0xA430] = details[0xA431] = details[0xA435] = SECRET  # owner, body, lens
    details[0x9286] = b"UNICODE\0" + SECRET.encode()  # UserComment
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (21.0, 1.0, 42.64), "E", (105.0, 51.0, 15.41)
    return exif


def private_source(folder: Path, suffix: str) -> Path:
    path = folder / f"p.{suffix}"
    picture = gradient(700, 500)
    if suffix == "heic":
        import pillow_heif

        heif = pillow_heif.from_pillow(picture)
        heif.info["exif"], heif.info["xmp"] = private_exif().tobytes(), XMP
        heif.save(path, quality=90)
        return path
    options: dict[str, object] = {"exif": private_exif()}
    if suffix == "png":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        text.add_text("Author", SECRET)
        options["pnginfo"] = text
    elif suffix == "tiff":
        options["tiffinfo"] = {700: XMP}
    elif suffix != "gif":
        options["xmp"] = XMP
    if suffix == "gif":
        options = {"comment": SECRET.encode()}
    picture.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif", "heic", "gif"])
def test_no_private_word_and_no_place_of_any_source_is_in_any_rendition(tmp_path: Path, suffix: str) -> None:
    source = private_source(tmp_path, suffix)
    assert SECRET.encode() in source.read_bytes(), "the source tells"
    result = processed(source, tmp_path / "out")
    assert_silent(result.renditions, tmp_path / "out")
    assert str(LATITUDE) not in repr(result)


def test_nothing_of_what_editors_hide_in_a_jpeg_is_in_any_rendition(tmp_path: Path) -> None:
    """A thumbnail of the uncropped picture, Photoshop's blocks, a second picture behind the first, extended XMP."""
    first, behind = gradient(700, 500), io.BytesIO()
    Image.new("RGB", (300, 300), (250, 0, 0)).save(behind, "JPEG", exif=private_exif(), comment=SECRET)
    path = tmp_path / "p.jpg"
    first.save(path, exif=private_exif(), xmp=XMP, comment=SECRET)
    (tmp_path / "thumbnail.jpg").write_bytes(behind.getvalue())
    tag_with_exiftool(path, f"-EXIF:ThumbnailImage<={tmp_path / 'thumbnail.jpg'}", f"-IPTC:Contact={SECRET}")
    tag_with_exiftool(
        path, f"-XMP-dc:Description={SECRET * 3000}", "-Photoshop:CopyrightFlag=1", f"-XMP-photoshop:History={SECRET}"
    )
    path.write_bytes(path.read_bytes() + behind.getvalue())
    result = processed(path, tmp_path / "out")
    assert_silent(result.renditions, tmp_path / "out")


def assert_silent(renditions: tuple[object, ...], folder: Path) -> None:
    for each in renditions:
        path = folder / each.path  # type: ignore[attr-defined]
        data = path.read_bytes()
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert SECRET.encode(encoding) not in data
        for block in (b"GPS", b"MakerNote", b"Canon", b"Photoshop", b"http://ns.adobe.com/xap"):
            assert block not in data, (path.name, block)
        tags = exiftool(path)
        groups = {tag.split(":")[0] for tag in tags}
        assert groups.isdisjoint({"EXIF", "XMP", "IPTC", "Photoshop", "MakerNotes", "MPF"}), (path.name, groups)
        assert not [tag for tag in tags if "GPS" in tag]
