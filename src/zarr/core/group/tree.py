"""A drawing of what is below a group, as text and, for notebooks, as HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zarr.core.array import AsyncArray
from zarr.core.group.members import walk_members
from zarr.core.info import human_readable_size

if TYPE_CHECKING:
    from zarr.core.group.async_group import AsyncGroup
    from zarr.core.group.members import AsyncNode

__all__ = ["TreeRepr", "draw_tree"]


@dataclass
class _Branch:
    label: str
    children: dict[str, _Branch] = field(default_factory=dict)


class TreeRepr:
    """The drawing; ``str`` and ``repr`` give it as text."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        text = str(self).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<pre>{text}</pre>"


async def draw_tree(group: AsyncGroup, level: int | None, max_nodes: int, sizes: bool = False) -> TreeRepr:
    """Draw the members down to ``level`` levels; of more than ``max_nodes`` nodes, say how many are left out."""
    root = _Branch("/")
    drawn = omitted = 0
    async for path, node in walk_members(group, None if level is None else level - 1):
        if drawn >= max_nodes:
            omitted += 1
            continue
        drawn += 1
        *parents, name = path.split("/")
        branch = root
        for parent in parents:
            branch = branch.children.setdefault(parent, _Branch(parent))
        branch.children[name] = _Branch(_label(name, node, sizes))
    lines = [root.label, *_drawn(root, "")]
    if omitted:
        lines.append(f"... {omitted} more nodes; raise max_nodes to see them")
    return TreeRepr(lines)


def _label(name: str, node: AsyncNode, sizes: bool) -> str:
    if not isinstance(node, AsyncArray):
        return name
    label = f"{name} {node.shape} {node.dtype}"
    return f"{label} {human_readable_size(node.nbytes)}" if sizes else label


def _drawn(branch: _Branch, indent: str) -> list[str]:
    lines = []
    names = sorted(branch.children)
    for name in names:
        last = name == names[-1]
        child = branch.children[name]
        lines.append(f"{indent}{'└── ' if last else '├── '}{child.label}")
        lines += _drawn(child, indent + ("    " if last else "│   "))
    return lines
