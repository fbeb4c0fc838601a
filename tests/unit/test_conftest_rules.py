"""What tests/conftest.py promises: a missing thing is counted here and fails in CI."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parents[1] / "conftest.py"

# No folder shared/cases stands beside pytester's temporary folder.
NEEDY = """
    import pytest

    @pytest.mark.needs("cases")
    def test_needy(): ...

    @pytest.mark.needs("cases")
    @pytest.mark.parametrize("case", [])
    def test_each(case): ...

    def test_free(): ...
"""
SKIPPING = """
    import pytest

    def test_skipping():
        pytest.skip("too slow")
"""
SKIPPING_MODULE = """
    import pytest

    pytest.skip("not today", allow_module_level=True)
"""
EXPECTED_FAILURE = """
    import pytest

    @pytest.mark.xfail
    def test_known_fault():
        assert False
"""


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)
    # Each inner run would load every installed plugin anew, over a second each time.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    return pytester


def test_a_missing_need_is_skipped_and_counted(runs: pytest.Pytester) -> None:
    runs.makepyfile(NEEDY)
    result = runs.runpytest()
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        ["Could not run here: 2", "    2  no cases (put the folder shared/cases beside*"]
    )


def test_a_missing_need_fails_in_ci(runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    runs.makepyfile(NEEDY)
    result = runs.runpytest()
    # A failure before the test itself is an error in pytest's words.
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        ["CI is set, so nothing may be skipped: no cases (*", "Could not run here: 0"]
    )


def test_the_count_is_printed_when_nothing_is_missing(runs: pytest.Pytester) -> None:
    runs.makepyfile("def test_free(): ...")
    runs.runpytest().stdout.fnmatch_lines(["Could not run here: 0"])


def test_a_misspelt_need_fails(runs: pytest.Pytester) -> None:
    runs.makepyfile(NEEDY.replace("cases", "case"))
    runs.runpytest().stdout.fnmatch_lines(
        ["needs('case') is not one of cases, chromium, node, pango, pdftoppm, postgresql"]
    )


@pytest.mark.parametrize(
    ("source", "reason"), [(SKIPPING, "too slow"), (SKIPPING_MODULE, "not today")], ids=["a test", "a module"]
)
def test_any_other_skip_is_counted_here_and_fails_in_ci(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    runs.makepyfile(source)
    runs.runpytest().stdout.fnmatch_lines(["Could not run here: 1", f"    1  {reason}"])
    monkeypatch.setenv("CI", "true")
    result = runs.runpytest()
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines([f"CI is set, so nothing may be skipped: {reason}"])


def test_an_expected_failure_is_no_skip(runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    runs.makepyfile(EXPECTED_FAILURE)
    runs.runpytest().assert_outcomes(xfailed=1)
