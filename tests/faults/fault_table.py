"""The table: each promise with the checks that show it, their figures and failures, and a peer's beside them."""

from __future__ import annotations

from typing import Any

PROMISES = {
    1: "chunks and documents are whole after a kill at any file call",
    2: "work on several keys that stops halfway leaves the old, the new, or an error that says so",
    3: "temporary files are never seen",
    4: "writes to parts of one chunk or shard all survive",
    5: "appends, attributes and sizes all take effect",
    6: "a reader beside a writer sees whole chunks",
    7: "of two creators of one node one wins",
    8: "an error of the system: nothing lost, nothing left, nothing goes on",
    9: "only a missing chunk is missing",
    10: "corrupt bytes are an error that names them",
    11: "a wrong entry of a shard's index is an error for that inner chunk",
    12: "memory is bounded while decoding",
    13: "documents that lie are clear errors",
    14: "keys stay inside",
    15: "data run no code",
    16: "read-only is read-only",
    17: "forks, spawned processes, pickling",
    18: "handles, threads and memory stay where they are",
    19: "timeouts hold",
    20: "archives: whole, or reported and recoverable",
}

Row = dict[str, Any]


def table(rows: list[Row], peers: list[Row]) -> str:
    """The table, in Markdown."""
    lines = ["| # | promise | shown by | figures | failures |" + (" peer's failures |" if peers else "")]
    lines.append("| --- | --- | --- | --- | --- |" + (" --- |" if peers else ""))
    beside = {row["name"]: row for row in peers}
    for number, title in PROMISES.items():
        first = True
        for row in rows:
            if str(number) not in row["promises"].split():
                continue
            cells = [str(number) if first else "", title if first else "", row["name"], _figures(row)]
            cells.append(str(len(row["failures"])))
            if peers:
                cells.append(_peer(beside.get(row["name"])))
            lines.append("| " + " | ".join(cells) + " |")
            first = False
    return "\n".join(lines)


def _figures(row: Row) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in row["figures"].items())


def _peer(row: Row | None) -> str:
    if row is None:
        return ""
    if not row["figures"]:
        return str(row["failures"][0]).splitlines()[0][:60] if row["failures"] else ""
    number, name = next((n, k) for k, n in row["figures"].items())
    return f"{len(row['failures']):,} of {number:,} {name}"
