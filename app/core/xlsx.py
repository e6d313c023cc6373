"""Workbooks that hold many rows and nothing that a spreadsheet would run."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from xlsxwriter import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def new_workbook(target: Path | BinaryIO) -> Workbook:
    """A workbook that is written to ``target`` when its ``with`` ends.

    Rows are written once, from the top, so that memory does not grow with them; what is written as
    text stays text, whatever it begins with: no formula, no link.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return Workbook(target, options)
