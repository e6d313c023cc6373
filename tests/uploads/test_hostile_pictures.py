"""Each hostile picture is refused in one sentence, or kept as a plain JPEG that carries nothing."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from app.core.errors import RuleBroken
from tests.uploads.pictures import HARMLESS, REFUSED, drawn, turned

#: What of the files above must not be found in what is kept.
_CARRIED = (b"<script", b"<?php", b"Quito", b"Exif", b"http:", b"ICC_PROFILE", b"%PDF", b"PK\x03")


def _looked_at(kept: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(kept), formats=("JPEG",))
    image.load()
    return image


@pytest.mark.parametrize("what", HARMLESS)
def test_a_hostile_picture_is_kept_as_a_plain_jpeg(attach, folder, what):
    stored = attach(HARMLESS[what](), "foto.html")
    kept = (folder / stored.stored_as).read_bytes()
    image = _looked_at(kept)
    assert (image.format, image.mode) == ("JPEG", "RGB")
    assert max(image.size) <= 1600 and getattr(image, "n_frames", 1) == 1
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert [word for word in _CARRIED if word in kept] == []
    assert (stored.media_type, stored.name, stored.size) == ("image/jpeg", "foto.jpg", len(kept))


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused_in_one_sentence(attach, folder, what):
    make, word = REFUSED[what]
    with pytest.raises(RuleBroken) as refused:
        attach(make(), "foto.jpg")
    assert refused.value.field == "file"
    assert word in str(refused.value) and "foto.jpg" in str(refused.value)
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_photo_that_was_held_sideways_stands_upright(attach, folder):
    image = _looked_at((folder / attach(turned()).stored_as).read_bytes())
    assert image.size == (40, 80)
    red, blue = image.getpixel((20, 10)), image.getpixel((20, 70))
    assert red[0] > 200 > red[2] and blue[2] > 200 > blue[0]


def test_what_is_clear_becomes_white_and_sixteen_bits_keep_their_grey(attach, folder):
    clear = attach(drawn("PNG", "RGBA", colour=(0, 0, 0, 0)))
    grey = attach(drawn("PNG", "I;16", colour=32_768))
    assert _looked_at((folder / clear.stored_as).read_bytes()).getpixel((5, 5)) == (255, 255, 255)
    level = _looked_at((folder / grey.stored_as).read_bytes()).getpixel((5, 5))[0]
    assert 120 < level < 136


def test_of_what_moves_the_first_picture_is_kept(attach, folder):
    kept = attach(HARMLESS["a WEBP that moves"]())
    red = _looked_at((folder / kept.stored_as).read_bytes()).getpixel((20, 20))
    assert red[0] > 200 > red[1]
