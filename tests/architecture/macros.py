"""Which macro is made where and used where, read from the templates' own syntax trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, nodes

ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)


@dataclass
class Template:
    """One template: the macros that it makes, what it imports (local name: file, macro), the names it uses."""

    makes: set[str] = field(default_factory=set)
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    uses: set[str] = field(default_factory=set)
    members: set[tuple[str, str]] = field(default_factory=set)
    includes: set[str] = field(default_factory=set)


def read_templates(folder: Path) -> dict[str, Template]:
    """Every template below `folder`, by its name as `{% import %}` writes it."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in {".html", ".txt"}]
    return {path.relative_to(folder).as_posix(): read_template(path.read_text(encoding="utf-8")) for path in files}


def read_template(source: str) -> Template:
    tree, found = ENVIRONMENT.parse(source), Template()
    found.makes = {macro.name for macro in tree.find_all(nodes.Macro)}
    for plain in tree.find_all(nodes.Import):
        found.imports[plain.target] = (_name(plain.template), None)
    for named in tree.find_all(nodes.FromImport):
        for each in named.names:
            made, local = each if isinstance(each, tuple) else (each, each)
            found.imports[local] = (_name(named.template), made)
    found.uses = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"}
    for member in tree.find_all(nodes.Getattr):
        if isinstance(member.node, nodes.Name):
            found.members.add((member.node.name, member.attr))
    kinds = (nodes.Include, nodes.Extends)
    found.includes = {_name(reference.template) for reference in tree.find_all(kinds)}
    return found


def _name(expression: nodes.Expr) -> str:
    return str(expression.value) if isinstance(expression, nodes.Const) else ""


def unused_imports(template: Template) -> set[str]:
    return set(template.imports) - template.uses


def unused_macros(templates: dict[str, Template]) -> set[str]:
    """The macros that nobody calls, as "file: macro"."""
    used: set[tuple[str, str]] = set()
    for name, template in templates.items():
        for local, (source, made) in template.imports.items():
            if made is not None and local in template.uses:
                used.add((source, made))
            used |= {(source, member) for base, member in template.members if made is None and base == local}
        used |= {(name, own) for own in template.makes & template.uses}
    made_all = {(name, macro) for name, template in templates.items() for macro in template.makes - {"caller"}}
    return {f"{name}: {macro}" for name, macro in made_all - used}
