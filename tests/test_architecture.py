"""The rules of the house, held by a test: layers, clocks, money, sizes, keys, indexes, migrations."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from jinja2 import nodes

import app.models  # noqa: F401  (all tables)
from app import create_app
from app.extensions import db
from tests.conftest import make_database

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted((ROOT / "app" / "templates").rglob("*.html"))
OWN = [*SOURCES, *sorted(ROOT.glob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]
#: What takes `agent` and `now` and knows neither the web nor the clock.
PURE = (
    "service",
    "queries",
    "models",
    "merge",
    "records",
    "reading",
    "cells",
    "figures",
    "identity",
    "outcomes",
    "effects",
    "sheet",
    "search",
    "staging",
    "layout",
    "dialling",
    "merging",
    "moving",
    "twins",
    "unfinished",
    "callbacks",
    "undo",
    "known",
    "receiving",
    "runs",
    "checking",
    "expiry",
    "means",
    "statement_facts",
)
#: Foreign keys without an index of their own, and why that is right.
UNINDEXED = {
    "placed by, set by, made by: nobody is ever deleted, and no screen asks by it": {
        ("hold", "placed_by_id"),
        ("hold", "lifted_by_id"),
        ("stored_file", "stored_by_id"),
        ("complaint", "answered_by_id"),
        ("complaint", "closed_by_id"),
        ("complaint_entry", "by_id"),
        ("referral", "decided_by_id"),
        ("referral", "assigned_by_id"),
        ("referral", "ended_by_id"),
        ("enforcement_paper", "added_by_id"),
        ("enforcement_paper", "removed_by_id"),
        ("quality_sample", "drawn_by_id"),
        ("quality_review", "scored_by_id"),
        ("promise", "ended_by_id"),
        ("agreement", "made_by_id"),
        ("agreement", "decided_by_id"),
        ("agreement", "ended_by_id"),
        ("verification_case", "opened_by_id"),
        ("verification_case", "closed_by_id"),
        ("setting_value", "set_by_id"),
        ("setting_value", "cancelled_by_id"),
        ("absence", "entered_by_id"),
        ("absence", "cancelled_by_id"),
        ("callback", "promised_by_id"),
        ("load", "created_by_id"),
        ("load", "undone_by_id"),
        ("timeline_event", "agent_id"),
        ("contact_attempt", "agent_id"),
        ("identity_check", "operator_id"),
        ("contact_refusal", "asked_by_id"),
        ("callback", "operator_id"),
        ("contact_point", "added_by_id"),
        ("contact_point", "state_by_id"),
        ("person_merge", "merged_by_id"),
        ("person_merge", "taken_back_by_id"),
        ("repeated_pair", "different_by_id"),
    },
    "a small catalogue whose rows are deactivated or replaced, hardly ever deleted": {
        ("call", "nonpayment_reason_id"),
        ("promise", "means_id"),
    },
    "neither loads nor promises are deleted, and no screen asks by it": {
        ("account", "load_id"),
        ("promise", "replaced_by_id"),
    },
}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- imports


def test_the_layers_and_contracts_hold():
    command = shutil.which("lint-imports") or str(Path(sys.executable).parent / "lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_tables_import_core_only():
    for path in SOURCES:
        if path.name == "models.py" and path.parent.parent == ROOT / "app":
            room = path.parent.name
            strangers = {
                name
                for name in _imports(_tree(path))
                if name.startswith("app.") and not name.startswith(("app.core.", f"app.{room}."))
            }
            assert strangers == set(), _named(path)


def test_nothing_is_imported_inside_a_function():
    found = [
        f"{_named(path)}:{node.lineno}"
        for path in OWN
        for function in ast.walk(_tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def _pure() -> list[Path]:
    return [p for p in SOURCES if p.stem in PURE and p.parent.name != "seed"]


def test_services_know_no_web():
    assert len(_pure()) > 20
    found = {
        (_named(path), name)
        for path in _pure()
        for name in _imports(_tree(path))
        if name.split(".")[0]
        in ("flask", "flask_login", "werkzeug", "flask_wtf", "wtforms", "flask_migrate")
        or name.startswith(("app.core.web", "app.extensions", "app.core.transaction"))
        or name in ("app.core.web", "app.core.transaction")
    }
    assert found == set()


def test_services_take_the_language_lazily():
    found = {
        (_named(path), name)
        for path in _pure()
        for name in _imports(_tree(path))
        if name.startswith("flask_babel.")
        and name.split(".")[1] not in ("lazy_gettext", "lazy_ngettext", "get_locale")
    }
    assert found == set()


#: The only ones that may ask what time it is.
CLOCKS = {"app/core/clock.py"}


def test_only_one_place_reads_the_clock():
    reads = re.compile(
        r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(|func\.now\(|\bnow\(\)|CURRENT_(DATE|TIME)"
    )
    found = [
        f"{_named(path)}:{n}"
        for path in SOURCES
        if _named(path) not in CLOCKS
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if reads.search(line) and "clock.utcnow" not in line and " utcnow()" not in line
    ]
    assert found == []


def test_services_are_given_the_moment():
    found = [
        f"{_named(path)}:{name}"
        for path in _pure()
        for name in _imports(_tree(path))
        if name in ("app.core.clock.utcnow", "app.core.clock", "time.time")
    ]
    assert found == []


# --- templates


def test_no_template_asks_for_a_permission_in_constants(app: Flask):
    """``"can_x"|is_item_visible("View")`` is computed once, when the template is compiled: whoever
    looks first would decide for everybody. One of the two words must come from the page."""
    asked = [(_named(path), ask) for path in TEMPLATES for ask in _permission_filters(app, path)]
    assert asked, "no template was read"
    assert [f"{name}:{ask.lineno}" for name, ask in asked if _is_folded(app, ask)] == []


@pytest.mark.parametrize(
    ("source", "folded"),
    [
        ('{{ "can_edit"|is_item_visible("DebtorView") }}', True),
        ('{{ ("can_" ~ "edit")|is_item_visible(item="DebtorView") }}', True),
        ('{{ "can_edit"|is_item_visible(endpoint) }}', False),
        ('{{ permission|is_item_visible("DebtorView") }}', False),
    ],
)
def test_what_a_template_asks_in_constants_is_found(app: Flask, source: str, folded: bool):
    [ask] = app.jinja_env.parse(source).find_all(nodes.Filter)
    assert _is_folded(app, ask) is folded


def _permission_filters(app: Flask, path: Path) -> list[nodes.Filter]:
    found = app.jinja_env.parse(path.read_text("utf-8")).find_all(nodes.Filter)
    return [node for node in found if node.name == "is_item_visible"]


def _is_folded(app: Flask, ask: nodes.Filter) -> bool:
    context = nodes.EvalContext(app.jinja_env)
    words = [ask.node, *ask.args, *(keyword.value for keyword in ask.kwargs)]
    return all(_is_constant(word, context) for word in words if word is not None)


def _is_constant(word: nodes.Expr, context: nodes.EvalContext) -> bool:
    try:
        word.as_const(context)
    except nodes.Impossible:
        return False
    return True


# --- size and money


def test_no_file_is_longer_than_four_hundred_lines():
    front = [
        p for p in sorted((ROOT / "frontend" / "src").rglob("*")) if p.suffix in (".css", ".js")
    ]
    long = {
        _named(path): n
        for path in [*OWN, *TEMPLATES, *front]
        if (n := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}


def test_money_is_never_a_float():
    """No ``float()``, and no binary number in a column, anywhere that amounts pass."""
    found = []
    for path in set(SOURCES) - {ROOT / "app/intake/words.py"}:  # it scores words, no amounts
        tree = _tree(path)
        counted = {float_ for call in _calls(tree, "int") for float_ in call.args}  # no amount
        found += [f"{_named(path)}:{c.lineno}" for c in _calls(tree, "float") if c not in counted]
    assert found == []
    for table in db.metadata.tables.values():
        if not table.name.startswith("ab_"):
            floats = [c.name for c in table.columns if isinstance(c.type, sa.Float)]
            assert floats == [], table.name


def _calls(tree: ast.Module, name: str) -> list[ast.Call]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == name]


# --- tables


def _tables() -> list[sa.Table]:
    return [t for t in db.metadata.sorted_tables if not t.name.startswith(("ab_", "procrastinate"))]


def test_every_table_has_a_primary_key_and_a_docstring():
    for table in _tables():
        assert len(table.primary_key.columns) >= 1, table.name
    for mapper in db.Model.registry.mappers:
        if mapper.class_.__module__.startswith("app."):
            assert mapper.class_.__doc__, mapper.class_


def test_every_foreign_key_has_an_index_or_a_reason():
    excused = set().union(*UNINDEXED.values())
    bare = set()
    for table in _tables():
        firsts = {next(iter(i.columns)).name for i in table.indexes if len(i.columns)}
        firsts |= {
            next(iter(u.columns)).name
            for u in table.constraints
            if isinstance(u, sa.UniqueConstraint)
        }
        firsts.add(next(iter(table.primary_key.columns)).name)
        bare |= {
            (table.name, c.name) for c in table.columns if c.foreign_keys and c.name not in firsts
        }
    assert bare - excused == set(), "an index, or a reason above"
    assert excused - bare == set(), "these have an index by now"


def test_every_moment_keeps_its_zone_and_every_amount_its_cents():
    for table in _tables():
        for column in table.columns:
            if isinstance(column.type, sa.DateTime):
                assert column.type.timezone, f"{table.name}.{column.name}"
            if isinstance(column.type, sa.Numeric) and column.type.precision == 12:
                assert column.type.scale == 2, f"{table.name}.{column.name}"


# --- migrations


@pytest.fixture(scope="module")
def empty(worker_id_or_main: str, tmp_path_factory) -> Iterator[Flask]:
    """An application over a database in which nothing has been done yet."""
    url = make_database(f"telecobro_test_migrations_{worker_id_or_main}")
    var = tmp_path_factory.mktemp("migrations")
    environ = {"DATABASE_URL": url, "TELECOBRO_VAR": str(var), "TELECOBRO_SECRET_KEY": "test"}
    application = create_app({"ENVIRON": environ, "TESTING": True})
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def test_upgrading_an_empty_database_gives_exactly_the_models(empty: Flask):
    upgrade(directory=str(ROOT / "migrations"))
    upgrade(directory=str(ROOT / "migrations"))
    assert _differences() == []
    for revision in _heads():
        assert revision


def test_the_migrations_can_be_taken_back(empty: Flask):
    upgrade(directory=str(ROOT / "migrations"))
    downgrade(directory=str(ROOT / "migrations"), revision="base")
    tables = set(sa.inspect(db.engine).get_table_names())
    assert {t for t in tables if not t.startswith("procrastinate")} <= {"alembic_version"}
    upgrade(directory=str(ROOT / "migrations"))
    assert _differences() == []


def _differences() -> list:
    def ours(obj, name, kind, _reflected, _compare_to) -> bool:
        return not (kind == "table" and name.startswith("procrastinate_"))

    with db.engine.connect() as connection:
        options = {"compare_type": True, "include_object": ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), db.metadata)


def _heads() -> tuple[str, ...]:
    with db.engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    assert len(heads) == 1, "one line of migrations"
    return heads
