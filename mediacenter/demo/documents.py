"""PDF infographics with real text: drawn by PDFium, with the letters' outlines embedded."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw

from mediacenter.demo.drawing import GOLD, INK, RED, Colour, wrapped
from mediacenter.demo.fonts import require_font

A4 = (595, 842)
"""Points."""


class _Page:
    """Draws on one page; y counts from the top."""

    def __init__(self, document: pdfium.PdfDocument, font: Path) -> None:
        self._document = document
        self._page = document.new_page(*A4)
        content = font.read_bytes()
        array = (ctypes.c_ubyte * len(content)).from_buffer_copy(content)
        self._font = raw.FPDFText_LoadFont(document.raw, array, len(content), raw.FPDF_FONT_TRUETYPE, True)

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        shape = raw.FPDFPageObj_CreateNewRect(x, A4[1] - y - height, width, height)
        raw.FPDFPageObj_SetFillColor(shape, *colour, 255)
        raw.FPDFPath_SetDrawMode(shape, raw.FPDF_FILLMODE_WINDING, False)
        raw.FPDFPage_InsertObject(self._page.raw, shape)

    def text(self, x: float, y: float, text: str, *, size: float, colour: Colour = INK) -> None:
        letters = raw.FPDFPageObj_CreateTextObj(self._document.raw, self._font, size)
        encoded = (text + "\0").encode("utf-16-le")
        units = (ctypes.c_ushort * (len(encoded) // 2)).from_buffer_copy(encoded)
        raw.FPDFText_SetText(letters, units)
        raw.FPDFPageObj_SetFillColor(letters, *colour, 255)
        raw.FPDFPageObj_Transform(letters, 1, 0, 0, 1, x, A4[1] - y)
        raw.FPDFPage_InsertObject(self._page.raw, letters)

    def finish(self) -> None:
        self._page.gen_content()
        self._page.close()
        raw.FPDFFont_Close(self._font)


def steps_pdf(path: Path, *, title: str, steps: Sequence[tuple[str, str]], footer: str) -> None:
    """One A4 page: a title and numbered steps, each a heading and a sentence."""
    document = pdfium.PdfDocument.new()
    page = _Page(document, require_font())
    page.rectangle(0, 0, A4[0], A4[1], (250, 248, 243))
    page.rectangle(0, 0, A4[0], 130, RED)
    y = 56
    for line in wrapped(title, 34):
        page.text(40, y, line, size=26, colour=(255, 255, 255))
        y += 36
    for number, (heading, sentence) in enumerate(steps):
        top = 165 + number * 118
        page.rectangle(40, top, 64, 64, GOLD)
        page.text(62, top + 44, str(number + 1), size=34)
        page.text(124, top + 22, heading, size=19)
        for row, line in enumerate(wrapped(sentence, 62)):
            page.text(124, top + 46 + row * 19, line, size=13, colour=(80, 84, 96))
    page.text(40, A4[1] - 32, footer, size=10, colour=(110, 112, 120))
    page.finish()
    document.save(path)
    document.close()
