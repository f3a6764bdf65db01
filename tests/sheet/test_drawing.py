"""The drawn sheet: what stands on it, where, in which fonts, and that nobody's words do anything (E8, E9)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pypdfium2.raw as pdfium
import pytest

from bot.sheet import drawing
from bot.sheet.drawing import IMAGE_BYTES, IMAGE_WIDTH, image, pdf
from bot.sheet.sheet import Charges, LogEntry, Part, ServiceSheet, SheetProblem, Work, of_order
from tests.sheet.reading import Pages, size
from tests.sheet.sheets import COMPANY, MORNING, PRINTED, customer, events, full, order

Reader = Callable[[bytes], Pages]
A4 = (595.28, 841.89)
MARGIN = 48.0  # points at each side
FAST = 0.3  # seconds

HOSTILE = (
    "<img src='http://127.0.0.1:{port}/a.png'> <script>alert(1)</script> {{{{7*7}}}} ${{jndi}} %s %(x)s\n"
    '#read("words.yml") #image("http://127.0.0.1:{port}/b.png") #include "/etc/passwd"#import "@a/x:1.0"\n'
    "![x](http://127.0.0.1:{port}/c.png) $ sum_1 $ *bold* _it_ `raw` = title <label> @ref // gone? \\u{{41}}"
)
TOLD = (
    "product", "brand", "model", "serial_number", "purchase_date", "warranty", "description", "since",
    "error_code", "name", "phone", "address",
)  # fmt: skip


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A web server of this machine and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()
    thread.join()


def everywhere(words: str) -> ServiceSheet:
    """A sheet with these words wherever people's words can stand."""
    made = order(fields=dict.fromkeys(TOLD, words))
    return of_order(
        made, events("created"), customer(), COMPANY,
        work=Work(words, words, words, (LogEntry(MORNING, words, words, words),)),
        charges=Charges((Part(words, words, 1, 100, words),), 0, "CNY"),
        customer_words=words,
    )  # fmt: skip


def inside(pages: Pages) -> bool:
    """Whether every character stands between the margins at the sides and on the page."""
    return all(
        box.left >= MARGIN - 1 and box.right <= A4[0] - MARGIN + 1 and box.bottom >= 0 and box.top <= A4[1]
        for box in pages.boxes()
    )


def test_everything_stands_on_one_page_in_chinese(read: Reader) -> None:
    """E8: times, persons, what was done, parts, old parts, the solution, the customer's words."""
    pages = read(pdf(full(), "zh", PRINTED))
    assert len(pages) == 1
    lines = pages.lines()
    assert lines[0] == "宝修售后服务 服务单"
    for line in (
        "单号 SR-202603020001 加急 故障报修 已完成",
        "客户姓名 张伟 联系电话 138 0013 8000",
        "产品 冰箱 品牌 海尔",
        "型号 BCD-216STPT 序列号 BE0Q2AA0P00BGHK1",
        "购买日期 2025 年 6 月 18 日 保修状态 保修期内",
        "预约时间 2026 年 3 月 2 日 14:30–16:30 服务工程师 李师傅（工号 A1032）",
        "启动电容 CBB60 12µF 2 ¥38.50 ¥77.00 回收环保处理",
        "人工费 ¥120.00",
        "合计 ¥242.00",
        "师傅很专业，来得也快 👍 就是停车不方便。",
        "张伟于 2026 年 3 月 2 日 17:30 通过微信确认",
    ):
        assert line in lines
    assert "打印时间 2026-03-04 18:00" in pages.text
    assert "服务热线 400-800-1234" in pages.text
    assert inside(pages)


def test_everything_stands_on_one_page_in_english(read: Reader) -> None:
    """E8, E9: the labels are English, what people wrote stays as it is."""
    pages = read(pdf(full(), "en", PRINTED))
    lines = pages.lines()
    assert len(pages) == 1
    for line in (
        "Baoxiu Service Service sheet",
        "No. SR-202603020001 Urgent Repair Closed",
        "Product Refrigerator Brand Haier",
        "Bought 18 Jun 2025 Warranty In warranty",
        "Appointment 2 Mar 2026 14:30–16:30 Engineer 李师傅（工号 A1032）",
        "Total CNY 242.00",
        "张伟 confirmed on 2 Mar 2026 17:30 by WeChat",
    ):
        assert line in lines
    assert inside(pages)


def test_a_new_order_shows_what_there_is(read: Reader) -> None:
    """A5: the promise; nothing stands there that is not known yet."""
    new = of_order(order(status="created", priority="normal"), events("created"), customer(), COMPANY)
    words = read(pdf(new, "zh", PRINTED)).text
    assert "我们承诺最晚 2026 年 3 月 2 日 09:45 与您联系" in words
    for absent in ("配件", "处理结果", "客户意见", "服务记录", "加急", "None"):
        assert absent not in words


def test_fonts_are_inside_the_file(read: Reader) -> None:
    content = pdf(
        full(customer_words="臺灣繁體 𠮷 한국어 Ünïcödé مرحبا שלום ไทย हिन्दी 😡👨‍👩‍👧🇨🇳"), "zh", PRINTED
    )
    pages = read(content)
    assert all(pages.embedded())
    assert len(content) < 400_000
    for piece in ("臺灣繁體 𠮷 한국어 Ünïcödé", "ไทย", "😡"):
        assert piece in pages.text


def test_a_character_without_a_glyph_leaves_a_box(read: Reader) -> None:
    """No font has it, but its place is not empty."""

    def seen(words: str) -> int:
        return len(read(pdf(full(customer_words=words), "zh", PRINTED)).boxes())

    assert seen("王𒀀明") == seen("王明") + 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_sheet_is_the_same_file(language: str) -> None:
    """Only the printing time makes a difference."""
    later = PRINTED + timedelta(minutes=1, microseconds=7)
    assert pdf(full(), language, PRINTED) == pdf(full(), language, PRINTED)
    assert image(full(), language, PRINTED) == image(full(), language, PRINTED)
    assert pdf(full(), language, PRINTED) != pdf(full(), language, later)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_fits_a_chat(language: str) -> None:
    """E9: as wide as a phone's screen wants it, no more than 500 KB."""
    picture = image(full(), language, PRINTED)
    width, height = size(picture)
    assert abs(width - IMAGE_WIDTH) <= 1
    assert height < 3.5 * width
    assert len(picture) <= IMAGE_BYTES


def test_the_longest_picture_is_still_readable() -> None:
    """Long texts and tables end visibly in the picture; the PDF has all of them."""
    picture = image(crowded(), "zh", PRINTED)
    width, height = size(picture)
    assert len(picture) <= IMAGE_BYTES
    assert width >= 540
    assert height < 20 * width  # the most that Telegram takes as a picture


def test_long_texts_flow_over_pages(read: Reader) -> None:
    """Ten thousand characters of everybody, sixty parts, forty visits: all of it is there."""
    pages = read(pdf(crowded(), "zh", PRINTED))
    words = pages.text
    assert len(pages) > 10
    assert words.count("很") == 3 * 2000
    assert "第 3 页，共" in words
    assert all(f"配件 {number:02d}" in words for number in range(60))
    assert words.count("配件 型号 数量 单价 金额 旧件") > 1  # the heads come again on the next page
    assert inside(pages)


def crowded() -> ServiceSheet:
    """A sheet with far too much of everything."""
    talk = "很长的话。" * 2000
    return full(
        description=talk,
        customer_words="w " * 5000,
        work=Work(
            talk, "x" * 10_000, talk, tuple(LogEntry(MORNING, "做了些事", "李师傅") for _ in range(40))
        ),
        charges=Charges(tuple(Part(f"配件{n:02d}", "M" * 40, 1, 100, "已回收") for n in range(60)), 0),
    )


@pytest.mark.parametrize(
    "words",
    [
        "W" * 1500,
        "ﷺ" * 60,
        "مرحبا " * 150,
        "\u202e" * 60 + "\u0000" * 60,
        "ด" * 700,
        "Z" + "\u0335\u0336" * 4000,
        "👨‍👩‍👧‍👦" * 150,
        "\n" * 5000 + "x",
        "\ud800\udfff" * 50,
        "%" * 100 + "\\" * 100 + '"' * 100 + "\u2028" * 10,
    ],
    ids=["wide", "ligature", "arabic", "hidden", "thai", "marks", "emoji", "lines", "surrogates", "signs"],
)
def test_no_words_break_the_sheet(read: Reader, words: str) -> None:
    """I3: whatever is said is drawn, inside the margins, as text."""
    for language in ("zh", "en"):
        pages = read(pdf(everywhere(words), language, PRINTED))
        assert inside(pages)
        assert pdfium.FPDF_PAGEOBJ_IMAGE not in pages.kinds()
    assert len(image(everywhere(words), "zh", PRINTED)) <= IMAGE_BYTES


def test_nobodys_words_load_anything(read: Reader, listener: tuple[int, list[str]]) -> None:
    """I3: markup in what customers write is shown; no file is read and no address asked because of it."""
    port, asked = listener
    words = HOSTILE.format(port=port)
    content = pdf(everywhere(words), "en", PRINTED)
    image(everywhere(words), "en", PRINTED)
    pages = read(content)
    flat = "".join(pages.text.split())
    assert flat.count("".join(words.split())) >= 5  # description, diagnosis, measures, log, result, words
    assert "root:" not in flat
    assert "服务热线" not in flat  # words.yml lies beside the layout
    assert pages.annotations() == 0
    assert pdfium.FPDF_PAGEOBJ_IMAGE not in pages.kinds()
    assert asked == []


def test_another_language_is_refused() -> None:
    with pytest.raises(SheetProblem, match="no sheet in 'fr': zh, en"):
        pdf(full(), "fr", PRINTED)


def test_missing_fonts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing.fonts.cache_clear()
    monkeypatch.setattr(drawing, "FONTS", ("no_such_fonts",))
    with pytest.raises(SheetProblem, match="install the package no-such-fonts"):
        pdf(full(), "zh", PRINTED)
    drawing.fonts.cache_clear()


@pytest.mark.parametrize("draw", [pdf, image], ids=["pdf", "image"])
def test_a_sheet_is_drawn_quickly(
    draw: Callable[..., bytes], record_property: Callable[[str, object], None]
) -> None:
    """Each with other words, so that none is drawn from memory; the best counts on a shared machine."""
    draw(full(), "zh", PRINTED)
    took = []
    for number in range(6):
        sheet = full(customer_words=f"第 {number} 次")
        start = time.perf_counter()
        draw(sheet, "zh", PRINTED)
        took.append(time.perf_counter() - start)
    record_property("told", f"{min(took) * 1000:.0f} ms")
    assert min(took) <= FAST
