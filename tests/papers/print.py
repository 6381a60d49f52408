"""Prints papers flat: what a scanner would see of them, with every line of words on it.

Layouts follow the real cards and forms where these are public (GA 448 for the identity card's face), in fonts that are
free; portraits and emblems are plain shapes.
"""

from __future__ import annotations

import datetime
import functools
import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import segno
from PIL import Image, ImageChops, ImageDraw, ImageFont

from tests.papers import people

if TYPE_CHECKING:
    from random import Random

FONTS = "/usr/share/fonts/opentype/noto"
SANS, BOLD = f"{FONTS}/NotoSansCJK-Regular.ttc", f"{FONTS}/NotoSansCJK-Bold.ttc"
SERIF = f"{FONTS}/NotoSerifCJK-Regular.ttc"
SIMPLIFIED = 2
"""The index of the mainland's forms in Noto's collections."""
INK = (22, 22, 26)
CARD = (1012, 638)
"""ID-1 (ISO/IEC 7810), 85.6 × 54 mm, at 300 dots an inch."""
A4 = (1654, 2339)
"""At 200 dots an inch."""


@functools.cache
def font(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size, index=SIMPLIFIED)


@dataclass
class Paper:
    """A printed paper. `fields` are what a reader should find, by the names of `signaling.papers`."""

    kind: str
    picture: Image.Image
    size_mm: tuple[float, float]
    fields: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def write(
        self, at: tuple[float, float], text: str, size: int, file: str = SANS, fill: tuple[int, int, int] = INK,
        spacing: float = 0,
    ) -> float:  # fmt: skip
        """Write a line that counts; return where it ends."""
        self.lines.append(text.replace(" ", ""))
        return self.draw(at, text, size, file, fill, spacing)

    def draw(
        self, at: tuple[float, float], text: str, size: int, file: str = SANS, fill: tuple[int, int, int] = INK,
        spacing: float = 0,
    ) -> float:  # fmt: skip
        pen, x = ImageDraw.Draw(self.picture), at[0]
        if not spacing:
            pen.text(at, text, fill, font(file, size))
            return x + font(file, size).getlength(text)
        for letter in text:
            pen.text((x, at[1]), letter, fill, font(file, size))
            x += font(file, size).getlength(letter) + spacing
        return x

    def label(self, at: tuple[float, float], label: str, value: str, size: int, width: float, file: str = SANS) -> None:
        """Write a blue label as cards have it, and its value behind it."""
        self.write(at, label, int(size * 0.82), file, (60, 110, 170))
        self.write((at[0] + width, at[1] - size * 0.1), value, size, file)


def identity_card(chance: Random, who: people.Person | None = None) -> Paper:
    who = who or people.person(chance)
    paper = Paper("id_card_front", _guilloche(CARD, (222, 236, 245), (190, 214, 232)), (85.6, 54.0))
    paper.label((70, 75), "姓名", who.name, 44, 110)
    paper.label((70, 155), "性别", who.sex, 38, 110)
    paper.label((290, 155), "民族", who.nation, 38, 110)
    paper.write((70, 233), "出生", 31, SANS, (60, 110, 170))
    x = paper.draw((180, 228), str(who.born.year), 38)
    for value, unit in ((None, "年"), (who.born.month, "月"), (who.born.day, "日")):
        if value is not None:
            x = paper.draw((x + 14, 228), str(value), 38)
        x = paper.draw((x + 12, 233), unit, 31, SANS, (60, 110, 170))
    paper.lines.append(people.chinese_date(who.born))
    first, rest = who.address[:11], who.address[11:]
    paper.label((70, 312), "住址", first, 38, 110)
    if rest:
        paper.write((180, 362), rest, 38)
    paper.write((70, 520), "公民身份号码", 33, SANS, (60, 110, 170))
    paper.write((330, 508), who.number, 46, SANS, INK, 7)
    _portrait(paper.picture, (670, 70, 950, 440), chance)
    paper.fields = {
        "name": who.name, "sex": who.sex, "nation": who.nation, "born": f"{who.born:%Y-%m-%d}",
        "address": who.address, "number": who.number,
    }  # fmt: skip
    return paper


def identity_card_back(chance: Random, who: people.Person | None = None) -> Paper:
    who = who or people.person(chance)
    paper = Paper("id_card_back", _guilloche(CARD, (226, 238, 240), (196, 222, 214)), (85.6, 54.0))
    ImageDraw.Draw(paper.picture).ellipse((60, 50, 220, 210), (196, 52, 44), (230, 190, 90), 8)
    paper.write((270, 52), "中华人民共和国", 58, BOLD, INK, 22)
    paper.write((270, 150), "居民身份证", 82, BOLD, INK, 40)
    paper.label((180, 430), "签发机关", "上海市公安局普陀分局", 38, 170)
    paper.label((180, 515), "有效期限", who.period, 38, 170)
    paper.fields = {
        "authority": "上海市公安局普陀分局", "issued": f"{who.issued:%Y-%m-%d}", "valid_until": f"{who.until:%Y-%m-%d}"
    }  # fmt: skip
    return paper


def residence_permit(chance: Random, who: people.Person | None = None) -> Paper:
    who = who or people.person(chance, chance.choice(("340104", "341225", "410105", "810000", "830000")))
    paper = Paper("residence_permit", _guilloche(CARD, (240, 235, 222), (224, 212, 186)), (85.6, 54.0))
    paper.write((330, 36), "上海市居住证", 60, BOLD, (150, 40, 36), 8)
    paper.label((60, 150), "姓名", who.name, 40, 110)
    paper.label((60, 218), "性别", who.sex, 34, 110)
    paper.label((290, 218), "民族", who.nation, 34, 100)
    paper.label((60, 280), "居住地址", who.address[:12], 34, 170)
    paper.write((230, 322), who.address[12:], 34)
    paper.label((60, 385), "公民身份号码", who.number, 36, 240)
    paper.label((60, 452), "签发日期", people.chinese_date(who.issued), 34, 170)
    until = who.issued.replace(year=who.issued.year + 12, day=min(who.issued.day, 28))
    paper.label((60, 520), "有效期至", people.chinese_date(until), 34, 170)
    _portrait(paper.picture, (720, 150, 950, 460), chance)
    paper.fields = {
        "name": who.name, "sex": who.sex, "nation": who.nation, "address": who.address, "number": who.number,
        "issued": f"{who.issued:%Y-%m-%d}", "valid_until": f"{until:%Y-%m-%d}",
    }  # fmt: skip
    return paper


def bank_card(chance: Random) -> Paper:
    back, shade = chance.choice(
        (((32, 70, 128), (44, 86, 150)), ((150, 32, 40), (170, 48, 52)), ((22, 96, 88), (30, 116, 104)))
    )
    paper = Paper("bank_card", _guilloche(CARD, back, shade), (85.6, 54.0))
    white = (244, 244, 240)
    bank, number = chance.choice(people.BANKS), people.bank_number(chance)
    thru = f"{chance.randrange(1, 13):02}/{chance.randrange(27, 36)}"
    paper.write((70, 60), bank, 56, BOLD, white)
    paper.write((70, 140), "借记卡", 34, SANS, white)
    ImageDraw.Draw(paper.picture).rounded_rectangle((80, 220, 210, 320), 14, (214, 186, 110), (150, 120, 60), 3)
    grouped = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    paper.write((80, 360), grouped, 62, SANS, white, 3)
    paper.write((80, 470), f"有效期至 {thru}", 32, SANS, white)
    paper.write((740, 530), "银联", 58, BOLD, white)
    paper.fields = {"bank": bank, "number": number, "valid_until": f"20{thru[3:]}-{thru[:2]}"}
    return paper


def household_page(chance: Random, who: people.Person | None = None) -> Paper:
    who = who or people.person(chance)
    size = (1690, 1240)
    paper = Paper("household_page", Image.new("RGB", size, (250, 246, 232)), (143.0, 105.0))
    paper.write((600, 60), "常住人口登记卡", 62, BOLD, (120, 60, 50), 10)
    rows = (
        (("姓名", who.name), ("户主或与户主关系", chance.choice(("户主", "妻", "子", "女")))),
        (("性别", who.sex), ("民族", f"{who.nation}族")),
        (("出生日期", people.chinese_date(who.born)), ("籍贯", "上海市普陀区")),
        (("公民身份号码", who.number), ("婚姻状况", chance.choice(("已婚", "未婚")))),
        (("文化程度", chance.choice(("高中", "大学本科", "初中"))), ("服务处所", "上海市普陀区")),
    )
    _table(paper, rows, (80, 190, 1610, 940), 40, (300, 480, 300, 450))
    paper.write((120, 985), f"登记日期 {people.chinese_date(who.issued)}", 40)
    paper.write((940, 985), "承办人签章", 40)
    paper.fields = {"name": who.name, "sex": who.sex, "born": f"{who.born:%Y-%m-%d}", "number": who.number}
    return paper


def business_licence(chance: Random) -> Paper:
    firm = people.company(chance)
    size = (2339, 1654)
    paper = Paper("business_licence", Image.new("RGB", size, (252, 250, 240)), (297.0, 210.0))
    pen = ImageDraw.Draw(paper.picture)
    pen.rectangle((60, 60, size[0] - 60, size[1] - 60), None, (190, 150, 60), 18)
    paper.write((900, 190), "营业执照", 128, BOLD, INK, 30)
    paper.write((170, 150), "统一社会信用代码", 40)
    paper.write((170, 205), firm.number, 48)
    left = (
        ("名称", firm.name), ("类型", "有限责任公司"), ("法定代表人", firm.head.name),
        ("经营范围", "企业管理咨询；办公用品销售"),
    )  # fmt: skip
    right = (
        ("注册资本", firm.capital), ("成立日期", people.chinese_date(firm.founded)), ("住所", firm.address),
    )  # fmt: skip
    for x, width, rows in ((170, 270, left), (1200, 240, right)):
        for row, (label, value) in enumerate(rows):
            paper.label((x, 520 + row * 150), label, value, 42, width)
    paper.write((1500, 1180), "登记机关", 44)
    paper.write((1500, 1260), "上海市普陀区市场监督管理局", 40)
    issued = firm.founded + datetime.timedelta(days=chance.randrange(300))
    paper.write((1500, 1340), people.chinese_date(issued), 42)
    _stamp(paper.picture, (1830, 1290), 170)
    _code(paper, f"https://licence.invalid/{firm.number}", (2000, 140, 2180, 320))
    paper.fields = {
        "name": firm.name, "number": firm.number, "representative": firm.head.name, "address": firm.address,
        "founded": f"{firm.founded:%Y-%m-%d}",
    }  # fmt: skip
    return paper


def form(chance: Random) -> Paper:
    """A page as offices print it: title, table, some sentences, a stamp, and now and then a code."""
    who = people.person(chance)
    day = datetime.date(2026, 1, 1) + datetime.timedelta(days=chance.randrange(300))
    paper = Paper(
        "form", Image.new("RGB", A4, chance.choice(((255, 255, 255), (252, 252, 250), (250, 248, 242)))), (210.0, 297.0)
    )
    title = chance.choice(
        ("上海市社会保障卡更换申请表", "医疗费用报销申请表", "居住情况证明", "灵活就业登记申请表", "出院小结")
    )
    width = font(BOLD, 62).getlength(title)
    paper.write(((A4[0] - width) / 2, 170), title, 62, BOLD)
    rows = (
        (("姓名", who.name), ("性别", who.sex)),
        (("公民身份号码", who.number), ("民族", who.nation)),
        (("联系电话", f"1{chance.choice('3578')}{chance.randrange(10**9):09}"), ("邮政编码", "200062")),
        (("住址", who.address), ("办理方式", chance.choice(("本人", "代办")))),
    )
    bottom = 350 + 110 * len(rows)
    _table(paper, rows, (140, 350, A4[0] - 140, bottom), 34, (250, 620, 200, 304))
    sentences = (
        "本人承诺以上填写的内容真实有效，并愿意承担相应责任。", "请在工作日携带身份证原件到就近的延伸点办理。",
        "办理结果将在五个工作日内以短信方式通知申请人。", "如需查询进度，请拨打服务热线或到窗口咨询。",
        "申请人已阅读并同意上述说明，自愿提出本次申请。", "材料不齐的，请在三十日内补交，逾期需要重新申请。",
        "本表一式两份，由申请人和受理机关各保存一份。", "受理人员应当核对原件，并在复印件上注明日期。",
    )  # fmt: skip
    for row, sentence in enumerate(chance.sample(sentences, chance.randrange(4, 9))):
        paper.write(
            (150, bottom + 90 + row * 78),
            f"{row + 1}、{sentence}",
            35,
            chance.choice((SANS, SANS, SERIF)) if _has(SERIF) else SANS,
        )
    paper.write((950, 1830), f"申请人签名：{who.name}", 36)
    paper.write((950, 1910), f"日期：{people.chinese_date(day)}", 36)
    if chance.random() < 0.5:
        _stamp(paper.picture, (430, 1900), 190)
    if chance.random() < 0.5:
        _code(paper, f"SSK-{chance.randrange(10**8):08}", (A4[0] - 330, 100, A4[0] - 130, 300))
    paper.fields = {"name": who.name, "number": who.number, "issued": f"{day:%Y-%m-%d}"}
    return paper


PRINTERS = {
    "id_card_front": identity_card,
    "id_card_back": identity_card_back,
    "residence_permit": residence_permit,
    "bank_card": bank_card,
    "household_page": household_page,
    "business_licence": business_licence,
    "form": form,
}


@functools.cache
def _has(file: str) -> bool:
    try:
        font(file, 20)
    except OSError:
        return False
    return True


def _table(
    paper: Paper, rows: tuple[tuple[tuple[str, str], ...], ...], box: tuple[int, int, int, int], size: int,
    widths: tuple[int, ...],
) -> None:  # fmt: skip
    pen = ImageDraw.Draw(paper.picture)
    left, top, right, bottom = box
    height = (bottom - top) / len(rows)
    for row in range(len(rows) + 1):
        pen.line((left, top + row * height, right, top + row * height), (70, 70, 74), 3)
    edges = [left]
    for width in widths[:-1]:
        edges.append(edges[-1] + width)
    edges.append(right)
    for x in edges:
        pen.line((x, top, x, bottom), (70, 70, 74), 3)
    for row, cells in enumerate(rows):
        y = top + row * height + (height - size * 1.4) / 2
        for cell, (label, value) in enumerate(cells):
            paper.write((edges[2 * cell] + 16, y), label, size if len(label) < 8 else int(size * 0.85))
            paper.write((edges[2 * cell + 1] + 16, y), value, size)


def _guilloche(size: tuple[int, int], ground: tuple[int, int, int], line: tuple[int, int, int]) -> Image.Image:
    """Return a card's ground with fine waves on it, its corners not yet cut round."""
    picture = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(picture)
    for row in range(-6, 46):
        wave = [(x, row * 16 + 22 * math.sin(x / 90 + row / 5)) for x in range(0, size[0] + 12, 12)]
        pen.line(wave, line, 2)
    return picture


def _portrait(paper: Image.Image, at: tuple[int, int, int, int], chance: Random) -> None:
    picture = Image.new("RGB", (at[2] - at[0], at[3] - at[1]))
    pen = ImageDraw.Draw(picture)
    box = left, top, right, bottom = (0, 0, *picture.size)
    middle, width = (left + right) / 2, right - left
    skin = chance.choice(((226, 190, 164), (212, 172, 142), (198, 158, 130)))
    pen.rectangle(box, (236, 240, 244))
    pen.ellipse((middle - width * 0.5, bottom - width * 0.42, middle + width * 0.5, bottom + width * 0.6), (52, 56, 70))
    pen.ellipse((middle - width * 0.26, top + width * 0.2, middle + width * 0.26, top + width * 0.85), skin)
    pen.chord(
        (middle - width * 0.29, top + width * 0.13, middle + width * 0.29, top + width * 0.7), 185, 355, (34, 30, 32)
    )
    paper.paste(picture, at[:2])


def _stamp(picture: Image.Image, at: tuple[int, int], radius: int) -> None:
    """A round red seal, as translucent as its ink; without words, which nobody could count."""
    seal = Image.new("RGB", (2 * radius, 2 * radius), (255, 255, 255))
    pen = ImageDraw.Draw(seal)
    pen.ellipse((5, 5, 2 * radius - 6, 2 * radius - 6), None, (226, 92, 86), 9)
    star = [
        (radius + (0.42 if n % 2 else 1) * radius * 0.42 * math.sin(n * math.pi / 5),
         radius - (0.42 if n % 2 else 1) * radius * 0.42 * math.cos(n * math.pi / 5))
        for n in range(10)
    ]  # fmt: skip
    pen.polygon(star, (226, 92, 86))
    box = (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius)
    picture.paste(ImageChops.multiply(picture.crop(box), seal), box[:2])


def _code(paper: Paper, content: str, box: tuple[int, int, int, int]) -> None:
    stream = io.BytesIO()
    segno.make_qr(content, error="m").save(stream, kind="png", scale=8, border=2)
    side = (box[2] - box[0], box[3] - box[1])
    paper.picture.paste(Image.open(stream).convert("RGB").resize(side, Image.Resampling.LANCZOS), box[:2])
    paper.codes.append(content)
