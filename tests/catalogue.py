"""The words of the screens, read from the sources, and the Spanish catalogue over them.

``python -m tests.catalogue`` rewrites the catalogue: what the sources no longer say goes away, what is new stands
there untranslated, in alphabetical order and without line numbers, so that two people's changes seldom collide.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SPANISH = ROOT / "app/translations/es/LC_MESSAGES/messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None}
_HEADER = """\
msgid ""
msgstr ""
"Language: es\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def said() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """``(file, message id)`` of every message in the sources; a plural's id is (singular, plural)."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_ours)
    for file, _line, message, _comments, _context in found:
        yield file, message


def _ours(directory: str) -> bool:
    name = Path(directory).name
    return not name.startswith((".", "_")) and name not in {
        "frontend",
        "node_modules",
        "tests",
        "var",
    }


def translated() -> Catalog:
    """The Spanish catalogue as it is kept."""
    with SPANISH.open("rb") as kept:
        return read_po(kept, locale="es", abort_invalid=True)


def main() -> None:
    """Rewrite the catalogue after the sources and say what waits for its translation."""
    kept, fresh = translated(), Catalog(locale="es")
    for _file, message in said():
        old = kept.get(message if isinstance(message, str) else message[0])
        fresh.add(message, old.string if old and old.id == message else None)
    body = io.BytesIO()
    write_po(body, fresh, width=0, no_location=True, omit_header=True, sort_output=True)
    SPANISH.write_text(_HEADER + body.getvalue().decode(), encoding="utf-8")
    for message in fresh:
        if message.id and not all(forms(message.string)):
            print(message.id)


def forms(text: str | tuple[str, ...] | None) -> list[str]:
    """The text, or the singular and the plural; one empty text for none."""
    return [text or ""] if text is None or isinstance(text, str) else list(text)


if __name__ == "__main__":
    main()
