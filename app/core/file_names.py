"""What an uploaded file is called, made safe to show, to send in a header and to save under."""

from __future__ import annotations

import re
import unicodedata

#: Bytes, ending included: every file system takes them, and so does ``stored_file.name``.
_LONGEST = 120
_UNNAMED = "archivo"
#: Characters that a file system or a shell reads as something else.
_RESERVED = re.compile(r"[<>:\"/\\|?*%;]")
#: What a name says that the file is.
ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
#: Names that Windows gives to its devices, whatever follows the dot.
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d)(\.|$)", re.IGNORECASE)


def safe_name(typed: str, ending: str) -> str:
    """The last part of ``typed`` with the ``ending`` of what the file is: no path, no control or
    invisible character (so none that turns the writing round), nothing reserved, 120 bytes at most."""
    last = re.split(r"[/\\]", typed)[-1]
    seen = "".join(c for c in unicodedata.normalize("NFC", last) if _is_seen(c))
    stem = _RESERVED.sub("_", ENDING.sub("", seen.strip(" .")))
    stem = re.sub(r"\s+", " ", stem).strip(" .-")
    if _DEVICE.match(stem):
        stem = f"_{stem}"
    cut = stem.encode()[: _LONGEST - len(ending)].decode(errors="ignore").rstrip(" .")
    return (cut or _UNNAMED) + ending


def _is_seen(character: str) -> bool:
    """Controls, formats (bidirectional ones too), surrogates and line breaks are not."""
    kind = unicodedata.category(character)
    return kind[0] != "C" and kind not in ("Zl", "Zp")
