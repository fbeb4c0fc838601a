"""The visit summary: what a played story says, each line with its place, on one page that fetches nothing."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from golden_followup import KNOWN, plan_of, rows_of
from pypdf import PdfReader

from openldn.followup.adjustment import adjusted
from openldn.followup.review import Review, review
from openldn.knowledge.ismp import breaches
from openldn.leaflets.course_picture import course_days, course_svg, dose_planned, is_hole, periods
from openldn.leaflets.findings import days_text, lines_of, taken_on
from openldn.leaflets.papers import DISCLAIMER
from openldn.leaflets.pdf import pdf_of
from openldn.leaflets.summary import summary_html
from openldn.leaflets.wording import bite_text, day_text
from openldn.quantities import Dose
from openldn.record.diary import Diary, Taken, read_diary

STORIES: Final = Path(__file__).parents[2] / "golden" / "stories"
VISITS: Final = (
    ("two-failures", 18),
    ("two-failures", 37),
    ("two-failures", 121),
    ("holes", 26),
    ("holes", 42),
    ("co-codamol", 31),
    ("co-codamol", 41),
    ("co-codamol", 61),
)


@cache
def story(name: str) -> dict[str, Any]:
    (case, *_) = yaml.load((STORIES / f"{name}.yaml").read_text(), yaml.BaseLoader)
    assert isinstance(case, dict)
    return case


@cache
def visit(name: str, morning: int, *, signed: bool = True) -> tuple[Review, Diary]:
    """A story up to one morning, each proposal before it signed; the lines of the diary are numbered."""
    case = story(name)
    plan, rows = plan_of(case), rows_of(case)
    began = plan.began
    lines = [
        (n, {"date": (began + timedelta(days=n - 1)).isoformat()} | row) for n, row in sorted(rows.items())
    ]
    whole = read_diary(((f"line {k}", row) for k, (_, row) in enumerate(lines, start=2)), KNOWN)
    for n in range(1, morning):
        if signed:
            day = began + timedelta(days=n - 1)
            known = whole.until(day - timedelta(days=1))
            plan = adjusted(review(plan, known, KNOWN, as_of=day), KNOWN, by="Dr A")
    as_of = began + timedelta(days=morning - 1)
    known = whole.until(as_of - timedelta(days=1))
    return review(plan, known, KNOWN, as_of=as_of), known


class _Words(HTMLParser):
    """The words of a page, a line a paragraph, cell or heading; styles left out."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag == "style"
        if tag in ("p", "td", "th", "h1", "h2", "text", "desc", "title", "svg"):
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag == "style"
        if tag == "svg":
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.lines[-1] += data


def words_of(html: str) -> list[str]:
    words = _Words()
    words.feed(html)
    return [" ".join(line.split()) for line in words.lines if line.strip()]


def html_of(name: str, morning: int, *, large: bool = False) -> str:
    return summary_html(*visit(name, morning), KNOWN, large=large)


def told_by(name: str, morning: int) -> str:
    return " ".join(words_of(html_of(name, morning)))


def pages_of(html: str) -> int:
    return len(PdfReader(io.BytesIO(pdf_of(html))).pages)


@pytest.mark.parametrize(("name", "morning"), VISITS)
def test_every_dose_and_rule_of_the_review_stands_on_the_page(name: str, morning: int) -> None:
    answer, _ = visit(name, morning)
    told = told_by(name, morning)
    proposals = (answer.proposal, *answer.lost)
    doses = {answer.dose, *(p.dose for p in proposals), answer.proposal.wanted}
    doses |= {c.dose for c in answer.plan.changes}
    for dose in doses:
        assert (dose.text("mg") if dose else "nothing") in told
    for rule in {*(p.rule.id for p in proposals), *(c.rule for c in answer.plan.changes)}:
        assert rule in told
    for bite in answer.proposal.bites:
        assert bite_text(bite) in told
    assert answer.plan.id in told
    assert day_text(answer.as_of) in told
    assert f"Proposed: {answer.proposal.move}" in told
    assert DISCLAIMER in told


@pytest.mark.parametrize(("name", "morning"), VISITS)
def test_every_claim_is_named_with_its_status(name: str, morning: int) -> None:
    answer, _ = visit(name, morning)
    told = told_by(name, morning)
    for rule in (answer.proposal.rule, *(p.rule for p in answer.lost)):
        for claim in rule.claims:
            assert f"{claim} ({KNOWN.claims[claim].status})" in told


@pytest.mark.parametrize(("name", "morning"), VISITS)
def test_every_line_rests_on_something(name: str, morning: int) -> None:
    answer, diary = visit(name, morning)
    for line in lines_of(answer, diary, KNOWN):
        assert line.found
        assert line.rests_on, line


def test_three_failures_with_their_side_effects_and_lines() -> None:
    told = told_by("two-failures", 37)
    assert "Proposed: keep the lower dose. 3 mg planned up to now, 1.5 mg from 6 Jun 2026." in told
    assert "rash 3 (severe) 3 17 May 2026 5 Jun 2026 line 25, 34, 44" in told
    assert "dry mouth 1 (mild) 1 26 May 2026 26 May 2026 line 34" in told
    assert "18 May 2026 halve, 1.5 mg (followup/troublesome, Dr A)" in told
    assert "Of 36 days with a dose since 1 May 2026: taken on 36, late on 0, missed on 0" in told
    assert "Known to be taken: all (100 %)." in told


def test_the_response_is_told_against_the_start() -> None:
    told = told_by("two-failures", 121)
    assert "Works: symptoms down by 33.3 % since the start" in told
    assert "mean 6.0 at the start, 4.0 over the last two weeks" in told
    assert "symptoms 4 of 10 (10 worst) on 28 Aug 2026" in told


def test_holes_are_gaps_in_the_lines_the_table_and_the_picture() -> None:
    html = html_of("holes", 42)
    told = " ".join(words_of(html))
    assert "No entry (gap) 4 days: 5, 15, 25 to 26 May 2026" in told
    assert "Not known if taken (gap) 5, 15, 25 to 26 May 2026" in told
    assert "Baseline (gap)" in told
    assert "nearly all (90 %)" in told
    answer, diary = visit("holes", 42)
    assert (
        course_svg(course_days(answer, diary), answer).count('<g class="hole">') == 3 + 1
    )  # and one in the legend
    assert sum(p.holes for p in periods(course_days(answer, diary), answer.plan.began)) == 4
    picture = html[html.index("<svg") : html.index("</svg>")]
    assert picture.count('d="M') >= 4  # the line of symptoms is broken at each hole


def test_an_opioid_stands_first_and_the_days_without_a_dose_are_not_called_missed() -> None:
    told = told_by("co-codamol", 61)
    assert "Proposed: stop." in told
    assert "co-codamol (AN OPIOID that LDN blocks): 9 Jun 2026; ibuprofen" in told
    assert "None planned on 20 more (10 to 29 Jun 2026)" in told
    assert "missed on 0" in told
    assert "The patient is told at once" in told
    assert "New start: 23 Jun 2026 (16 Jun 2026 at the earliest" in told
    answer, diary = visit("co-codamol", 61)
    assert dose_planned(answer.plan, date(2026, 6, 9)) == Dose.mg("4.5")
    assert dose_planned(answer.plan, date(2026, 6, 10)) is None
    assert dose_planned(answer.plan, date(2026, 4, 30)) is None
    assert 'class="missed"' in course_svg((), answer)  # in the legend only
    assert course_svg(course_days(answer, diary), answer).count('class="missed"') == 1


def with_rows(changes: dict[int, dict[str, str]], days: int = 41) -> tuple[Review, Diary]:
    """The first story's plan, without any review signed, and a diary of good days but for some."""
    plan = plan_of(story("holes"))
    rows = []
    for n in range(1, days + 1):
        day = (plan.began + timedelta(days=n - 1)).isoformat()
        good = {"taken": "yes", "effects": "none", "painkiller": "no", "symptoms": "6"}
        rows.append((f"line {n + 1}", {"date": day} | good | changes.get(n, {})))
    diary = read_diary(rows, KNOWN)
    return review(plan, diary, KNOWN, as_of=plan.began + timedelta(days=days)), diary


def told_with(changes: dict[int, dict[str, str]]) -> str:
    return " ".join(words_of(summary_html(*with_rows(changes), KNOWN)))


def test_late_missed_unknown_and_another_dose() -> None:
    told = told_with(
        {
            3: {"taken": "late"},
            5: {"taken": "missed"},
            6: {"taken": "missed"},
            7: {"taken": "unknown"},
            9: {"dose": "2 mg"},
            11: {"taken": ""},
        }
    )
    assert "taken on 36, late on 1, missed on 2, not known on 2" in told
    assert "Days missed 5 to 6 May 2026 line 6 to 7" in told
    assert "Not known if taken (gap) 7, 11 May 2026 line 8, 12" in told
    assert "Known to be taken: nearly all (90 %)." in told
    # From day 8 on 2 mg are planned: only a dose that differs is named.
    assert "Another dose than planned" not in told
    assert "Another dose than planned 4 mg on 10 May 2026 line 11" in told_with({10: {"dose": "4 mg"}})


def test_what_was_left_open_is_a_gap() -> None:
    told = told_with({4: {"effects": ""}, 5: {"painkiller": "", "symptoms": ""}})
    assert "Left open (gap) effects or painkillers on 2 days: 4 to 5 May 2026 line 5 to 6" in told
    assert "No symptom score (gap) 1 day: 5 May 2026 line 6" in told
    assert is_hole(())


def test_painkillers_that_are_not_named_and_a_name_that_is_no_medicine() -> None:
    told = told_with(
        {
            3: {"painkiller": "not named"},
            4: {"painkiller": "opioid"},
            5: {"painkiller": "not an opioid"},
            6: {"painkiller": "not an opioid", "painkiller_name": "qwrtz"},
            7: {"new_medicine": "levothyroxine"},
        }
    )
    assert "Painkiller without a name (gap) taken and not named: 3 May 2026 line 4" in told
    assert "an opioid, its name not given: 4 May 2026 line 5" in told
    assert "its name not given: 5 May 2026 line 6" in told
    assert "qwrtz" in told
    assert "New medicines levothyroxine: 7 May 2026 line 8" in told


def test_a_sign_that_stops_stands_before_what_is_worse_and_milder_ones_are_named() -> None:
    felt = "rash 3; itching 2; nausea 2; dizziness 2; dry mouth 2; fatigue 2; dark urine 1; vivid dreams 1"
    told = told_with({20: {"effects": felt}})
    assert told.index("a sign to stop 1 (mild) 1 20 May 2026") < told.index("rash 3 (severe)")
    assert "And: nausea 2 (1); vivid dreams 1 (1)." in told
    assert "Proposed: stop" in told


def test_tests_results_notes_and_an_operation() -> None:
    told = told_with(
        {
            3: {"results": "alt 30 U/L limit 40", "note": "slept badly"},
            4: {"pregnancy_test": "negative"},
            5: {"operation_on": "2026-12-24"},
            6: {"sleep": "3", "pgic": "2"},
        }
    )
    assert "alt 30 U/L limit 40 on 3 May 2026; pregnancy test negative on 4 May 2026 line 4 to 5" in told
    assert "3 May 2026: slept badly line 4" in told
    assert "an operation on 24 Dec 2026; last dose" in told
    assert "sleep 3 of 10 (10 worst) on 6 May 2026; global change 2 of 7" in told


def test_a_patients_words_are_inert() -> None:
    bad = "<script>alert(1)</script>"
    answer, diary = with_rows(
        {
            3: {"effects": f"{bad} 2", "note": bad},
            4: {"painkiller": "not an opioid", "painkiller_name": bad, "new_medicine": bad},
        }
    )
    answer = replace(answer, plan=replace(answer.plan, patient=bad, prescriber=bad, replaces=bad))
    html = summary_html(answer, diary, KNOWN, left_out=[f"item[0]: {bad}"])
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 6
    assert "Left out of the diary" in html


@pytest.mark.parametrize(("name", "morning"), VISITS)
def test_nothing_is_fetched_or_run_and_nothing_is_told_by_colour(name: str, morning: int) -> None:
    html = html_of(name, morning)
    for part in ("<script", "src=", "href=", "url(", "@import", "<link", "<img"):
        assert part not in html
    assert re.findall(r"https?://[^\"' ]+", html) == ["http://www.w3.org/2000/svg"]
    for red, green, blue in re.findall(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\b", html):
        assert red == green == blue


@pytest.mark.parametrize(("name", "morning"), VISITS)
def test_no_dose_is_written_in_an_error_prone_way(name: str, morning: int) -> None:
    for line in words_of(html_of(name, morning)):
        assert not breaches(line), (line, breaches(line))


@pytest.mark.parametrize(("name", "morning"), VISITS)
def test_no_day_is_written_in_numbers_alone(name: str, morning: int) -> None:
    assert not re.search(r"\d{4}-\d\d-\d\d", told_by(name, morning))


def test_the_picture_has_words_for_who_hears_it() -> None:
    html = unescape(html_of("two-failures", 37))
    assert 'aria-labelledby="course-title course-words"' in html
    assert "1 mg from 1 May 2026, 2 mg from 8 May 2026, 3 mg from 15 May 2026" in html
    assert "3 days with a side effect of grade 2 or 3" in html


def test_the_picture_marks_grades_changes_and_what_is_proposed() -> None:
    answer, diary = visit("two-failures", 37)
    svg = course_svg(course_days(answer, diary), answer)
    assert svg.count('class="grade-2"') == 2 + 1  # and one in the legend
    assert svg.count('class="grade-3"') == 1 + 1
    assert svg.count('class="change"') == len(answer.plan.changes) + 1
    assert svg.count('class="judged"') == 1
    assert svg.count('class="proposed"') == 1


def test_before_the_first_dose_the_page_says_so() -> None:
    plan = plan_of(story("two-failures"))
    answer = review(plan, Diary(), KNOWN, as_of=plan.began)
    told = " ".join(words_of(summary_html(answer, Diary(), KNOWN)))
    assert "none yet: the first dose is on 1 May 2026" in told
    assert "no day to show yet" in told
    assert "never answered" in told


def test_twice_a_day_says_so_and_one_slot_alone_is_not_known() -> None:
    told = told_by("twice-a-day", 21)
    assert "1 mg each time planned up to now, 0.5 mg (500 micrograms) each time from 21 May 2026" in told
    answer, _ = visit("twice-a-day", 21)
    day = answer.plan.began.isoformat()
    both = [{"date": day, "slot": slot, "taken": "yes"} for slot in ("morning", "night")]
    for rows, expected in ((both, "taken"), (both[:1], "not known")):
        diary = read_diary(((f"line {n}", row) for n, row in enumerate(rows)), KNOWN)
        assert taken_on(answer, diary, answer.plan.began) == expected


def test_a_dose_taken_where_none_is_planned_is_told() -> None:
    answer, diary = visit("co-codamol", 44)
    taken = [replace(e, taken=Taken.YES) if e.day == date(2026, 6, 11) else e for e in diary.entries]
    told = " ".join(words_of(summary_html(answer, Diary(tuple(taken)), KNOWN)))
    assert "None planned on 2 more (10, 12 Jun 2026)." in told
    assert "Taken though none planned on 1 more (11 Jun 2026)." in told


def test_tests_overdue_days_to_come_and_an_ended_override_are_gaps() -> None:
    answer, diary = with_rows({})
    grounds = replace(
        answer.grounds,
        tests="TSH, due on 2026-05-20 (without a result: TSH)",
        dates="2026-07-01 (line 60)",
        override="screening/pregnancy, until 2026-05-30",
    )
    told = " ".join(words_of(summary_html(replace(answer, grounds=grounds), diary, KNOWN)))
    assert "Test overdue (gap) TSH, due on 20 May 2026 (without a result: TSH) followup/overdue-test" in told
    assert "Days to come (gap) entries not read: 1 Jul 2026 (line 60)" in told
    assert "Override ended screening/pregnancy, until 30 May 2026" in told


def test_a_diary_without_scores_or_lines_names_its_days() -> None:
    answer, diary = with_rows({})
    bare = Diary(tuple(replace(e, symptoms=None, where="") for e in diary.entries))
    told = " ".join(words_of(summary_html(review(answer.plan, bare, KNOWN, as_of=answer.as_of), bare, KNOWN)))
    assert "Newest scores (gap) no score was written no entry" in told
    assert "No symptom score (gap) 41 days: 1 May 2026 to 10 Jun 2026" in told


def test_days_in_a_row_are_one() -> None:
    days = [date(2026, 12, 30) + timedelta(days=n) for n in range(5)]
    assert days_text(days) == "30 Dec 2026 to 3 Jan 2027"
    assert days_text([days[0], days[2]]) == "30 Dec 2026, 1 Jan 2027"
    assert days_text([days[0] - timedelta(days=9), *days[:2]]) == "21, 30 to 31 Dec 2026"
    assert days_text([days[0] - timedelta(days=9), *days]) == "21 Dec 2026, 30 Dec 2026 to 3 Jan 2027"
    assert days_text(days[0] + timedelta(days=2 * n) for n in range(10)).endswith("and 4 more")


def test_a_long_course_stays_in_few_columns() -> None:
    answer, diary = with_rows({}, days=700)
    found = list(periods(course_days(answer, diary), answer.plan.began))
    assert len(found) <= 19
    assert found[0].first == 1
    assert found[-1].last == 700


def busy() -> dict[int, dict[str, str]]:
    """A diary of 120 days with something of everything."""
    effects = (
        "nausea", "headache", "vivid dreams", "dry mouth", "rash", "dizziness", "constipation", "tiredness",
        "muscle pain", "itching",
    )  # fmt: skip
    rows: dict[int, dict[str, str]] = {}
    for n in range(3, 120, 4):
        rows[n] = {"effects": f"{effects[n % 10]} {1 + n % 3}; {effects[n % 7]} 1", "taken": "late"}
    rows |= {n: {"taken": "missed"} for n in (10, 22, 41, 42, 77)}
    rows |= {n: {"effects": "", "painkiller": ""} for n in (13, 14, 50, 80, 81, 82, 101)}
    rows |= {n: {"painkiller": "not an opioid", "painkiller_name": "ibuprofen"} for n in (16, 30, 64, 90)}
    rows[96] = {"painkiller": "not an opioid", "painkiller_name": "paracetamol", "new_medicine": "sertraline"}
    rows[57] = {"results": "alt 30 U/L limit 40; tsh 2.1 mIU/L", "note": "A long week at work. " * 8}
    rows[100] = {"note": "Better in the garden, worse on the stairs, and the knee hurts in the cold. " * 3}
    return rows


@pytest.mark.needs("pango")
@pytest.mark.parametrize(("name", "morning"), [("two-failures", 121), ("holes", 42), ("co-codamol", 61)])
def test_it_is_one_page_and_tagged(name: str, morning: int) -> None:
    reader = PdfReader(io.BytesIO(pdf_of(html_of(name, morning))))
    assert len(reader.pages) == 1
    assert "/MarkInfo" in reader.root_object
    box = reader.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)  # A4
    assert DISCLAIMER in " ".join(reader.pages[0].extract_text().split())


@pytest.mark.needs("pango")
def test_a_busy_diary_of_120_days_is_one_page() -> None:
    answer, diary = with_rows(busy(), days=120)
    assert pages_of(summary_html(answer, diary, KNOWN)) == 1


@pytest.mark.needs("pango")
def test_large_type_is_larger() -> None:
    assert pages_of(html_of("two-failures", 121, large=True)) > 1
