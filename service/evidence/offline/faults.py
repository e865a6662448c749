"""What a check found: which part was changed, and how, in words of two languages."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN_LETTERS = 200
_PART_WORDS = (
    ("journal row", "dòng sổ"),
    ("published heads", "mã xác nhận sổ đã công bố"),
    ("rows", "dòng"),
    ("archive", "tệp nén"),
)
BROKEN, UNVOUCHED, WARNING = "broken", "unvouched", "warning"

_FAULT_WORDS: dict[str, tuple[str, str]] = {
    "row_missing": (
        "thiếu từ dòng này đến trước dòng {came}",
        "the rows from this one to before row {came} are not there",
    ),
    "row_unchained": ("không nối tiếp dòng đứng trước", "does not continue the row before it"),
    "row_subject_unchained": (
        "không nối tiếp các dòng về {subject}",
        "does not continue the rows about {subject}",
    ),
    "row_body_missing": (
        "thiếu nội dung, và không có dòng nào nói rằng nội dung đã được xóa theo luật",
        "its body is missing, and no row says that it was lawfully erased",
    ),
    "row_body_changed": ("nội dung đã bị thay đổi", "its body was changed"),
    "row_misplaced": (
        "đứng sai chỗ hoặc bị lặp; ở đây phải là dòng {wanted}",
        "is not in its place, or is there twice; row {wanted} belongs here",
    ),
    "row_names_no_key": ("không nêu khóa nào", "names no key"),
    "row_opens_again": ("mở một sổ đã mở", "opens a journal that is open"),
    "row_wrong_key": (
        "ký bằng khóa {key}, khóa có hiệu lực là {wanted}",
        "signed with key {key}, the key in force is {wanted}",
    ),
    "row_unsigned": ("chữ ký không khớp", "its signature does not fit"),
    "row_not_accepted": ("khóa mới không xác nhận việc tiếp nhận", "the new key did not accept its place"),
    "row_unproved": ("không nằm dưới gốc đã ký của sổ", "is not under the signed root of the journal"),
    "row_other_subject": ("không phải về sự việc này", "is not about this event"),
    "row_tree_differs": ("các mã băm lưu kèm không khớp", "the sums stored beside it do not fit"),
    "journal_short": (
        "sổ dừng ở dòng {came}, mã xác nhận sổ đã công bố cho biết có {wanted} dòng",
        "the journal stops after {came} rows, a published head tells of {wanted}",
    ),
    "head_differs": (
        "gốc của {size} dòng đầu không phải là gốc đã công bố",
        "the root of the first {size} rows is not the one that was published",
    ),
    "head_unsigned": ("chữ ký của mã xác nhận sổ không khớp", "the signature of the head does not fit"),
    "key_replaced": (
        "từ dòng {seq} sổ được ký bằng khóa {key} mà khóa trước không giới thiệu: bất kỳ ai cũng có thể làm như vậy; "
        "hãy hỏi cơ quan xem khóa này có phải của họ không, rồi kiểm tra lại với --key {key}",
        "from row {seq} on the journal is signed with key {key}, which the key before it did not introduce: anybody "
        "could have done that; ask the agency whether the key is theirs, then check again with --key {key}",
    ),
    "other_key": (
        "ký bằng khóa {came}, không phải khóa của cơ quan như yêu cầu",
        "is signed with key {came}, which is not a key of the agency as asked for",
    ),
    "head_unknown": (
        "chưa có trong các mã xác nhận sổ đã công bố được đưa ra",
        "is not among the published heads that were given",
    ),
    "other_journal": (
        "sổ có dấu {came}, không phải {wanted} như yêu cầu",
        "the journal's mark is {came}, not {wanted} as asked for",
    ),
    "not_a_bundle": ("không phải gói bằng chứng: {why}", "is no evidence bundle: {why}"),
    "container_changed": (
        "phần khung của tệp nén quanh nó đã bị thay đổi",
        "the archive's own bytes around it were changed",
    ),
    "container_remade": (
        "đã được nén lại: {count} phần của khung tệp ZIP khác với khi đóng gói",
        "was made anew: {count} parts of the ZIP's own bytes are not as they were packed",
    ),
    "container_extra": (
        "có thêm {count} byte không thuộc về gói",
        "holds {count} bytes that do not belong to the bundle",
    ),
    "member_changed": ("đã bị thay đổi sau khi đóng gói", "was changed after it was packed"),
    "member_missing": ("không có trong gói", "is not in the bundle"),
    "member_extra": ("không thuộc về gói", "does not belong to the bundle"),
    "not_canonical": ("không được ghi đúng dạng chuẩn", "is not written in the one right way"),
    "unreadable": ("không đọc được: {why}", "cannot be read: {why}"),
    "version_unknown": (
        "phiên bản {version}: cần trình kiểm tra mới hơn",
        "version {version}: a newer verifier is needed",
    ),
    "manifest_unsigned": ("chữ ký không khớp với bản kê", "does not fit the manifest"),
    "facts_differ": (
        "khác với những gì sổ đã ghi",
        "differs from what the journal tells",
    ),
    "not_in_journal": (
        "sổ không ghi rằng tệp này đã được lưu",
        "the journal does not tell that this file was stored",
    ),
    "evidence_missing": (
        "sổ ghi đã lưu và chưa xóa tệp này, nhưng không có trong gói",
        "the journal tells that it was stored and not deleted, but it is not in the bundle",
    ),
    "timestamp_broken": ("dấu thời gian không hợp lệ: {why}", "the timestamp does not hold: {why}"),
}


def printable(text: str) -> str:
    """Return a text in which nothing can move the cursor or hide what stands before it."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was made.

    Attributes:
        part: Which part: a member of the bundle, or ``journal row 7``.
        code: What is wrong, a key of the words.
        values: What the words speak of.
        level: ``broken``; ``unvouched`` where only the reader can say whether it is genuine; ``warning`` where somebody
            has to look though nothing was changed.
    """

    part: str
    code: str
    values: tuple[tuple[str, object], ...] = ()
    level: str = BROKEN

    def words(self, language: str = "vi") -> str:
        """Say it in Vietnamese (``vi``) or English (``en``)."""
        vietnamese, english = _FAULT_WORDS[self.code]
        text = vietnamese if language == "vi" else english
        part = self.part
        for english_part, vietnamese_part in _PART_WORDS if language == "vi" else ():
            part = part.replace(english_part, vietnamese_part)
        shown = {name: str(value)[:SHOWN_LETTERS] for name, value in self.values}
        return printable(f"{part[:SHOWN_LETTERS]}: {text.format(**shown)}")


def fault(part: str, code: str, **values: object) -> Fault:
    """Return a fault."""
    return Fault(part, code, tuple(sorted(values.items())))


def warning(part: str, code: str, **values: object) -> Fault:
    """Return something that somebody has to look at though nothing was changed."""
    return Fault(part, code, tuple(sorted(values.items())), WARNING)


def unvouched(part: str, code: str, **values: object) -> Fault:
    """Return something that nobody vouches for: the reader has to know it from elsewhere."""
    return Fault(part, code, tuple(sorted(values.items())), UNVOUCHED)


def row_fault(seq: int, code: str, **values: object) -> Fault:
    """Return a fault of one journal row."""
    return fault(f"journal row {seq}", code, **values)
