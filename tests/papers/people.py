"""Made-up citizens and companies whose numbers pass their standards' check digits, which `stdnum` computes here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stdnum import luhn
from stdnum.cn import ric, uscc

if TYPE_CHECKING:
    from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲建国华建军志强晓东海燕雪梅春生玉珍凤英嘉怡子涵浩然"
ROADS = (
    "曹杨路",
    "枫桥路",
    "兰溪路",
    "梅岭北路",
    "花溪路",
    "真如西村",
    "铜川路",
    "桃浦路",
    "长寿路",
    "金沙江路",
    "武宁路",
)
NATIONS = ("汉", "汉", "汉", "汉", "回", "满", "壮", "蒙古", "朝鲜")
REGIONS = ("310107", "310106", "310110", "320505", "330106", "340104", "341225", "410105")
TRADES = ("商贸", "信息科技", "餐饮管理", "文化传播", "建筑装饰", "物业管理")
WORDS = ("瑞和", "申宁", "普康", "华启", "润泽", "嘉禾", "东方", "恒达")
BANKS = ("中国银行", "中国工商银行", "中国建设银行", "上海银行", "交通银行")


@dataclass(frozen=True)
class Person:
    name: str
    sex: str
    nation: str
    born: datetime.date
    address: str
    number: str
    issued: datetime.date
    until: datetime.date

    @property
    def period(self) -> str:
        return f"{self.issued:%Y.%m.%d}-{self.until:%Y.%m.%d}"


@dataclass(frozen=True)
class Company:
    name: str
    number: str
    head: Person
    founded: datetime.date
    address: str
    capital: str


def name(chance: Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2, 2))))


def address(chance: Random) -> str:
    room = f"{chance.randrange(1, 60)}号{chance.randrange(1, 30)}{chance.choice('01')}{chance.randrange(1, 9)}室"
    return f"上海市普陀区{chance.choice(ROADS)}{chance.randrange(10, 2000)}弄{room}"


def person(chance: Random, region: str = "") -> Person:
    born = datetime.date(1938, 1, 1) + datetime.timedelta(days=chance.randrange(29000))
    sequence = chance.randrange(1, 999)
    digits = f"{region or chance.choice(REGIONS)}{born:%Y%m%d}{sequence:03}"
    issued = datetime.date(2014, 1, 1) + datetime.timedelta(days=chance.randrange(3800))
    until = issued.replace(year=issued.year + chance.choice((10, 20)), day=min(issued.day, 28))
    return Person(
        name(chance), "男" if sequence % 2 else "女", chance.choice(NATIONS), born, address(chance),
        digits + ric.calc_check_digit(digits + '0'), issued, until,
    )  # fmt: skip


def company(chance: Random) -> Company:
    body = "".join(chance.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9))
    digits = f"91{chance.choice(('310107', '310000', '310115'))}{body}"
    title = f"上海{chance.choice(WORDS)}{chance.choice(TRADES)}有限公司"
    founded = datetime.date(2005, 1, 1) + datetime.timedelta(days=chance.randrange(7000))
    capital = f"人民币{chance.choice((10, 50, 100, 200, 500, 1000))}.0000万元整"
    return Company(title, digits + uscc.calc_check_digit(digits), person(chance), founded, address(chance), capital)


def bank_number(chance: Random) -> str:
    digits = chance.choice(("621700", "622202", "621661", "622848")) + f"{chance.randrange(10**12):012}"
    return str(digits + luhn.calc_check_digit(digits))


def chinese_date(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
