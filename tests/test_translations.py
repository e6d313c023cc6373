"""Every word of the screens is there in Spanish, with the same placeholders."""

from __future__ import annotations

import ast
import gettext
import importlib.util
import io
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo

from tests import catalogue

#: %(name)s and {name}: what a sentence is filled in with.
_PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|\{\w+\}")
#: Text between two tags, once Jinja's own marks and the scripts are out of the way.
_JINJA = re.compile(
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<(script|style)\b.*?</\1>", re.DOTALL
)
_TEXT = re.compile(r">([^<>]*)(?:<|$)")
_SHOWN = re.compile(
    r"""\s(?:placeholder|title|aria-label|alt|data-confirm|data-agree)=(["'])([^"']*)\1"""
)
_WORD = re.compile(r"[^\W\d_]{2,}")
#: Names, and what the machine writes by itself: the same in every language.
_SAME_IN_ALL = {"Telecobro", "Ctrl", "XLSX", "PDF", "Excel"}
#: Calls that mark a message, and calls whose first argument a person reads.
_MARKS = {"_", "_l", "gettext", "lazy_gettext", "ngettext"}
_TELLS = {"RuleBroken", "flash"}


@cache
def _messages() -> dict[str | tuple[str, ...], Message]:
    return {message.id: message for message in catalogue.translated() if message.id}


@cache
def _said() -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    return tuple(catalogue.said())


def test_every_message_of_the_sources_is_translated():
    """Run ``make catalogue`` and translate what it prints."""
    known = _messages()
    missing = {
        f"{file}: {message}"
        for file, message in _said()
        if message not in known
        or known[message].fuzzy
        or not all(catalogue.forms(known[message].string))
    }
    assert len(_said()) > 300, "the sources were not read"
    assert not missing, "\n".join(sorted(missing))


def test_nothing_is_translated_that_no_source_says():
    assert set(_messages()) == {message for _file, message in _said()}


def test_placeholders_are_the_same():
    """A plural's forms may leave out nothing either: each fills in the same."""
    differ = []
    for message in _messages().values():
        wanted = set(_PLACEHOLDER.findall(catalogue.forms(message.id)[-1]))
        differ += [
            f"{message.id}: {text}"
            for text in catalogue.forms(message.string)
            if set(_PLACEHOLDER.findall(text)) != wanted
        ]
    assert not differ, "\n".join(differ)


def test_catalogue_compiles():
    compiled = io.BytesIO()
    write_mo(compiled, catalogue.translated())
    compiled.seek(0)
    spanish = gettext.GNUTranslations(compiled)
    assert spanish.gettext("Save and next") == "Guardar y siguiente"
    assert (
        spanish.ngettext("%(num)d try left.", "%(num)d tries left.", 1) == "Queda %(num)d intento."
    )
    assert (
        spanish.ngettext("%(num)d try left.", "%(num)d tries left.", 2)
        == "Quedan %(num)d intentos."
    )


def test_catalogue_is_as_the_tool_writes_it(monkeypatch, tmp_path, capsys):
    kept = catalogue.SPANISH.read_text(encoding="utf-8")
    monkeypatch.setattr(catalogue, "SPANISH", tmp_path / "messages.po")
    catalogue.SPANISH.write_text(kept, encoding="utf-8")
    catalogue.main()
    assert catalogue.SPANISH.read_text(encoding="utf-8") == kept
    assert capsys.readouterr().out == ""


def test_the_framework_still_says_what_we_replace():
    root = Path(importlib.util.find_spec("flask_appbuilder").origin).parent
    sources = "".join(p.read_text(encoding="utf-8") for p in root.rglob("*.py"))
    sources = re.sub(r'"\s*\n\s*"', "", sources)
    replaced = {m for file, m in _said() if file.endswith("framework.txt")}
    assert replaced
    assert {m for m in replaced if m not in sources} == set()


def test_no_message_of_python_escapes_translation():
    """What is marked is a plain text, or it would not be found; what is told to a person is marked."""
    wrong = []
    for source in sorted((catalogue.ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                plain = isinstance(node.args[0], ast.Constant)
                built = isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
                if (
                    node.func.id in _MARKS
                    and not plain
                    or node.func.id in _TELLS
                    and (plain or built)
                ):
                    wrong.append(f"{source.relative_to(catalogue.ROOT)}:{node.lineno}")
    assert wrong == []


@pytest.mark.parametrize(
    "template",
    sorted((catalogue.ROOT / "app/templates").rglob("*.html")),
    ids=lambda p: str(p.relative_to(catalogue.ROOT / "app/templates")),
)
def test_no_text_of_a_template_escapes_translation(template):
    plain = _JINJA.sub("", template.read_text(encoding="utf-8"))
    shown = _TEXT.findall(">" + plain) + [text for _quote, text in _SHOWN.findall(plain)]
    words = {word for text in shown for word in _WORD.findall(re.sub(r"&\w+;", " ", text))}
    assert words <= _SAME_IN_ALL, f"{template}: {sorted(words - _SAME_IN_ALL)}"
