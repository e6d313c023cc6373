"""Each hostile PDF is refused in one sentence, or kept as its pages and nothing else."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest

from app.core.errors import RuleBroken
from tests.uploads.documents import HARMLESS, REFUSED, plain, saved

#: Keys and words that no kept document has, wherever they stood.
_ACTIVE = re.compile(
    rb"/(JS|JavaScript|OpenAction|AA|Launch|URI|SubmitForm|GoToR|EmbeddedFiles?|EF|Filespec|XFA"
    rb"|AcroForm|Annots|RichMedia\w*|Movie|3DD|Metadata|Info|Names|Outlines|PieceInfo|OPI|Ref)\b"
    rb"|SECRETO|<script|<\?php|MZ\0|mal\.example"
)


def _unfolded(kept: bytes) -> bytes:
    """Everything in the document, as text: no stream is compressed, no object is packed."""
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        pdf.save(
            made,
            qdf=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
        )
    return made.getvalue()


@pytest.mark.parametrize("what", HARMLESS)
def test_a_hostile_document_is_kept_as_its_pages_alone(attach, folder, what):
    data = HARMLESS[what]()
    stored = attach(data, "planilla.jpg")
    kept = (folder / stored.stored_as).read_bytes()
    assert (stored.media_type, stored.name) == ("application/pdf", "planilla.pdf")
    assert kept.startswith(b"%PDF-") and stored.size == len(kept)
    assert _ACTIVE.findall(_unfolded(kept)) == []
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert len(pdf.pages) == len(pikepdf.open(io.BytesIO(data)).pages)


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_made_harmless_is_refused_in_one_sentence(attach, folder, what):
    make, word = REFUSED[what]
    with pytest.raises(RuleBroken) as refused:
        attach(make(), "planilla.pdf")
    assert refused.value.field == "file"
    assert word in str(refused.value) and "planilla.pdf" in str(refused.value)
    assert not folder.exists() or list(folder.iterdir()) == []


def test_what_stands_on_a_page_stays_on_it(attach, folder):
    """The words in their font, and what was typed into a form."""
    words = attach(saved(plain(words="Medidor 4411")))
    text = _unfolded((folder / words.stored_as).read_bytes())
    assert b"(Medidor 4411) Tj" in text and b"/Helvetica" in text
    form = attach(HARMLESS["a form with scripts and XFA"]())
    assert b"0 0 100 20 re f" in _unfolded((folder / form.stored_as).read_bytes())
