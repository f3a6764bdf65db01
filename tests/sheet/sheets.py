"""Sheets to test with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.settings import Service
from bot.sheet.sheet import (
    Appointment,
    Charges,
    Confirmation,
    LogEntry,
    Part,
    ServiceSheet,
    Work,
    of_order,
)
from storage.customers import Customer
from storage.orders import Order, OrderEvent

MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # 9:30 in Shanghai
PRINTED = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai
COMPANY = Service(name={"zh": "宝修售后服务", "en": "Baoxiu Service"})


def customer(name: str | None = None, phone: str | None = None, address: str | None = None) -> Customer:
    """A customer of whom no more is known."""
    return Customer(7, name, phone, address, "zh", MORNING, MORNING)


def order(**changes: object) -> Order:
    """A fault report with everything the conversation asks for."""
    known = Order(
        id=1,
        number="SR-202603020001",
        request_key="1",
        kind="fault",
        status="closed",
        priority="urgent",
        customer_id=7,
        conversation_id=1,
        fields={
            "product": "refrigerator",
            "brand": "haier",
            "model": "BCD-216STPT",
            "serial_number": "BE0Q2AA0P00BGHK1",
            "purchase_date": "2025-06-18",
            "warranty": "in_warranty",
            "description": "冷藏室不制冷，压缩机一直响，昨天晚上开始的，牛奶都坏了。",
            "since": "2026-03-01",
            "error_code": "E1",
            "name": "张伟",
            "phone": "+8613800138000",
            "address": "上海市浦东新区世纪大道100号环球金融中心3栋2单元1502室",
        },
        promised_at=MORNING + timedelta(minutes=15),
        created_at=MORNING,
        updated_at=MORNING,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def events(*statuses: str) -> list[OrderEvent]:
    """An event every three hours."""
    return [
        OrderEvent(MORNING + timedelta(hours=3 * n), "bot", status, "") for n, status in enumerate(statuses)
    ]


def full(**changes: object) -> ServiceSheet:
    """A sheet that shows everything a sheet can show."""
    made = of_order(
        order(),
        events("created", "dispatched", "accepted", "on_site", "resolved", "confirmed", "closed"),
        customer(),
        COMPANY,
        appointment=Appointment(
            MORNING + timedelta(hours=5), MORNING + timedelta(hours=7), "李师傅（工号 A1032）"
        ),
        work=Work(
            diagnosis="压缩机启动继电器触点烧蚀，启动电容容量不足，压缩机无法正常启动，保护器反复跳开。",
            measures="更换启动继电器与启动电容，清洁冷凝器，检漏后试机两小时，冷藏室降至 4 ℃。",
            solution="更换启动继电器和启动电容后恢复制冷，运行噪声正常。",
            log=(
                LogEntry(MORNING + timedelta(hours=5), "到达现场，检查电源与温控器。", "李师傅", "客户家中"),
                LogEntry(MORNING + timedelta(hours=6), "更换继电器、电容，试机正常。", "李师傅", "客户家中"),
            ),
        ),
        charges=Charges(
            parts=(
                Part("启动继电器", "QP2-4R7", 1, 4500, "交还客户"),
                Part("启动电容", "CBB60 12µF", 2, 3850, "回收环保处理"),
            ),
            labour=12000,
        ),
        customer_words="师傅很专业，来得也快 👍 就是停车不方便。",
        confirmation=Confirmation(MORNING + timedelta(hours=8), "wechat", "张伟"),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]
