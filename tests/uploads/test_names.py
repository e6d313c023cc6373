"""What a file was called says neither where it goes nor what it is."""

from __future__ import annotations

import re

import pytest

from app.core.file_names import safe_name
from tests.uploads.pictures import drawn

NAMES = {
    "../../../etc/passwd": "passwd.jpg",
    r"C:\Users\Ana\Documentos\planilla marzo.PNG": "planilla marzo.jpg",
    "/var/www/html/mal.php": "mal.jpg",
    "foto.php.jpg": "foto.php.jpg",
    "foto.jpg\0.exe": "foto.jpg.jpg",
    "\u202egpj.exe": "gpj.jpg",
    "factura\u2066\u2069fdp.scr": "facturafdp.jpg",
    "CON.jpg": "_CON.jpg",
    "com1": "_com1.jpg",
    "aux.tar.gz": "_aux.tar.jpg",
    ".htaccess": "htaccess.jpg",
    "..": "archivo.jpg",
    "": "archivo.jpg",
    "   ": "archivo.jpg",
    "/": "archivo.jpg",
    "..\\..\\": "archivo.jpg",
    'a"b<c>d|e?f*g:h;i%j.jpg': "a_b_c_d_e_f_g_h_i_j.jpg",
    "uno\r\nSet-Cookie: mal=1.jpg": "unoSet-Cookie_ mal=1.jpg",
    "casa 🏠 peñón.jpeg": "casa 🏠 peñón.jpg",
    "pen\u0303o\u0301n.jpg": "peñón.jpg",
    "-rf.jpg": "rf.jpg",
    "~root.jpg": "~root.jpg",
    "punto final. .jpg": "punto final.jpg",
    "medidor\ud800.jpg": "medidor.jpg",
    "uno\u2028dos\u200b.jpg": "unodos.jpg",
}


@pytest.mark.parametrize("typed", NAMES)
def test_a_name_is_made_safe(typed):
    assert safe_name(typed, ".jpg") == NAMES[typed]


@pytest.mark.parametrize(
    "typed", ["a" * 5000, "🏠" * 5000, "ñ" * 5000 + ".jpg", "e" + "\u0301" * 5000]
)
def test_a_long_name_is_cut_where_a_letter_ends(typed):
    name = safe_name(typed, ".jpg")
    assert len(name.encode()) <= 120 and name.endswith(".jpg") and len(name) > 20


def test_on_the_disk_a_file_is_called_as_we_please(attach, folder):
    for typed in (*NAMES, "a" * 5000):
        stored = attach(drawn(), typed)
        assert re.fullmatch(r"[0-9a-f]{32}\.jpg", stored.stored_as)
        assert stored.name == safe_name(typed, ".jpg")
    assert {p.parent for p in folder.iterdir()} == {folder}
    assert len(list(folder.iterdir())) == len(NAMES) + 1
