"""The catalogues of all languages against the source."""
