"""One address has one function that writes it, however many applications a test run makes."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.routing import Rule

_written: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


class RememberedRule(Rule):
    """A rule that remembers the function by which Werkzeug writes addresses from it.

    Werkzeug composes and compiles two of them for every rule, which is most of what a start costs. What they do depends
    on the rule's text and its converters' names alone, as long as no value has a default.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in _written:
            _written[key] = super()._compile_builder(append_unknown)
        return _written[key]
