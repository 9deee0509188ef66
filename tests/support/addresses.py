"""One address is read once, and has one function that writes it, however many applications a test run makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.routing import Rule
from werkzeug.routing.converters import BaseConverter
from werkzeug.routing.rules import RulePart

Asked = tuple[str, str, tuple[Any, ...], Mapping[str, Any]]

_written: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
_read: dict[str, tuple[list[RulePart], list[tuple[bool, str]], list[Asked]]] = {}


class RememberedRule(Rule):
    """A rule that remembers how its text was read, and the function by which Werkzeug writes addresses from it.

    Werkzeug takes every rule's text apart and composes and compiles two functions for it, which is most of what a start
    costs. What they do depends on the rule's text and its converters' names alone, as long as no value has a default.
    The converters themselves belong to one application, so each application gets its own.
    """

    _asked: list[Asked]

    def get_converter(
        self, variable_name: str, converter_name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> BaseConverter:
        self._asked.append((variable_name, converter_name, args, kwargs))
        return super().get_converter(variable_name, converter_name, args, kwargs)

    def compile(self) -> None:
        self._asked = []
        if self.defaults or self.subdomain or self.map.host_matching or not self.merge_slashes:
            super().compile()
            return
        if self.rule not in _read:
            super().compile()
            _read[self.rule] = self._parts, self._trace, self._asked
            return
        self._parts, self._trace, asked = _read[self.rule]
        self._converters = {one[0]: super(RememberedRule, self).get_converter(*one) for one in asked}
        self.arguments.update(self._converters)
        self._build = self._compile_builder(False).__get__(self, None)
        self._build_unknown = self._compile_builder(True).__get__(self, None)

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in _written:
            _written[key] = super()._compile_builder(append_unknown)
        return _written[key]
