"""`python -m tests.bench [GROUP …]`: runs the benchmarks, prints them with their ratios, keeps them as JSON.

A group (routing, media, call, documents, staff) is every module of this package whose name begins with its name and
that has `run()`; it returns rows `{"measure", "value", "unit", "baseline", "baseline_value", "ratio"}`, the last three
null where nothing is compared. A figure means little without the machine it was measured on: that is printed first
and stays on the terminal, so that the results of two machines are never mixed up in one file by accident.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import pkgutil
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tests.bench

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType

GROUPS = ("routing", "media", "call", "documents", "staff")
MEMBERS = ("measure", "value", "unit", "baseline", "baseline_value", "ratio")
RESULTS = Path("bench/results")

Row = dict[str, Any]


def modules(group: str) -> Iterator[ModuleType]:
    """Yield the group's modules that measure something."""
    for found in pkgutil.iter_modules(tests.bench.__path__):
        if found.name.startswith(group):
            module = importlib.import_module(f"tests.bench.{found.name}")
            if hasattr(module, "run"):
                yield module


def measure(module: ModuleType) -> list[Row]:
    """Run one module and bring its rows to the common form."""
    rows: Any = module.run()
    if inspect.iscoroutine(rows):
        rows = asyncio.run(rows)
    return [_complete(row) for row in rows]


def _complete(row: Mapping[str, Any]) -> Row:
    unknown = set(row) - set(MEMBERS)
    if unknown or not {"measure", "value", "unit"} <= set(row):
        raise ValueError(f"not a row of results: {dict(row)!r}")
    return {member: row.get(member) for member in MEMBERS}


def machine() -> str:
    """Name the machine: processor, cores, memory, Python."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out for a terminal."""
    lines = [("measure", "value", "unit", "against", "its value", "ratio")]
    for row in rows:
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3g}×"
        lines.append(
            (
                row["measure"],
                _number(row["value"]),
                row["unit"],
                row["baseline"] or "",
                _number(row["baseline_value"]),
                ratio,
            )
        )
    widths = [max(len(str(line[column])) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(str(cell).ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def main(names: Sequence[str]) -> int:
    """Run the named groups, or all; return the process's exit status."""
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        print(f"no such group: {', '.join(unknown)}; there are {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    print(machine(), flush=True)
    for group in names or GROUPS:
        rows: list[Row] = []
        started = time.monotonic()
        for module in modules(group):
            print(f"\n{module.__name__} …", flush=True)
            rows += measure(module)
        if not rows:
            continue
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{group}.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", "utf-8")
        print(f"\n{group} ({time.monotonic() - started:.0f} s)\n{table(rows)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
