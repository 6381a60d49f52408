"""A report as a file: CSV and XLSX, in which no cell can be taken for a formula.

Promise: a text that a spreadsheet would calculate (it begins with =, +, -, @, a tab or a line's end, as OWASP's
"CSV injection" lists them, or with the full-width forms that East Asian keyboards give the first four) gets an
apostrophe in front in CSV, and is written as text in XLSX; numbers are numbers.
Times are whole seconds in CSV and `[h]:mm:ss` in XLSX. Both are written piece by piece in bounded memory.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

Cell = str | float | None
RISKY = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
PIECE = 500
FORMATS = {"count": "0", "share": "0.00%", "seconds": "[h]:mm:ss", "level": "0.00"}
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under a head; `units` says how each column's numbers are written, empty for text."""

    name: str
    head: tuple[str, ...]
    units: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def safe(text: str) -> str:
    """Return a text that no spreadsheet calculates."""
    return f"'{text}" if text.startswith(RISKY) else text


def csv_pieces(sheet: Sheet) -> Iterator[bytes]:
    """Yield the sheet as CSV (RFC 4180) with the mark by which Excel knows UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([safe(text) for text in sheet.head])
    for number, row in enumerate(sheet.rows, 1):
        writer.writerow(["" if cell is None else safe(cell) if isinstance(cell, str) else cell for cell in row])
        if number % PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def write_xlsx(sheet: Sheet, file: IO[bytes]) -> None:
    """Write the sheet as a workbook: head frozen and filterable, columns as wide as what they hold."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    book = xlsxwriter.Workbook(file, options)
    page = book.add_worksheet(sheet.name[:31])
    head = book.add_format({"bold": True, "bg_color": "#E2EEFA", "border": 1})
    formats = {unit: book.add_format({"num_format": FORMATS[unit]}) for unit in set(sheet.units) if unit}
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(sheet.rows), len(sheet.head) - 1)
    for column, (title, unit) in enumerate(zip(sheet.head, sheet.units, strict=True)):
        page.set_column(column, column, 14 if unit else 24)
        page.write_string(0, column, title, head)
    for number, row in enumerate(sheet.rows, 1):
        for column, (cell, unit) in enumerate(zip(row, sheet.units, strict=True)):
            if isinstance(cell, str):
                page.write_string(number, column, cell)
            elif cell is not None:
                page.write_number(number, column, cell / DAY_S if unit == "seconds" else cell, formats[unit])
    book.close()
