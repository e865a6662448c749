"""Stable names of what can be wrong with a file or a row, and of what is only noted; docs/imports.md explains each."""

from __future__ import annotations

from typing import Literal

FileReason = Literal[
    "broken_calendar",
    "broken_csv",
    "broken_workbook",
    "empty_file",
    "no_titles",
    "not_a_workbook",
    "not_text",
    "old_xls",
    "password_protected",
    "too_large",
    "unknown_encoding",
    "web_page",
]
"""Why nothing could be read of a file."""
RowReason = Literal[
    "ambiguous_date",
    "broken_line",
    "covers_self",
    "date_out_of_range",
    "days_do_not_match",
    "desk_of_another",
    "end_before_start",
    "far_from_the_rest",
    "formula",
    "half_without_part",
    "in_future",
    "missing",
    "missing_time",
    "name_mismatch",
    "no_rows",
    "no_such_half",
    "overlaps",
    "part_and_time",
    "part_of_several_days",
    "several_desks",
    "several_officers",
    "swallowed_rows",
    "too_long",
    "too_many_times",
    "too_many_values",
    "two_at_one_desk",
    "two_times",
    "unknown_camera",
    "unknown_desk",
    "unknown_direction",
    "unknown_kind",
    "unknown_officer",
    "unknown_part",
    "unknown_zone",
    "unreadable_date",
    "unreadable_number",
    "unreadable_rule",
    "unreadable_time",
]
"""Why a row was not taken."""
NoteReason = Literal[
    "below",
    "columns_not_read",
    "disorder",
    "doubled",
    "heading",
    "known_already",
    "left_out",
    "other_sheet",
    "same_row",
    "strangers",
    "without_end",
]
"""What is worth knowing and no fault."""
