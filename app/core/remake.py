"""Make an untrusted picture or PDF again, in a process of its own: ``python -I remake.py picture|document``.

Reads the file from standard input and writes a JPEG or a PDF to standard output. Exit code 3 is a refusal,
whose reason, one word, is the last on standard error. A decoder that crashes, loops or eats memory
takes nothing with it but this process, which has limits. Imports nothing of Telecobro's.
"""

from __future__ import annotations

import io
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf
from PIL import Image

REFUSED = 3

_MB = 1024 * 1024
_MEMORY = 1024 * _MB
_SECONDS = 20
#: A telephone's largest picture has 50 million pixels; with more the sides are no photo's.
_PIXELS = 64_000_000
_SIDE = 1600
_QUALITY = 85
#: A progressive JPEG has about ten; each is decoded whole.
_SCANS = 60
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_PAGES = 200
_FLATE = 64 * _MB
_FILTERS = 4
_OBJECTS = 200_000
#: What of a page is drawn; everything else (actions, annotations, threads, metadata) stays behind.
_PAGE_KEYS = {
    *("/Type", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox"),
    *("/ArtBox", "/Rotate", "/UserUnit", "/Group"),
}
#: Under these a dictionary's keys are names that the page's author chose.
_NAME_MAPS = {
    *("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/Properties"),
    *("/CharProcs", "/Colorants"),
}
#: Never drawn, wherever they stand.
_ACTIVE = {
    *("/A", "/AA", "/AF", "/AcroForm", "/Alternates", "/Annots", "/EF", "/EmbeddedFiles", "/JS"),
    *("/JavaScript", "/Launch", "/LastModified", "/Metadata", "/Names", "/OPI", "/OpenAction"),
    *("/PieceInfo", "/Ref", "/RichMediaContent", "/StructParent", "/StructParents", "/SubmitForm"),
    *("/Thumb", "/URI", "/XFA", "/Measure", "/PtData", "/Parent"),
}
#: Segments of a JPEG: JFIF, ICC and Adobe.
_COLOURS = {0xE0, 0xE2, 0xEE}
#: A stream whose content lies in another file.
_ELSEWHERE = {"/F", "/FFilter", "/FDecodeParms"}


class Refused(Exception):
    """The file is not taken; its one argument says why: broken, pixels, scans, encrypted, pages or large."""


def main() -> int:
    """The exit code; the file made again, or why not, is written."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    make = {"picture": picture, "document": document}[sys.argv[1]]
    try:
        made = make(sys.stdin.buffer.read())
    except Refused as refused:
        print(refused, file=sys.stderr)
        return REFUSED
    except Exception as error:
        # Decoders say no with whatever comes: what cannot be read is not taken.
        print(type(error).__name__, "broken", file=sys.stderr)
        return REFUSED
    sys.stdout.buffer.write(made)
    return 0


# --- pictures


def picture(data: bytes) -> bytes:
    """The first frame of a JPEG, PNG or WEBP as a JPEG of at most 1600 px a side, upright and without anything
    that is not drawn (place, author, comments, colour profile, what was hung on behind)."""
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > _SCANS:
        raise Refused("scans")
    try:
        image: Any = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("pixels") from None
    if image.width * image.height > _PIXELS:
        raise Refused("pixels")
    turn = _turn(image)
    image.draft("RGB", (_SIDE, _SIDE))
    image.load()
    image = _plain(image)
    image.thumbnail((_SIDE, _SIDE))
    if turn is not None:
        image = image.transpose(turn)
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    made = io.BytesIO()
    clean.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


def _turn(image: Any) -> Image.Transpose | None:
    """How the camera was held; a picture whose EXIF cannot be read is left as it lies."""
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION))
    except Exception:
        return None


def _plain(image: Any) -> Any:
    """In red, green and blue on white, 8 bits each."""
    if image.mode.startswith("I"):
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white
    return image.convert("RGB")


# --- documents


def document(data: bytes) -> bytes:
    """The pages of a PDF and nothing else of it, as they look: what is typed in a form or stamped on a page is
    drawn into it, and no link, script, action, attached file, outline or metadata is left."""
    pikepdf.settings.set_qpdf_limits(
        doc_max_warnings=1000,
        max_stream_filters=_FILTERS,
        flate_max_memory=_FLATE,
        run_length_max_memory=_FLATE,
        png_max_memory=_FLATE,
        tiff_max_memory=_FLATE,
        dct_max_memory=_FLATE,
        dct_max_progressive_scans=_SCANS,
    )
    try:
        source = pikepdf.open(io.BytesIO(data), attempt_recovery=False)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    with source, pikepdf.new() as made:
        if source.is_encrypted:
            raise Refused("encrypted")
        _check_size(source)
        if any("/Annots" in page.obj for page in source.pages):
            source.flatten_annotations("screen")
        for page in source.pages:
            for key in set(page.obj.keys()) - _PAGE_KEYS - {"/Parent"}:
                del page.obj[key]
        made.pages.extend(source.pages)
        for page in made.pages:
            _disarm(page.obj)
        return _written(made)


def _check_size(source: pikepdf.Pdf) -> None:
    if len(source.objects) > _OBJECTS:
        raise Refused("large")
    if not 0 < len(source.pages) <= _PAGES:
        raise Refused("pages" if len(source.pages) else "broken")


def _disarm(page: Any) -> None:
    """Take what is never drawn out of everything that the page reaches."""
    seen: set[tuple[int, int]] = set()
    waiting = [(item, key in _NAME_MAPS) for key, item in page.items() if key != "/Parent"]
    while waiting:
        value, chosen_names = waiting.pop()
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            if value.objgen in seen:
                continue
            seen.add(value.objgen)
        waiting += _inside(value, chosen_names)


def _inside(value: Any, chosen_names: bool) -> Iterator[tuple[Any, bool]]:
    if isinstance(value, pikepdf.Array):
        yield from ((item, False) for item in value)
    elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        if not chosen_names:
            _strip(value)
        yield from ((item, key in _NAME_MAPS) for key, item in value.items())


def _strip(value: Any) -> None:
    gone = _ACTIVE | _ELSEWHERE if isinstance(value, pikepdf.Stream) else _ACTIVE
    for key in gone & set(value.keys()):
        del value[key]
    if isinstance(value, pikepdf.Stream):
        _strip_stream(value)


def _strip_stream(value: Any) -> None:
    filters = value.get("/Filter")
    if isinstance(filters, pikepdf.Array):
        if len(filters) > _FILTERS:
            raise Refused("large")
        filters = filters[0] if len(filters) == 1 else None
    if value.get("/Subtype") == "/PS":
        value.write(b"")
    elif filters == "/DCTDecode":
        data = _drawn_only(value.read_raw_bytes())
        value.write(data, filter=filters, decode_parms=value.get("/DecodeParms"))


def _drawn_only(jpeg: bytes) -> bytes:
    """A JPEG without its comments and the segments of applications, but for the three that say how its
    colours are meant (JFIF, ICC, Adobe): a camera writes there where and by whom it was taken."""
    kept, at = [jpeg[:2]], 2
    while jpeg[at : at + 1] == b"\xff" and jpeg[at + 1 : at + 2] not in (b"\xda", b""):
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        marker = jpeg[at + 1]
        if marker in _COLOURS or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(jpeg[at:end])
        at = end
    return b"".join(kept) + jpeg[at:]


def _written(made: pikepdf.Pdf) -> bytes:
    made.remove_unreferenced_resources()
    target = io.BytesIO()
    made.save(
        target,
        static_id=False,
        deterministic_id=True,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        fix_metadata_version=False,
    )
    return target.getvalue()


if __name__ == "__main__":
    sys.exit(main())
