"""Words of two languages on paper: the cover page of a bundle carries both."""

from __future__ import annotations

from service.db.records import EvidenceKind, Verdict

RULE_WORDS = {
    "smoking": ("có thể hút thuốc lá", "possible smoking"),
    "badge_missing": ("không thấy thẻ", "badge not seen"),
    "alcohol_seen": ("cầm chai hoặc lon", "bottle or can in hand"),
    "left_post": ("rời vị trí", "left the post"),
    "counter_unattended": ("quầy không có người", "counter unattended"),
    "presence": ("có mặt tại bàn", "presence at a desk"),
}
KIND_WORDS = {
    EvidenceKind.CLIP: ("đoạn ghi hình", "clip"),
    EvidenceKind.CLIP_START: ("đoạn ghi hình lúc bắt đầu", "clip of the beginning"),
    EvidenceKind.CLIP_END: ("đoạn ghi hình lúc kết thúc", "clip of the end"),
    EvidenceKind.SNAPSHOT: ("ảnh", "picture"),
    EvidenceKind.SNAPSHOT_ANNOTATED: ("ảnh có đánh dấu", "picture with marks"),
}
VERDICT_WORDS = {
    Verdict.BREACH: ("có vi phạm", "breach"),
    Verdict.NO_BREACH: ("không vi phạm", "no breach"),
    Verdict.CANNOT_TELL: ("không xác định được", "cannot tell"),
}
