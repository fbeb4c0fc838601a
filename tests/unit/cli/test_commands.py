"""The commands as a user meets them: exit status, JSON, clear errors, no traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from openldn.cli.app import app
from openldn.cli.demo import EXAMPLES

CLEAN, OPIOID = str(EXAMPLES / "fibromyalgia.json"), str(EXAMPLES / "percocet.json")
INTERVIEW = ["--interview", str(EXAMPLES / "interview.yaml")]
CLEAN_DAY, OPIOID_DAY = ["--as-of", "2021-01-28"], ["--as-of", "2021-06-29"]


def _plan(*more: str) -> list[str]:
    return ["plan", CLEAN, *CLEAN_DAY, *INTERVIEW, "--start", "2021-02-01", *more]


def run(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def answer(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json").stdout)
    return found


def test_an_opioid_is_refused_with_the_reason_and_the_earliest_date() -> None:
    found = answer("screen", OPIOID, *OPIOID_DAY)
    assert found["verdict"] == "contraindicated"
    assert found["opioid_on_record"] == "yes"
    assert found["clears_on"] == "2021-07-06"  # seven days after 29 June, if the last dose is taken that day
    (reason,) = found["reasons"]
    assert reason["rule"] == "screening/opioid-current"
    assert {"severity", "text", "read", "claims", "references", "clears_on"} <= set(reason)
    assert run("screen", OPIOID, *OPIOID_DAY).exit_code == 3


def test_a_clean_record_is_a_caution_until_the_interview() -> None:
    assert answer("screen", CLEAN, *CLEAN_DAY)["verdict"] == "caution"
    found = answer("screen", CLEAN, *CLEAN_DAY, *INTERVIEW)
    assert found["verdict"] == "suitable"
    assert found["reasons"] == []
    assert found["where"].startswith("strictest")
    assert answer("screen", CLEAN, *CLEAN_DAY, "--where", "gb")["where"] == "GB"


def test_uldn_is_the_other_way_round() -> None:
    assert answer("screen", OPIOID, *OPIOID_DAY, "--therapy", "uldn")["verdict"] == "caution"
    found = answer("screen", CLEAN, *CLEAN_DAY, "--therapy", "uldn")
    assert found["verdict"] == "contraindicated"
    assert found["reasons"][0]["rule"] == "screening/uldn-without-opioid"


def test_several_files_give_one_line_each_and_the_worst_status(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"resourceType": "Bundle", "id": 1, "id": 2}')
    result = run("screen", CLEAN, OPIOID, str(broken), *CLEAN_DAY, "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line.get("verdict") for line in lines] == ["caution", "contraindicated", None]
    assert "given twice" in lines[2]["error"]
    assert result.exit_code == 2
    assert run("screen", CLEAN, OPIOID, *CLEAN_DAY).exit_code == 3
    assert run("screen", CLEAN, *CLEAN_DAY).exit_code == 0


def test_ndjson_gives_a_line_a_record(tmp_path: Path) -> None:
    both = tmp_path / "both.ndjson"
    one_line = [json.dumps(json.loads(Path(p).read_text())) for p in (CLEAN, OPIOID)]
    both.write_text("\n".join(one_line))
    result = run("screen", str(both), *CLEAN_DAY, "--json")
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1"),
        (b"[1, 2]", "top level"),
        (b'"text"', "top level"),
        (b'{"resourceType": "Bundle", "entry": 7}', "Bundle.entry"),
        (b'{"a": NaN}', "NaN"),
        (b'{"resourceType": "Bundle", "x": "\xff"}', "not UTF-8"),
        ('{"resourceType": "Bundle"}'.encode("utf-16"), "not UTF-8"),
    ],
)
@pytest.mark.parametrize("command", ["screen", "plan"])
def test_bad_input_names_the_place(tmp_path: Path, command: str, content: bytes, said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    more = ["--start", "2021-02-01", "--form", "liquid"] if command == "plan" else []
    result = run(command, str(path), *more)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["screen", "nowhere.json"], "No such file"),
        (["screen", CLEAN, "--as-of", "23/11/2026"], "2026-11-23"),
        (["screen", CLEAN, "--where", "FR"], "GB, US, EU, NO"),
        (["screen", CLEAN, "--interview", "nowhere.yaml"], "No such file"),
        (["screen", CLEAN, "--ended", "codeine; ended=2020-01-01; by=Dr A"], "codeine"),
        (["screen", OPIOID, *OPIOID_DAY, "--ended", "oxycodone; by=Dr A"], "ended="),
        (["screen", OPIOID, *OPIOID_DAY, "--ended", "oxycodone; ended=2021-06-29"], "by=NAME"),
        (
            [
                "screen",
                OPIOID,
                *OPIOID_DAY,
                "--override",
                "screening/opioid-current; by=A; reason=B; until=2030-01-01",
            ],
            "cannot be set aside by anyone",
        ),
        (["plan", CLEAN, *CLEAN_DAY, "--form", "liquid", "--start", "2021-03-01"], "start by 2021-02-27"),
        (
            ["plan", CLEAN, *CLEAN_DAY, "--form", "liquid", "--start", "2021-01-27"],
            "before the day of planning",
        ),
        (["plan", CLEAN, *CLEAN_DAY, "--form", "patch", "--start", "2021-02-01"], "capsule"),
        (_plan("--profile", "fast"), "there are cfs, crohns-child"),
        (_plan("--profile", "hashimotos-from-1.5"), "further steps are not stated"),
        (_plan("--profile", "ms", "--steps", "1 mg x 7, 2 mg"), "not both"),
        (_plan("--steps", "1 mg x 7, 2 mg y 7"), "step 2"),
        (_plan("--ceiling", "6 mg; by=Dr A; reason=x"), "until="),
        (
            _plan("--ceiling", "7 mg; by=Dr A; reason=x; until=2030-01-01"),
            "nobody may sign for more than 6 mg",
        ),
        (_plan("--ceiling", "6mg0; by=Dr A; reason=x; until=2030-01-01"), "--ceiling"),
        (_plan("--at", "25:00"), "22:30"),
        (_plan("--at", "08:00", "--at", "22:00"), "1 clock time(s) expected"),
        (_plan("--profile", "depression-trial", "--slot", "morning"), "is taken twice"),
        (_plan("--zone", "Mars/Olympus", "--calendar", "/dev/null"), "no such time zone"),
        (_plan("--zone", "soon=Europe/London", "--calendar", "/dev/null"), "2026-12-20=America/New_York"),
        (_plan("--steps", ", ".join(["1 mg x 366"] * 9000)), "beyond the year 9999"),
        (_plan("--stock", "nowhere.yaml"), "No such file"),
        (["products", "--stock", "nowhere.yaml"], "No such file"),
        (["plan", "explain", CLEAN], "not a plan"),
        (["plan", "explain", "nowhere.json"], "No such file"),
    ],
)
def test_a_wrong_option_says_what_would_have_worked(words: list[str], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("held: 2021-01-01\nheld: 2021-01-02\nby: A", "given twice"),
        ("held: yesterday\nby: A", "held"),
        ("by: A", "held"),
        ("held: 2021-01-01\nby: A\nanswers: {kratom: no}", "kratom"),
        ("held: 2021-01-01\nby: A\nanswers: {herbal-or-kratom: never}", "never"),
        ('{"held": "2021-01-01", "by": "A", "by": "B"}', "given twice"),
        ("held: 2021-01-01\nby: A\nno_opioid_since: 2021-02-01", "after the interview"),
    ],
)
def test_a_wrong_interview_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "interview.yaml"
    path.write_text(text)
    result = run("screen", CLEAN, *CLEAN_DAY, "--interview", str(path))
    assert result.exit_code == 2
    assert said in result.output


def test_a_prescribers_statement_starts_the_washout_and_stays_visible() -> None:
    stated = ["--ended", "oxycodone; ended=2021-07-01; by=Dr A. Smith; stated=2021-07-20"]
    at = ["--as-of", "2021-07-20"]
    found = answer("screen", OPIOID, *at, *stated)
    assert found["opioid_on_record"] == "no"
    assert found["opioids"][0]["status"] == "ended"
    assert found["opioids"][0]["stated_by"] == "Dr A. Smith"
    assert found["statements"] == [
        {"drug": "oxycodone", "ended": "2021-07-01", "by": "Dr A. Smith", "stated": "2021-07-20"}
    ]
    assert found["verdict"] == "caution"  # no interview; 19 days are past both intervals


def test_an_old_list_can_be_set_aside_by_name_and_stays_a_caution() -> None:
    at = ["--as-of", "2021-04-01"]
    assert answer("screen", CLEAN, *at)["verdict"] == "cannot tell"
    signed = "screening/drug-list-old; by=Dr A; reason=list confirmed by phone; until=2021-05-01"
    found = answer("screen", CLEAN, *at, "--override", signed)
    assert found["verdict"] == "caution"
    assert {r["rule"]: r["override"] for r in found["reasons"]}["screening/drug-list-old"]["by"] == "Dr A"


def test_a_plan_with_its_papers(tmp_path: Path) -> None:
    html, ics = tmp_path / "leaflet.html", tmp_path / "doses.ics"
    words = ["plan", CLEAN, *CLEAN_DAY, *INTERVIEW, "--start", "2021-02-01", "--form", "liquid"]
    result = run(*words, "--json", "--leaflet", str(html), "--calendar", str(ics))
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    doses = [(s["dose"]["value"], s["volume"]["value"], s["days"]) for s in found["steps"]]
    assert doses == [("1", "1", 7), ("2", "2", 7), ("3", "3", 7), ("4", "4", 7), ("4.5", "4.5", 84)]
    (supplied,) = found["supply"]["in_all"]
    assert supplied["value"] == "448"  # 7 x (1+2+3+4) + 84 x 4.5 = 70 + 378
    assert found["judge_on"] == "2021-05-24"  # 12 weeks after the rise of 1 March
    assert len(found["first_dose_check"]) == 3
    assert "not a prescription by itself" in html.read_text()
    assert ics.read_bytes().startswith(b"BEGIN:VCALENDAR")


def test_capsules_and_refusals() -> None:
    words = ["plan", "--start", "2021-02-01", "--form", "capsule"]
    found = answer(*words, CLEAN, *CLEAN_DAY, *INTERVIEW)
    assert [[c["value"] for c in s["pieces"]] for s in found["steps"]] == [
        ["1"],
        ["1", "1"],
        ["3"],
        ["3", "1"],
        ["4.5"],
    ]
    refused = run(*words[:1], OPIOID, "--start", "2021-06-29", "--form", "capsule", *OPIOID_DAY)
    assert refused.exit_code == 3
    assert "No plan" in refused.output


def test_the_profile_is_proposed_and_another_can_be_chosen() -> None:
    found = answer(*_plan())
    assert found["profile"]["name"] == "standard"
    assert [p["profile"] for p in found["profile"]["proposed"]] == ["standard"]
    others = {o["rule"] for o in found["profile"]["other_authors"]}
    assert {"plan/alternative-norway", "plan/profile-sensitive"} <= others
    chosen = answer(*_plan("--profile", "innova"))
    assert [s["dose"]["value"] for s in chosen["steps"]] == ["4.5"]
    assert chosen["profile"]["status"] == "disputed"


def test_all_papers_into_a_folder_and_products_of_a_pharmacy(tmp_path: Path) -> None:
    stock = tmp_path / "stock.yaml"
    stock.write_text(
        "pharmacy: Corner Pharmacy\ncurrency: GBP\nproducts:\n"
        "  - formulation: capsule-hypromellose\n"
        "    strengths: [1 mg, 3 mg]\n"
        "    pack: 30\n"
        "    prices: {1 mg: 9, 3 mg: 12}\n"
        "  - {formulation: drops, strengths: [5 mg], each: 0.219 mg, calibrated: 2021-01-20 by A}\n"
    )
    folder = tmp_path / "new" / "papers"
    typed = _plan("--steps", "1 mg x 7, 3 mg", "--stock", str(stock), "--json")
    result = run(*typed, "--papers", str(folder), "--large-type", "--zone", "Europe/London")
    assert result.exit_code == 0, result.output
    assert {p.name.split(".")[0] for p in folder.iterdir()} == {
        "leaflet",
        "prescription",
        "emergency",
        "doses",
    }
    found = json.loads(result.stdout)
    assert found["product"]["formulation"] == "formulations/capsule-hypromellose"
    # 7 x 1 mg in a pack of 30, 84 x 3 mg in three packs of 30: 9 + 36; 23 mg and 18 mg are left over
    assert found["supply"]["cost"] == "45"
    assert found["supply"]["waste"]["value"] == "41"
    (drops,) = [c for c in found["candidates"] if not c["fits"]]
    assert "named" in drops["refused"]
    listed = answer("products", "--stock", str(stock))
    assert [p["formulation"] for p in listed["products"]] == [
        "formulations/capsule-hypromellose",
        "formulations/drops",
    ]
    assert listed["products"][1]["each"]["value"] == "0.219"
    assert "trace" in run("products", "--stock", str(stock)).output


def test_no_product_fits_and_what_would(tmp_path: Path) -> None:
    stock = tmp_path / "stock.yaml"
    stock.write_text("pharmacy: P\nproducts: [{formulation: capsule-gelatin, strengths: [3 mg, 4.5 mg]}]\n")
    words = _plan("--stock", str(stock))
    result = run(*words)
    assert result.exit_code == 3
    said = " ".join(result.output.split())
    assert "No product at hand fits" in said
    assert "another product: oral liquid with ascorbic acid" in said
    assert "another profile: crohns-trial, in capsules of gelatin" in said
    found = answer(*words)
    assert found["schema"] == "openldn/1/plan-refused"
    assert found["changes"]
    assert found["screening"]["verdict"] == "suitable"
    # one more strength is enough for 1.5, 3, 4.5 mg
    fits = answer(*words, "--profile", "ms")
    assert (
        "capsules of gelatin with microcrystalline cellulose of 1.5 mg besides those at hand"
        in fits["changes"]
    )


def test_a_saved_plan_explains_itself_and_tells_that_it_was_altered(tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    saved.write_text(run(*_plan("--json")).stdout)
    result = run("plan", "explain", str(saved))
    assert result.exit_code == 0
    for text in (
        "Step 1",
        "1 mL in the 1 mL syringe",
        "halved: 0.5 mg",
        "Dickson",
        "another author",
        "judge-response",
    ):
        assert text in result.output
    assert answer("plan", "explain", str(saved))["altered"] is False
    fields = json.loads(saved.read_text())
    for change in (
        {"patient": "someone else"},
        {"prescriber": "Dr B"},
        {"steps": [{**fields["steps"][0], "dose": {"nanograms": 10_000_000}}, *fields["steps"][1:]]},
        {
            "steps": [
                {**fields["steps"][0], "fills": [{"nanolitres": 10_000_000, "value": "10"}]},
                *fields["steps"][1:],
            ]
        },
        {"supply": {**fields["supply"], "batches": fields["supply"]["batches"][:1]}},
    ):
        saved.write_text(json.dumps(fields | change))
        result = run("plan", "explain", str(saved))
        assert result.exit_code == 3
        assert "ALTERED" in result.output


def test_profiles_are_listed_with_those_that_cannot_be_planned() -> None:
    result = run("plan", "profiles")
    assert result.exit_code == 0
    assert "hashimotos-from-0.25" in result.output
    listed = {p["name"]: p for p in answer("plan", "profiles")["profiles"]}
    assert not listed["hashimotos-from-0.25"]["plannable"]
    assert listed["ms-spastic"]["conditions"] == ["conditions/multiple-sclerosis"]


def test_paper_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    words = ["plan", CLEAN, *CLEAN_DAY, "--start", "2021-02-01", "--form", "liquid"]
    result = run(*words, "--leaflet", str(tmp_path / "none" / "leaflet.html"))
    assert result.exit_code == 2
    assert "cannot write" in result.output


def test_the_demonstration_and_the_small_commands(tmp_path: Path) -> None:
    result = run("demo", "--folder", str(tmp_path))
    assert result.exit_code == 0
    assert "CONTRAINDICATED" in result.output
    assert (tmp_path / "doses.ics").exists()
    assert "all right" in run("knowledge", "check").output
    said = run("knowledge", "reference", str(tmp_path / "reference")).output
    assert f"{sum(p.is_file() for p in (tmp_path / 'reference').rglob('*'))} files" in said
    assert (tmp_path / "reference" / "screening" / "opioid-current.md").exists()
    said = run(
        "identify", "Oxycodon 5", "ibuprofen", "painkiller", "Leberzirrhose", "SGPT", "rose water"
    ).output
    for words in (
        "Oxycodon 5: oxycodone (full, blocks LDN)",
        "ibuprofen: ibuprofen (nsaids)",
        "painkiller: names nothing",
        "Leberzirrhose: findings/cirrhosis",
        "SGPT: test alt",
        "rose water: nothing that a rule reads",
    ):
        assert words in said
    found = answer("identify", "Leberzirrhose")
    assert [f["id"] for f in found["findings"]] == ["findings/cirrhosis", "findings/liver-disease"]
    assert run("knowledge", "check", str(tmp_path)).exit_code == 2
