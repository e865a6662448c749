"""Draw staff cards: many layouts, Vietnamese names, holders, sleeves and glare."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib import font_manager
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from models.train.paint import Random, Rgba

LONG_PX, SHORT_PX = 300, 190
FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
]
GIVEN = [
    "Văn An",
    "Thị Hoa",
    "Minh Đức",
    "Thanh Hà",
    "Quốc Bảo",
    "Ngọc Ánh",
    "Hữu Phước",
    "Thùy Linh",
    "Đình Khôi",
    "Bích Ngọc",
    "Gia Huy",
    "Mỹ Duyên",
]
OFFICES = [
    "UBND PHƯỜNG",
    "SỞ NỘI VỤ",
    "TRUNG TÂM HÀNH CHÍNH CÔNG",
    "VĂN PHÒNG",
    "CỤC THUẾ",
    "SỞ TƯ PHÁP",
    "THẺ CÔNG CHỨC",
    "NHÂN VIÊN",
    "STAFF",
    "KHÁCH",
    "HỘI NGHỊ",
    "THẺ TÊN",
]
STRONG = [
    (190, 30, 40),
    (20, 60, 150),
    (15, 110, 70),
    (230, 120, 20),
    (90, 30, 120),
    (10, 130, 180),
    (40, 40, 50),
]
Colour = tuple[int, int, int]


@cache
def _font(size_px: int, bold: bool) -> ImageFont.FreeTypeFont:
    weight = "bold" if bold else "normal"
    found = font_manager.findfont(font_manager.FontProperties(family="DejaVu Sans", weight=weight))
    return ImageFont.truetype(found, size_px)


def _pick(random: Random, colours: list[Colour]) -> Colour:
    return colours[int(random.integers(len(colours)))]


def _portrait(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], random: Random) -> None:
    """A passport photo: coloured ground, skin, hair, shoulders."""
    x1, y1, x2, y2 = box
    width, height = x2 - x1, y2 - y1
    draw.rectangle(box, fill=_pick(random, [(70, 120, 200), (235, 235, 240), (200, 215, 235), (40, 90, 170)]))
    shirt = _pick(random, [(250, 250, 250), (40, 50, 80), (120, 30, 40), (90, 140, 190)])
    draw.ellipse((x1 + width * 0.08, y1 + height * 0.68, x2 - width * 0.08, y2 + height * 0.4), fill=shirt)
    hair = _pick(random, [(25, 20, 20), (60, 40, 30), (110, 110, 115)])
    draw.ellipse((x1 + width * 0.25, y1 + height * 0.1, x2 - width * 0.25, y1 + height * 0.66), fill=hair)
    skin = _pick(random, [(225, 185, 155), (205, 160, 125), (165, 115, 85), (120, 80, 60)])
    draw.ellipse((x1 + width * 0.29, y1 + height * 0.2, x2 - width * 0.29, y1 + height * 0.72), fill=skin)
    draw.rectangle((x1, y2, x2, y2 + height // 2), fill=None)


def _code(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], random: Random, square: bool) -> None:
    """A QR-like square or a bar code."""
    x1, y1, x2, y2 = box
    columns, rows = (11, 11) if square else (32, 1)
    dark = random.random((rows, columns)) < 0.5
    step_x, step_y = (x2 - x1) / columns, (y2 - y1) / rows
    draw.rectangle(box, fill=(255, 255, 255))
    for row, column in zip(*np.nonzero(dark), strict=True):
        left, top = x1 + column * step_x, y1 + row * step_y
        draw.rectangle((left, top, left + step_x, top + step_y), fill=(15, 15, 15))


def _face(random: Random, upright: bool) -> Pillow.Image:
    """The printed side of a card."""
    width, height = (SHORT_PX, LONG_PX) if upright else (LONG_PX, SHORT_PX)
    paper = _pick(random, [(252, 252, 250), (245, 248, 252), (236, 240, 238), (255, 250, 225), (225, 238, 250)])
    image = Pillow.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    kind = random.random()
    if kind < 0.24:  # blank or turned round: without print, a card is only its shape, holder and clip
        return image
    main = _pick(random, STRONG)
    if kind < 0.32:  # all one colour with a logo
        draw.rectangle((0, 0, width, height), fill=main)
        draw.ellipse((width * 0.3, height * 0.3, width * 0.7, height * 0.3 + width * 0.4), fill=paper)
        draw.text((width * 0.12, height * 0.08), OFFICES[int(random.integers(12))], paper, _font(20, True))
        return image
    band = int(height * random.uniform(0.1, 0.28))
    draw.rectangle((0, 0, width, band), fill=main)
    if random.random() < 0.5:
        draw.rectangle((0, height - band // 2, width, height), fill=_pick(random, STRONG))
    if random.random() < 0.15:
        draw.rectangle((0, 0, int(width * 0.14), height), fill=_pick(random, STRONG))
    draw.text((8, band * 0.25), OFFICES[int(random.integers(12))], (255, 255, 255), _font(max(9, band // 3), True))
    photo_w = int(width * (random.uniform(0.38, 0.6) if upright else random.uniform(0.24, 0.34)))
    photo_h = int(photo_w * 1.3)
    x = (width - photo_w) // 2 if upright else int(width * random.choice([0.06, 0.68]))
    if random.random() < 0.85:
        _portrait(draw, (x, band + 10, x + photo_w, min(height - 8, band + 10 + photo_h)), random)
    name = f"{FAMILY[int(random.integers(16))]} {GIVEN[int(random.integers(12))]}"
    text_x, text_y = (
        (12, band + photo_h + 18) if upright else (int(width * (0.4 if x < width / 2 else 0.05)), band + 22)
    )
    draw.text((text_x, text_y), name.upper() if random.random() < 0.5 else name, main, _font(19, True))
    for line in range(int(random.integers(1, 4))):
        draw.text(
            (text_x, text_y + 26 + 18 * line),
            "Chuyên viên · 0" + str(random.integers(9999)),
            (60, 60, 60),
            _font(14, False),
        )
    if random.random() < 0.4:
        side = int(SHORT_PX * 0.27)
        is_square = random.random() < 0.5
        left = width - side - 8
        _code(
            draw,
            (left if is_square else width // 5, height - side - 6, width - 8, height - 8),
            random,
            is_square,
        )
    return image


def draw_card(random: Random) -> tuple[Rgba, bool]:
    """One card in its holder.

    Returns:
        float32 (h, w, 4) BGR 0..255 and alpha 0..1, and whether it hangs upright.
    """
    upright = bool(random.random() < 0.68)
    face = _face(random, upright)
    holder = random.random()
    rim = int(random.integers(6, 20))
    if holder < 0.45:
        colours = [*STRONG, (240, 240, 240), (225, 228, 232), (30, 120, 220), (20, 60, 200), (20, 20, 22), (20, 20, 22)]
        frame = Pillow.new("RGB", (face.width + 2 * rim, face.height + 2 * rim + rim), _pick(random, colours))
        frame.paste(face, (rim, rim * 2))
        face = frame
    card = np.asarray(face, np.float32)[..., ::-1]
    alpha = np.ones((*card.shape[:2], 1), np.float32)
    if 0.45 <= holder < 0.7:  # clear sleeve: a see-through rim around the card
        card = np.pad(card, ((rim * 2, rim), (rim, rim), (0, 0)), constant_values=225)
        alpha = np.pad(alpha, ((rim * 2, rim), (rim, rim), (0, 0)), constant_values=random.uniform(0.55, 0.9))
    card = np.concatenate([card, alpha], axis=2)
    return _with_glare(card, random) if random.random() < 0.45 else np.ascontiguousarray(card), upright


def _with_glare(card: Rgba, random: Random) -> Rgba:
    """A soft bright streak, as on plastic under a lamp."""
    height, width = card.shape[:2]
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    slope, place, broad = random.uniform(-1, 1), random.uniform(0, 1), random.uniform(0.08, 0.4)
    streak = np.exp(-(((across + slope * down - place) / broad) ** 2)) * random.uniform(0.3, 0.95)
    card[..., :3] += (255 - card[..., :3]) * streak[..., None].astype(np.float32)
    return np.ascontiguousarray(card, np.float32)
