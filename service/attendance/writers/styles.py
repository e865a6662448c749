"""The formats of the workbook's cells: readable in print, and in grey as well as in colour."""

from __future__ import annotations

from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from service.attendance.marks import LETTERS, Sign
from service.attendance.writers.day_columns import Form

_FONT = "Times New Roman"
"""What agencies write in, and what every office program has or replaces by a font of the same widths."""
_OFF_GREY = "#D9D9D9"
_HOLIDAY_GREY = "#C4C4C4"
_LIGHT_UP = 14
"""Number of the fill of thin rising lines: no data is hatched, in every plot and table."""
NUMBERS = {
    Form.DAYS: "0.0;-0.0;0",
    Form.MINUTES: "#,##0.0",
    Form.HOURS: "#,##0.00",
    Form.COUNT: "#,##0",
    Form.SHARE: "0.0%",
    Form.MOMENT: "hh:mm:ss",
}


class Styles:
    """All formats of one workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[object, ...], Format] = {}
        grid = {"border": 1, "border_color": "#7F7F7F", "valign": "vcenter"}
        header = {**grid, "bold": True, "align": "center", "text_wrap": True, "font_size": 10}
        self.plain = self._make()
        self.bold = self._make(bold=True)
        self.bold_top = self._make(bold=True, text_wrap=True, valign="top")
        self.title = self._make(bold=True, font_size=16, align="center", valign="vcenter")
        self.note = self._make(italic=True, font_size=10)
        self.wrapped = self._make(text_wrap=True, valign="top")
        self.header = self._make(**header)
        self.header_off = self._make(**{**header, "bg_color": _OFF_GREY})
        self.header_small = self._make(**{**header, "font_size": 8})
        self.header_left = self._make(**{**header, "align": "left"})
        self.number = self._make(**grid, align="center")
        self.name = self._make(**grid)
        self.days = self.of(Form.DAYS)
        self.agency = self._make(**grid, bold=True, bg_color="#DDEBF7")
        self.unit = self._make(**grid, bold=True, italic=True, bg_color="#F2F7FC")
        self.total_name = self._make(**grid, bold=True, bg_color="#F2F2F2")
        self.legend_sign = self._make(bold=True, align="center")
        self.day = self._make(num_format="dd/mm/yyyy", align="center")

    def of(self, form: Form, *, is_total: bool = False) -> Format:
        """Return the format of a number in the grid."""
        key = ("number", form, is_total)
        if key not in self._made:
            look: dict[str, Any] = {"border": 1, "border_color": "#7F7F7F", "align": "right"}
            if form in NUMBERS:
                look["num_format"] = NUMBERS[form]
            if is_total:
                look |= {"bold": True, "bg_color": "#F2F2F2"}
            self._made[key] = self._make(**look)
        return self._made[key]

    def detail(self, form: Form) -> Format:
        """Return the format of a column of details: without lines, there are too many cells."""
        key = ("detail", form)
        if key not in self._made:
            look = (
                {"num_format": NUMBERS[form]} if form in NUMBERS else {"align": "center"} if form is Form.TEXT else {}
            )
            self._made[key] = self._make(**look)
        return self._made[key]

    def cell(self, kind: str, text: str, *, is_corrected: bool) -> Format:
        """Return the format of a day's cell; ``kind`` is ``weekend``, ``holiday`` or empty."""
        has_unknown = LETTERS[Sign.UNKNOWN] in text
        key = ("cell", kind, has_unknown, LETTERS[Sign.ABSENT] in text, is_corrected)
        if key not in self._made:
            look: dict[str, Any] = {"border": 1, "border_color": "#7F7F7F", "align": "center", "shrink": True}
            if kind:
                look["bg_color"] = _HOLIDAY_GREY if kind == "holiday" else _OFF_GREY
            if has_unknown:
                look |= {"pattern": _LIGHT_UP, "fg_color": "#A6A6A6", "bg_color": "#FFFFFF", "italic": True}
            if LETTERS[Sign.ABSENT] in text:
                look["bold"] = True
            if is_corrected:
                look["underline"] = 1
            self._made[key] = self._make(**look)
        return self._made[key]

    def _make(self, **look: Any) -> Format:
        made: Format = self._workbook.add_format({"font_name": _FONT, "font_size": 11, **look})
        return made
