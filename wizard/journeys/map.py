"""The map: Mermaid, drawn from the tuples, so that it cannot drift from what people walk."""

from __future__ import annotations

from wizard.journeys.model import Journey, Slot


def mermaid(journey: Journey) -> str:
    """The journey as a Mermaid flow chart: one box a slot, in order; optional and policy-bound slots say so."""
    prefix, previous = journey.name.replace("-", "_"), ""
    lines = ["flowchart TD", f'  subgraph {prefix}["{journey.name}"]']
    for slot in journey.slots:
        node = "_".join([prefix, *(step.name for step in slot.members)])
        label = " or ".join(step.slug for step in slot.members)
        notes = [text for text, holds in _notes(slot) if holds]
        box = f"([{label}])" if slot.terminal else f'["{"<br>".join([label, *notes])}"]'
        lines.append(f"    {node}{box}")
        if previous:
            lines.append(f"    {previous} --> {node}")
        previous = node
    return "\n".join([*lines, "  end"])


def _notes(slot: Slot) -> tuple[tuple[str, bool], ...]:
    return (
        ("unless the policy is off", not slot.when_off),
        ("optional", slot.optional),
        ("only where the way on is closed", slot.aside),
    )
