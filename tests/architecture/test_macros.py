"""No template imports what it does not use, and no macro stands there that nobody calls."""

from __future__ import annotations

from tests.architecture.imports import ROOT
from tests.architecture.macros import Template, read_template, read_templates, unused_imports, unused_macros

FIELD = "{% macro text(field) %}{{ field }}{% endmacro %}{% macro digits(field) %}{{ field }}{% endmacro %}"


def templates() -> dict[str, Template]:
    found = read_templates(ROOT / "templates")
    assert found, "templates/ is empty."
    return found


def test_every_import_of_a_macro_is_used() -> None:
    unused = {
        name: sorted(unused_imports(template)) for name, template in templates().items() if unused_imports(template)
    }
    assert not unused, f"Imported and not used: {unused}"


def test_every_macro_is_called() -> None:
    assert not unused_macros(templates())


def test_every_macro_file_is_imported() -> None:
    found = templates()
    imported = {source for template in found.values() for source, _ in template.imports.values()}
    alone = {name for name in found if name.startswith("macros/")} - imported
    assert not alone, f"Macro files that no template imports: {sorted(alone)}"


def test_every_template_that_is_named_exists() -> None:
    found = templates()
    named = {source for template in found.values() for source, _ in template.imports.values()}
    named |= {name for template in found.values() for name in template.includes}
    assert named - {""} <= set(found), f"Named and missing: {sorted(named - set(found))}"


def test_what_is_unused_is_found() -> None:
    page = read_template('{% from "macros/field.html" import text, digits %}{{ text(form.code) }}')
    assert unused_imports(page) == {"digits"}
    assert unused_macros({"macros/field.html": read_template(FIELD), "page.html": page}) == {
        "macros/field.html: digits"
    }


def test_a_macro_called_through_its_file_counts_as_used() -> None:
    page = read_template('{% import "macros/field.html" as f %}{{ f.text(1) }}{% call f.digits(2) %}{% endcall %}')
    assert unused_imports(page) == set()
    assert unused_macros({"macros/field.html": read_template(FIELD), "page.html": page}) == set()
