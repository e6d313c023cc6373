"""PDFs that nobody should trust, written here: none is committed, none comes from elsewhere."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from tests.uploads.pictures import SCRIPT, drawn, folded

_RUN = Dictionary(S=Name.Launch, F=String("cmd.exe"), Win=Dictionary(F=String("cmd.exe")))
_JS = Dictionary(S=Name.JavaScript, JS=String("app.alert('SECRETO')"))
_URI = Dictionary(S=Name.URI, URI=String("https://mal.example/SECRETO"))
_SEND = Dictionary(S=Name.SubmitForm, F=String("https://mal.example/SECRETO"))
_AWAY = Dictionary(S=Name.GoToR, F=String(r"\\mal.example\SECRETO.pdf"), D=Array([0]))


def plain(pages: int = 1, words: str = "Planilla de agua") -> Pdf:
    """A document of so many pages with ``words`` on each."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(300, 300))
        page = pdf.pages[-1]
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        # A name that is also the key of an action: it is a font's here, and has to stay.
        page.Resources = Dictionary(Font=Dictionary(A=font))
        page.Contents = pdf.make_stream(f"BT /A 18 Tf 40 200 Td ({words}) Tj ET".encode())
    return pdf


def saved(pdf: Pdf, **how: Any) -> bytes:
    """Its bytes."""
    made = io.BytesIO()
    pdf.save(made, **how)
    return made.getvalue()


def _root(**given: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        pdf = plain()
        for key, value in given.items():
            pdf.Root[f"/{key}"] = value
        return saved(pdf)

    return make


def _annotated(**given: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        pdf = plain()
        note = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 300, 300]), **given)
        pdf.pages[0].Annots = Array([pdf.make_indirect(note)])
        return saved(pdf)

    return make


def _attached(name: str, data: bytes) -> bytes:
    pdf = plain()
    pdf.attachments[name] = data
    return saved(pdf)


def _form() -> bytes:
    """A field in which something was typed, with its picture, a script at its keys, and XFA beside it."""
    pdf = plain()
    look = pdf.make_stream(
        b"0 0 1 rg 0 0 100 20 re f",
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 100, 20]),
    )
    field = pdf.make_indirect(
        Dictionary(
            **{"Type": Name.Annot, "Subtype": Name.Widget, "FT": Name.Tx, "T": String("SECRETO")},
            Rect=Array([20, 20, 120, 40]),
            AP=Dictionary(N=look),
            AA=Dictionary(K=_JS),
            F=4,
        )
    )
    pdf.pages[0].Annots = Array([field])
    xfa = pdf.make_stream(b"<xdp><script>SECRETO</script></xdp>")
    pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=Array([field]), XFA=xfa))
    return saved(pdf)


def _outline() -> bytes:
    pdf = plain()
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("SECRETO", action=_URI))
    return saved(pdf)


def _page(**given: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        pdf = plain()
        for key, value in given.items():
            pdf.pages[0].obj[f"/{key}"] = value
        return saved(pdf)

    return make


def _drawn_from(**stream: Any) -> Callable[[], bytes]:
    """A page that draws one object, which carries something beside what is drawn."""

    def make() -> bytes:
        pdf = plain()
        look = pdf.make_stream(b"0 0 9 9 re f", Type=Name.XObject, BBox=Array([0, 0, 9, 9]))
        for key, value in ({"Subtype": Name.Form} | stream).items():
            look[f"/{key}"] = value
        pdf.pages[0].Resources.XObject = Dictionary(X=look)
        return saved(pdf)

    return make


def _photo() -> bytes:
    pdf = plain()
    look = pikepdf.Stream(pdf, drawn(comment=b"SECRETO" + SCRIPT))
    look.stream_dict.update(
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Filter=Name.DCTDecode,
            Width=64,
            Height=48,
            BitsPerComponent=8,
            ColorSpace=Name.DeviceRGB,
        )
    )
    pdf.pages[0].Resources.XObject = Dictionary(X=look)
    return saved(pdf)


def _told() -> bytes:
    pdf = plain()
    pdf.docinfo["/Author"] = "SECRETO"
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = "SECRETO"
    return saved(pdf)


def by_hand(*objects: str, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, with a table that agrees."""
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer << /Size {len(objects) + 1} /Root {root} 0 R >>\nstartxref\n{len(made)}\n%%EOF"
    return bytes(made) + end.encode()


def _packed_objects(size: int) -> bytes:
    """Objects packed into a stream that unfolds to ``size`` bytes, and the table to find them."""
    packed = folded(size, b" ", b"1 0 ")
    made = b"%PDF-1.7\n"
    place = len(made)
    head = f"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {len(packed)}>>"
    made += f"2 0 obj\n{head}stream\n".encode() + packed + b"\nendstream\nendobj\n"
    at = len(made)
    rows = b"\x00\x00\x00\x00\x00\xff" + b"\x02\x00\x00\x00\x02\x00"
    rows += b"\x01" + place.to_bytes(4, "big") + b"\x00" + b"\x01" + at.to_bytes(4, "big") + b"\x00"
    head = f"<</Type/XRef/W[1 4 1]/Size 4/Root 1 0 R/Length {len(rows)}>>"
    return (
        made
        + f"3 0 obj\n{head}stream\n".encode()
        + rows
        + (f"\nendstream\nendobj\nstartxref\n{at}\n%%EOF".encode())
    )


def _many_filters() -> bytes:
    pdf = plain()
    data = bytes(1000)
    for _ in range(9):
        data = zlib.compress(data)
    look = pikepdf.Stream(pdf, data)
    look.stream_dict.Filter = Array([Name.FlateDecode] * 9)
    pdf.pages[0].Contents = look
    return saved(pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


def _locked(**how: str) -> bytes:
    return saved(plain(), encryption=pikepdf.Encryption(**how))


_CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"
#: What it is → its bytes. Each is kept as its pages alone.
HARMLESS: dict[str, Callable[[], bytes]] = {
    "a script on opening": _root(OpenAction=_JS),
    "a program on opening": _root(OpenAction=_RUN),
    "a script on closing": _root(AA=Dictionary(WC=_JS)),
    "scripts in the name tree": _root(
        Names=Dictionary(JavaScript=Dictionary(Names=Array([String("SECRETO"), _JS])))
    ),
    "a script on a page's opening": _page(AA=Dictionary(O=_JS)),
    "a page's own metadata and files": _page(PieceInfo=Dictionary(Mal=String("SECRETO"))),
    "a link that runs a program": _annotated(Subtype=Name.Link, A=_RUN),
    "a link to an address": _annotated(Subtype=Name.Link, A=_URI),
    "a link that sends": _annotated(Subtype=Name.Link, A=_SEND),
    "a link to a file elsewhere": _annotated(Subtype=Name.Link, A=_AWAY),
    "an action behind an action": _annotated(
        Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=Array([]), Next=Array([_JS, _RUN]))
    ),
    "rich media": _annotated(
        Subtype=Name.RichMedia, RichMediaContent=Dictionary(Assets=String("SECRETO"))
    ),
    "a film": _annotated(Subtype=Name.Movie, Movie=Dictionary(F=String("SECRETO.avi"))),
    "a three-dimensional model": _annotated(Subtype=Name("/3D"), **{"3DD": String("SECRETO")}),
    "a file pinned to a page": _annotated(
        Subtype=Name.FileAttachment, FS=Dictionary(Type=Name.Filespec, F=String("SECRETO.exe"))
    ),
    "a program inside": lambda: _attached("SECRETO.exe", b"MZ" + bytes(5000)),
    "a PDF inside": lambda: _attached("SECRETO.pdf", saved(plain())),
    "a form with scripts and XFA": _form,
    "an outline with an address": _outline,
    "a name tree that holds itself": lambda: by_hand(
        "<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 4 0 R >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",
        "<< /Kids [4 0 R 4 0 R] /Limits [(a) (SECRETO)] >>",
    ),
    "resources that hold themselves": lambda: by_hand(
        _CATALOG,
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Resources 4 0 R >>",
        "<< /XObject 4 0 R /Font 4 0 R /Self 4 0 R >>",
    ),
    "a content that lies in another file": _drawn_from(F=String("/etc/SECRETO")),
    "a drawing from another document": _drawn_from(Ref=Dictionary(F=String("SECRETO.pdf"), Page=0)),
    "PostScript to be drawn": _drawn_from(Subtype=Name.PS, OPI=Dictionary(SECRETO=String("x"))),
    "metadata of a drawing": _drawn_from(Metadata=Dictionary(SECRETO=String("x"))),
    "a photo with its camera's words": _photo,
    "author and title": _told,
    "a head that stands 900 bytes in": lambda: b"\n" * 900 + saved(plain()),
    "HTML hung on behind": lambda: saved(plain()) + b"\n" + SCRIPT,
    "200 pages": lambda: saved(plain(200)),
}
#: What it is → its bytes and a word of the sentence that refuses it.
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a password": (lambda: _locked(user="clave", owner="clave"), "password"),
    "a password that only forbids": (lambda: _locked(user="", owner="clave"), "password"),
    "half of a file": (lambda: saved(plain(20))[:2000], "damaged"),
    "a head and nothing": (lambda: b"%PDF-1.7\n", "damaged"),
    "HTML with a head": (lambda: b"%PDF-1.4\n" + SCRIPT * 20, "damaged"),
    "a page tree that holds itself": (
        lambda: by_hand(_CATALOG, "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 99 >>"),
        "damaged",
    ),
    "no page": (lambda: by_hand(_CATALOG, "<< /Type /Pages /Kids [] /Count 0 >>"), "damaged"),
    "201 pages": (lambda: saved(plain(201)), "pages"),
    "100 000 pages": (
        lambda: by_hand(
            _CATALOG,
            "<< /Type /Pages /Count 100000 /Resources << >> /Kids ["
            + " ".join(f"{n} 0 R" for n in range(3, 100_003))
            + "] >>",
            *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"] * 100_000,
        ),
        "pages",
    ),
    "objects that unfold to 2 GB": (lambda: _packed_objects(2_000_000_000), "damaged"),
    "arrays within arrays within arrays": (
        lambda: by_hand(_CATALOG, f"<< /Type /Pages /Kids {'[' * 200_000} >>"),
        "damaged",
    ),
    "a content that is folded nine times": (_many_filters, "unfolds"),
}
