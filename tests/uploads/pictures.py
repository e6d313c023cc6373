"""Pictures that nobody should trust, drawn here: none is committed, none comes from elsewhere."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image, PngImagePlugin

SCRIPT = b"<script>alert(document.cookie)</script><?php system($_GET['c']); ?>"
#: As above, in letters that a metadata field takes.
WORDS = SCRIPT.decode()


def drawn(form: str = "JPEG", mode: str = "RGB", size=(64, 48), **how: Any) -> bytes:
    """A plain picture of one colour."""
    made = io.BytesIO()
    Image.new(mode, size, how.pop("colour", 0)).save(made, form, **how)
    return made.getvalue()


def folded(size: int, byte: bytes = b"\0", head: bytes = b"") -> bytes:
    """``size`` bytes that are all the same, compressed a thousand to one without holding them."""
    packer = zlib.compressobj(9)
    made = [packer.compress(head)]
    made += [packer.compress(byte * 1_000_000) for _ in range(size // 1_000_000)]
    return b"".join(made) + packer.flush()


def _exif(**tags: Any) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = WORDS
    exif[0x0131] = "Quito secreto"
    for tag, value in tags.items():
        exif[int(tag[1:], 16)] = value
    place = exif.get_ifd(0x8825)
    place.update({1: "S", 2: (0.0, 57.0, 12.5), 3: "W", 4: (80.0, 26.0, 1.0)})
    return exif


def turned() -> bytes:
    """Half red, half blue, held sideways: upright the red is on top."""
    image = Image.new("RGB", (80, 40), "blue")
    image.paste("red", (0, 0, 40, 40))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=95, exif=_exif(x0112=6))
    return made.getvalue()


def png(*chunks: tuple[bytes, bytes], size=(8, 8), depth=8, colour=2, data: bytes | None = None):
    """A PNG by hand: its header says what it likes, and the ``chunks`` stand before the pixels."""
    width, height = size
    pixels = zlib.compress(bytes((width * 3 + 1) * height)) if data is None else data
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)),
        *chunks,
        (b"IDAT", pixels),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def with_segment(marker: int, body: bytes) -> bytes:
    """A JPEG with one more segment behind its beginning."""
    jpeg = drawn()
    return jpeg[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def _sides(jpeg: bytes, width: int, height: int) -> bytes:
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def _layers(count: int) -> bytes:
    """One scan of a progressive JPEG again and again: each is decoded whole."""
    jpeg = drawn(progressive=True, size=(2000, 2000))
    first = jpeg.index(b"\xff\xda")
    second = jpeg.index(b"\xff\xda", first + 2)
    return jpeg[:second] + jpeg[first:second] * count + jpeg[second:]


def _moving(form: str) -> bytes:
    made = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), c) for c in ("red", "lime", "blue")]
    frames[0].save(made, form, save_all=True, append_images=frames[1:], duration=40)
    return made.getvalue()


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../etc/cron.d/mal", "* * * * * root sh")
    return made.getvalue()


def _words(text: bytes) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text.decode())
    info.add_itxt("XML:com.adobe.xmp", text.decode())
    return info


#: What it is → its bytes. Each is kept as a plain JPEG.
HARMLESS: dict[str, Callable[[], bytes]] = {
    "HTML in a JPEG's comment": lambda: drawn(comment=SCRIPT),
    "PHP and a place in a JPEG's EXIF": lambda: drawn(exif=_exif()),
    "PHP in a WEBP's EXIF": lambda: drawn("WEBP", exif=_exif()),
    "XMP in a JPEG": lambda: drawn(xmp=SCRIPT),
    "a script in a PNG's texts": lambda: drawn("PNG", pnginfo=_words(SCRIPT)),
    "HTML hung on behind a JPEG": lambda: drawn() + SCRIPT,
    "a ZIP hung on behind a JPEG": lambda: drawn() + _zip(),
    "HTML hung on behind a PNG": lambda: drawn("PNG") + SCRIPT,
    "a PDF inside a JPEG's comment": lambda: drawn(comment=b"%PDF-1.7 /OpenAction /JS"),
    "an orientation that does not exist": lambda: drawn(exif=_exif(x0112=99)),
    "an EXIF block that is noise": lambda: with_segment(0xE1, b"Exif\0\0" + b"\xff" * 400),
    "an EXIF that points at itself": lambda: with_segment(
        0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\x08"
    ),
    "an ICC profile that is noise": lambda: drawn(icc_profile=b"\x80" * 60_000),
    "an ICC profile in a hundred parts": lambda: drawn(icc_profile=b"A" * 4_000_000),
    "CMYK": lambda: drawn(mode="CMYK"),
    "16 bits a pixel": lambda: drawn("PNG", "I;16"),
    "a palette that is partly clear": lambda: drawn("PNG", "P", transparency=0),
    "an alpha channel": lambda: drawn("PNG", "RGBA"),
    "grey with alpha": lambda: drawn("PNG", "LA"),
    "one bit a pixel": lambda: drawn("PNG", "1"),
    "a WEBP that moves": lambda: _moving("WEBP"),
    "a PNG that moves": lambda: _moving("PNG"),
    "a JPEG of two pictures": lambda: _moving("MPO"),
    "a picture of one pixel": lambda: drawn(size=(1, 1)),
    "a picture as thin as a hair": lambda: drawn("PNG", size=(1, 20_000)),
    "48 million pixels": lambda: drawn(mode="L", size=(8000, 6000)),
    "chunks that nobody knows": lambda: png((b"eVIl", SCRIPT * 50)),
    "a picture upside down": turned,
}
#: What it is → its bytes and a word of the sentence that refuses it.
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a PNG bomb": (
        lambda: png(size=(50_000, 50_000), data=folded(9_000_000)),
        "pixels",
    ),
    "a PNG of 65 million white pixels": (
        lambda: drawn("PNG", "1", size=(13_000, 5_010)),
        "pixels",
    ),
    "a JPEG that says 65 500 by 65 500": (lambda: _sides(drawn(), 65_500, 65_500), "pixels"),
    "a JPEG of five hundred layers": (lambda: _layers(500), "layers"),
    "a PNG whose text unfolds to a gigabyte": (
        lambda: png((b"zTXt", b"Comment\0\0" + folded(1_000_000_000))),
        "damaged",
    ),
    "a PNG that says nothing by nothing": (lambda: png(size=(0, 0)), "damaged"),
    "a JPEG that is cut off in its head": (lambda: drawn()[:200], "damaged"),
    "a PNG that is cut off": (
        lambda: drawn("PNG", "RGB", size=(900, 900), colour="red")[:300],
        "damaged",
    ),
    "a WEBP that is cut off": (lambda: drawn("WEBP", size=(900, 900))[:60], "damaged"),
    "nothing but the first three bytes": (lambda: b"\xff\xd8\xff", "damaged"),
    "noise behind a PNG's first bytes": (lambda: b"\x89PNG\r\n\x1a\n" + b"\x5a" * 5000, "damaged"),
    "an SVG with a script": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "only",
    ),
    "HTML": (lambda: b"<!doctype html>" + SCRIPT, "only"),
    "a ZIP": (_zip, "only"),
    "a GIF that is a script too": (lambda: b"GIF89a/*" + drawn("GIF")[8:] + b"*/=1;", "only"),
    "a TIFF": (lambda: drawn("TIFF"), "only"),
    "a BMP": (lambda: drawn("BMP"), "only"),
    "an icon": (lambda: drawn("ICO"), "only"),
    "a program": (lambda: b"MZ" + bytes(500), "only"),
    "a shell script": (lambda: b"#!/bin/sh\nrm -rf /\n", "only"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (r) file", "only"),
    "a single NUL": (lambda: b"\0", "only"),
    "no byte at all": (lambda: b"", "empty"),
}
