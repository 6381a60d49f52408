"""The district's files are checked on load; the demo's are right; hours follow the calendar."""

from __future__ import annotations

import re
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import structlog

from signaling.routing.commands import DefineQueue, DefineRoster, SetHours
from signaling.world import Calendar, Hours, World, WorldError
from signaling.world.hours import Day

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def world() -> World:
    return World.load(DEMO)


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str, str], list[str]]:
    """Change one place in one file of the demo and return what loading it says."""

    def edit(file: str, old: str, new: str) -> list[str]:
        folder = tmp_path / "world"
        shutil.copytree(DEMO, folder, dirs_exist_ok=True)
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(WorldError) as caught:
            World.load(folder)
        return list(caught.value.problems)

    return edit


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()


# --- the demo -------------------------------------------------------------------------------------------


def test_the_demo_is_putuo(world: World) -> None:
    assert len(world.streets) == 10
    assert len(world.points) == len(world.booths) == 26
    assert {booth.point_id for booth in world.booths.values()} == set(world.points)
    assert {point.street_id for point in world.points.values()} == set(world.streets)
    assert len(world.queues) == 5
    assert len(world.items) >= 14
    for name in (
        "社保卡更换",
        "居住证签注",
        "个体工商户设立",
        "医保参保登记",
        "高龄津贴",
        "食品经营许可",
        "残疾人证办理",
        "办不成事反映",
    ):
        assert any(item.name == name for item in world.items.values()), name


def test_the_demos_staff_has_ten_helpers_an_expert_an_interpreter_and_a_supervisor(world: World) -> None:
    titles = [agent.title for agent in world.agents.values()]
    assert titles.count("普小二") == 10
    assert {"老法师", "手语翻译", "值班长"} <= set(titles)
    assert [agent.role for agent in world.agents.values()].count("supervisor") == 1
    assert all(agent.initial_password for agent in world.agents.values())


def test_everything_in_the_demo_has_an_english_name_too(world: World) -> None:
    places, people = (world.streets, world.points, world.booths), (world.agents, world.skills, world.needs)
    for things in (*places, *people, world.queues, world.items):
        assert all(thing.name_en for thing in things.values())
    for item in world.items.values():
        assert item.summary
        assert item.summary_en
        assert all(material.name_en for material in item.materials)
        assert {item.name, *(material.name for material in item.materials)} <= world.english.keys()
    assert (world.english["普小二"], world.english["社保卡更换"]) == ("Helper", "Replace a social security card")


def test_the_demo_can_be_tried_at_any_time_of_day(world: World) -> None:
    for moment in ("2026-10-01T03:00", "2026-11-22T23:59", "2027-02-06T12:00", "2031-01-01T00:00"):
        assert all(world.item_open(item, at(moment)) for item in world.items)


# --- what the engine is told ----------------------------------------------------------------------------


def test_the_engine_is_told_queues_roster_and_hours(world: World) -> None:
    commands = world.commands(at("2026-11-23T10:00"))
    queues = [command.queue for command in commands if isinstance(command, DefineQueue)]
    assert [queue.queue_id for queue in queues] == list(world.queues)
    assert len({queue.prefix for queue in queues}) == 5
    roster = next(command for command in commands if isinstance(command, DefineRoster))
    assert {agent.agent_id for agent in roster.agents} == set(world.agents)
    hours = [command for command in commands if isinstance(command, SetHours)]
    assert [command.queue_id for command in hours] == list(world.queues)
    assert all(command.intervals == () for command in hours)  # to the engine: always open


def test_priorities_do_not_add_up(world: World) -> None:
    assert world.credit_s(()) == 0
    assert world.credit_s(("elder", "veteran")) == world.credit_s(("elder",)) == 300


def test_sign_language_is_essential_and_may_be_met_by_a_companion(world: World) -> None:
    requirement = world.needs["sign_language"].requirement()
    assert (requirement.skill, requirement.essential, requirement.companion) == ("sign_language", True, True)


def test_a_booth_is_placed_in_names(world: World) -> None:
    place = world.place("booth_taopu_center")
    assert (place.street.name, place.point.name) == ("桃浦镇", "桃浦镇社区事务受理服务中心")


# --- search ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("社保", "社保卡更换"),
        ("sbk", "社保卡更换"),
        ("SheBaoKa", "社保卡更换"),
        ("she bao", "社保卡更换"),
        ("挂失", "社保卡更换"),
        ("jzz", "居住证签注"),
        ("营业执照", "个体工商户设立"),
        ("yyzz", "个体工商户设立"),
        ("food", "食品经营许可"),
        ("居住正", "居住证签注"),
        ("disabilty", "残疾人证办理"),
        ("\uff53\uff42\uff4b", "社保卡更换"),
        ("shè bǎo kǎ", "社保卡更换"),
        ("bbcs", "办不成事反映"),
    ],
)
def test_an_item_is_found_as_people_type_it(world: World, typed: str, first: str) -> None:
    found = [item.name for item in world.find_items(typed)]
    if typed == "bbcs":  # no such initials: nothing is better than noise
        assert first not in found[1:]
    else:
        assert found[0] == first


def test_nothing_typed_lists_all_and_nonsense_nothing(world: World) -> None:
    assert len(world.find_items("", limit=100)) == len(world.items)
    assert world.find_items("qqqqqq") == []


@pytest.mark.parametrize("typed", ["工本费", "gongbenfei", "gbf", "个人账户余额", "社保卡补换"])
def test_a_policy_is_found_by_title_keyword_sound_initials_and_its_own_words(world: World, typed: str) -> None:
    assert world.find_policies(typed)[0].id == "card_fee"


def test_a_text_with_the_word_in_its_title_comes_before_one_that_only_mentions_it(world: World) -> None:
    assert [policy.id for policy in world.find_policies("代办")] == ["proxy", "card_fee"]


def test_readings_know_the_districts_own_words() -> None:
    from signaling.world.search import initials, reading

    assert reading("长宁") == "chang ning"
    assert reading("长征镇") == "chang zheng zhen"
    assert initials("长寿路") == "csl"


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("items.toml", 'skill = "social_security"', 'skill = "sewing"',
         'items.toml: items "social_card_replace".requires: there is no "sewing" in the skills'),
        ("items.toml", 'queue_id = "social"', 'queue_id = "socail"',
         'items.toml: items "social_card_replace".queue_id: there is no "socail" in the queues'),
        ("items.toml", 'id = "medical_enrol"', 'id = "social_card_replace"',
         'items.toml: items "social_card_replace".id: is used twice'),
        ("items.toml", "level = 2 }]\nminutes = 8", "level = 9 }]\nminutes = 8",
         'items.toml: items "social_card_replace".requires[0].level: Input should be less than or equal to 5'),
        ("items.toml", "minutes = 8", "minuets = 8",
         'items.toml: items "social_card_replace".minuets: there is no such key'),
        ("items.toml", "minutes = 8", "",
         'items.toml: items "social_card_replace".minutes: is missing'),
        ("items.toml", 'name = "社保卡更换"', "", 'items.toml: items "social_card_replace".name: is missing'),
        ("items.toml", 'recording = "consent"', 'recording = "always"', 'items "temporary_aid".recording'),
        ("items.toml", 'skill = "tax", level = 2', 'skill = "tax", level = 5',
         'items.toml: items "tax_register".requires: no agent has the skills it asks for (tax 5)'),
        ("items.toml", 'id = "old_card"', 'id = "id_card"',
         'items.toml: items "social_card_replace".materials: two materials have the same id'),
        ("items.toml", '[[items]]\nid = "advice"', '[[itmes]]\nid = "advice"',
         "items.toml: itmes: there is no such table"),
        ("items.toml", "[[items]]", "[[items]", "items.toml: "),
        ("skills.toml", 'skill_id = "sign_language"', 'skill_id = "semaphore"',
         'skills.toml: needs "sign_language".skill_id: there is no "semaphore" in the skills'),
        ("skills.toml", "level = 3", "level = 5.5", 'skills.toml: needs "sign_language".level'),
        ("skills.toml", "credit_s = 300", "credit_s = -1", 'skills.toml: priorities "elder".credit_s'),
        ("queues.toml", 'prefix = "B"', 'prefix = "A"',
         'queues.toml: queues "residence".prefix: "A" is also used by "social"'),
        ("queues.toml", 'prefix = "B"', 'prefix = "ß"',
         'queues.toml: queues "residence".prefix: must be one letter A–Z'),
        ("queues.toml", 'hours_id = "always"', 'hours_id = "sometimes"',
         'queues.toml: queues "social".hours_id: there is no "sometimes" in the hours'),
        ("queues.toml", "target_s = 60.0", "taget_s = 60.0",
         'queues.toml: queues "social": policy: there is no such key: taget_s'),
        ("queues.toml", "target_s = 60.0", 'target_s = "soon"', 'queues.toml: queues "social"'),
        ("queues.toml", 'choice = "highest_level"', 'choice = "my_friends"', 'queues.toml: queues "business"'),
        ("places.toml", 'street_id = "caoyang"', 'street_id = "cao"',
         'places.toml: points "caoyang_center".street_id: there is no "cao" in the streets'),
        ("places.toml", "x = 0.62", "x = 62", 'places.toml: points "caoyang_center".x'),
        ("places.toml", 'point_id = "caoyang_center"', 'point_id = "nowhere"',
         'places.toml: booths "booth_caoyang_center".point_id: there is no "nowhere" in the points'),
        ("places.toml", 'id = "caoyang"', 'id = "Cao Yang"', 'places.toml: streets "Cao Yang".id'),
        ("agents.toml", 'login = "luwei"', 'login = "chenjing"',
         'agents.toml: agents "agent_lu_wei".login: "chenjing" is also used by "agent_chen_jing"'),
        ("agents.toml", 'badge = "PX102"', 'badge = "PX101"', 'agents.toml: agents "agent_lu_wei".badge'),
        ("agents.toml", "social_security = 4", "sewing = 4",
         'agents.toml: agents "agent_chen_jing".skills: there is no "sewing" in the skills'),
        ("agents.toml", 'queues = ["social"]', 'queues = ["sociall"]', 'agents.toml: agents "agent_chen_jing".queues'),
        ("agents.toml", 'role = "supervisor"', 'role = "king"', 'agents.toml: agents "supervisor_zhao_lin".role'),
        ("hours.toml", '"09:00-11:30", "13:30-17:00"', '"13:30-17:00", "09:00-11:30"',
         'hours.toml: hours "hall".workday: \'13:30-17:00\' and \'09:00-11:30\' overlap or are out of order'),
        ("hours.toml", '"09:00-11:30", "13:30-17:00"', '"17:00-09:00"',
         'hours.toml: hours "hall".workday[0]: \'17:00-09:00\' ends before it begins'),
        ("hours.toml", '"09:00-11:30", "13:30-17:00"', '"9 to 5"', 'hours.toml: hours "hall".workday[0]'),
        ("hours.toml", '"09:00-11:30", "13:30-17:00"', '"09:00-25:00"', 'there is no 25:00'),
        ("hours.toml", 'workday = ["09:00-17:00"]', "", 'hours.toml: hours "no_lunch": is never open'),
        ("checks.toml", 'rule = "valid_until", field = "valid_until"', 'rule = "smells_good", field = "valid_until"',
         'checks.toml: checks "id_card".rules[2]: there is no rule "smells_good"; there are present, number, '),
        ("checks.toml", ', months = 3 }', ' }', 'checks "dwelling".rules[1]: the rule "issued_within" needs months'),
        ("checks.toml", 'papers = ["bank_card"]', 'papers = ["napkin"]', 'checks.toml: checks "bank_card".papers[0]'),
        ("checks.toml", 'material = "licence"', 'material = "licens"',
         'checks.toml: checks "licence".material: no item has a material "licens"'),
        ("checks.toml", 'items = ["public_rental"]', 'items = ["public_rent"]',
         'checks.toml: checks "household_register_rental".items: there is no "public_rent" in the items'),
        ("checks.toml", 'applicant = true', 'aplicant = true', 'checks.toml: checks "id_card".aplicant: there is no'),
        ("hours.toml", '"Asia/Shanghai"', '"Asia/Putuo"', "hours.toml: timezone: there is no time zone 'Asia/Putuo'"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_entry_and_key(
    edited: Callable[[str, str, str], list[str]], file: str, old: str, new: str, told: str
) -> None:
    problems = edited(file, old, new)
    assert any(told in problem for problem in problems), problems


def test_an_item_nobody_of_its_queue_can_serve_is_told(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "agents.toml"
    text = file.read_text("utf-8").replace('queues = ["business"]', "queues = []").replace('"business", ', "")
    file.write_text(text, "utf-8")
    with pytest.raises(
        WorldError, match=r'items "sole_trader"\.queue_id: no agent with its skills serves the queue "business"'
    ):
        World.load(tmp_path)


def test_all_faults_are_told_at_once_and_missing_files_by_name(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as caught:
        World.load(tmp_path)
    assert sorted(re.match(r"\w+\.toml", problem)[0] for problem in caught.value.problems) == [  # type: ignore[index]
        "agents.toml", "checks.toml", "hours.toml", "items.toml", "places.toml", "quality.toml", "queues.toml",
        "skills.toml", "texts.toml",
    ]  # fmt: skip


# --- hours ----------------------------------------------------------------------------------------------

HALL = Hours("hall", "大厅", workday=("09:00-11:30", "13:30-17:00"), saturday=("09:00-11:30",))
CALENDAR = Calendar(SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T08:59", False),  # a Monday
        ("2026-11-23T09:00", True),
        ("2026-11-23T11:30", False),  # half open: lunch begins
        ("2026-11-23T13:30", True),
        ("2026-11-23T17:00", False),
        ("2026-11-28T10:00", True),  # a Saturday
        ("2026-11-29T10:00", False),  # a Sunday
        ("2026-10-01T10:00", False),  # National Day, a Thursday
        ("2026-02-14T14:00", True),  # a Saturday worked for the Spring Festival
        ("2026-02-17T10:00", False),  # Spring Festival
    ],
)
def test_hours_follow_weekdays_holidays_and_make_up_days(moment: str, is_open: bool) -> None:
    assert HALL.open_at(CALENDAR, at(moment)) == is_open


def test_the_next_opening_skips_the_holidays() -> None:
    assert HALL.next_opening(CALENDAR, at("2026-11-23T12:00")) == at("2026-11-23T13:30")
    assert HALL.next_opening(CALENDAR, at("2026-11-23T10:00")) == at("2026-11-23T10:00")
    assert HALL.next_opening(CALENDAR, at("2026-09-30T18:00")) == at("2026-10-08T09:00")


def test_intervals_join_over_midnight_and_leave_out_what_is_over() -> None:
    always = Hours(
        "a", "a", workday=("00:00-24:00",), saturday=("00:00-24:00",), sunday=("00:00-24:00",), holiday=("00:00-24:00",)
    )
    assert always.always
    assert always.intervals(CALENDAR, at("2026-11-23T10:00"), 3) == ((at("2026-11-23T00:00"), at("2026-11-26T00:00")),)
    assert HALL.intervals(CALENDAR, at("2026-11-23T12:00"), 1) == ((at("2026-11-23T13:30"), at("2026-11-23T17:00")),)


def test_the_districts_own_days_go_before_the_calendar() -> None:
    own = Calendar(SHANGHAI, {date(2026, 11, 23): Day(date(2026, 11, 23), "holiday", "校庆")})
    assert own.kind(date(2026, 11, 23)) == "holiday"
    assert CALENDAR.kind(date(2026, 11, 23)) == "workday"


def test_a_day_of_the_file_closes_the_hall(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "hours.toml"
    file.write_text(
        file.read_text("utf-8") + '\n[[days]]\ndate = 2027-02-05\nkind = "holiday"\nname = "春节"\n', "utf-8"
    )
    world = World.load(tmp_path)
    assert world.calendar.kind(date(2027, 2, 5)) == "holiday"
    assert not world.hours["hall"].open_at(world.calendar, at("2027-02-05T10:00"))
    assert world.hours["hall"].open_at(world.calendar, at("2027-02-04T10:00"))


def test_a_year_the_calendar_does_not_know_is_monday_to_friday_with_one_warning() -> None:
    calendar = Calendar(SHANGHAI)
    with structlog.testing.capture_logs() as logs:
        assert calendar.kind(date(2099, 10, 1)) == "workday"  # a Thursday
        assert calendar.kind(date(2099, 10, 3)) == "saturday"
        assert calendar.kind(date(2099, 10, 4)) == "sunday"
    assert [(entry["log_level"], entry["year"]) for entry in logs] == [("warning", 2099)]


def test_an_item_with_hours_of_its_own_is_open_when_both_are(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "items.toml"
    file.write_text(file.read_text("utf-8").replace("minutes = 8", 'minutes = 8\nhours_id = "hall"', 1), "utf-8")
    world = World.load(tmp_path)
    assert not world.item_open("social_card_replace", at("2026-11-23T12:00"))
    assert world.item_opens_at("social_card_replace", at("2026-11-23T12:00")) == at("2026-11-23T13:30")
    assert world.item_open("medical_enrol", at("2026-11-23T12:00"))
