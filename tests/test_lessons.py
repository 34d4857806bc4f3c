"""The lessons: they run, they mark, and nothing made from them is stale."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from browser import CHROMIUM, Browser, browser
from conftest import Workshop
from markdown_it import MarkdownIt

from envs.names import BadInput
from workshop.lessons import marking
from workshop.lessons.lesson import (
    FOLDER,
    Lesson,
    all_lessons,
    answers_template,
    find_lesson,
    read_lesson,
    solution,
    stub,
)
from workshop.lessons.marking import mark
from workshop.lessons.notebooks import NOTEBOOKS, notebooks
from workshop.lessons.page import write_page
from workshop.lessons.progress import Progress
from workshop.lessons.topics import with_index

LESSONS = all_lessons()
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])
OFFLINE = """
import runpy, socket, sys
def refuse(*arguments, **options):
    raise OSError("a lesson may not use the network")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
sys.argv = sys.argv[1:]
sys.path[0] = ""
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@each_lesson
def test_it_runs_from_top_to_bottom_without_a_network(lesson: Lesson, tmp_path: Path) -> None:
    env = {**os.environ, "WORKSHOP_LESSONS": "fast", "MPLBACKEND": "Agg"}
    env |= {"SDL_VIDEODRIVER": "dummy", "WORKSHOP_PICTURES": str(tmp_path / "pictures")}
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", OFFLINE, str(lesson.path)]
    result = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert list((tmp_path / "pictures").iterdir()), "it makes no picture"
    made = set(tmp_path.iterdir()) - {tmp_path / "pictures"}
    assert not made, f"it leaves {made} behind"


@each_lesson
def test_its_solutions_pass_and_its_stubs_do_not(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    solved = mark(lesson)
    assert [it.name for it in solved] == [exercise.name for exercise in lesson.exercises]
    assert all(it.passed for it in solved), solved
    unsolved = mark(lesson, answers_template(lesson))
    assert not any(it.passed for it in unsolved)
    assert all(it.message == "not solved yet" for it in unsolved)


@each_lesson
def test_it_has_what_every_lesson_has(lesson: Lesson) -> None:
    assert 3 <= len(lesson.exercises) <= 5
    assert all(len(set(exercise.hints)) == 3 for exercise in lesson.exercises)
    assert len(list(lesson.tagged("exercise"))) == len(lesson.exercises)
    assert len(lesson.questions) >= 3
    for question in lesson.questions:
        assert 0 <= question.answer < len(question.options) and len(question.because) > 30
    text = "\n".join(cell.text for cell in lesson.cells if cell.kind == "markdown")
    assert list(lesson.tagged("prediction")) and "Further reading" in text
    for row in ("| needs |", "| data |", "| time |", "| expect |"):
        assert row in text
    assert lesson.cells[0].text.startswith(f"# {lesson.number} {lesson.title}\n")
    assert any("expect(" in cell.text for cell in lesson.cells if cell.kind == "code")
    for path in re.findall(r"`((?:agents|envs|arena|supervised|workshop|tutorials)/\S+)`", text):
        assert (FOLDER.parent / path).exists(), path
    assert not re.search(r"^(%|\+\+\+)", text, re.M), "on the site such a line is a comment"
    rendered = MarkdownIt().render(text)
    alone = re.findall(r"<ol[^>]*>\s*<li>(?:(?!<li>).)*?</ol>", rendered, re.S)
    assert not alone, "a list of one: a sentence that went on with '1.' at the start of a line?"


def test_they_are_numbered_without_a_gap() -> None:
    assert [lesson.number for lesson in LESSONS] == list(range(1, len(LESSONS) + 1))


def test_the_notebooks_are_those_of_the_sources() -> None:
    """`workshop lesson --notebooks` makes them."""
    fresh = notebooks()
    there = {
        path.relative_to(NOTEBOOKS).as_posix(): path.read_text(encoding="utf-8")
        for path in NOTEBOOKS.glob("*/*.ipynb")
    }
    assert there == fresh
    for text in fresh.values():
        nbformat.validate(nbformat.reads(text, as_version=4))
    assert not any("### BEGIN" in text or "### END" in text for text in fresh.values())


def test_the_map_links_every_lesson_and_its_index_is_that_of_the_sources() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert text == with_index(text, LESSONS)
    table = text.partition("### All topics")[0]
    assert set(re.findall(r"\]\((\d\d_\w+\.py)\)", table)) == {it.path.name for it in LESSONS}
    for lesson in LESSONS:
        assert lesson.topics and all(topic in text for topic in lesson.topics)


def test_a_wrong_answer_is_told_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = _lesson_of(tmp_path, "")
    monkeypatch.setattr(marking, "PATIENCE", 0.5)
    cases = {
        "def twice(x):\n    return 2 * x\n": "",
        "def twice(x):\n    return x + 2\n": "twice 3 is 6",
        "def twice(x):\n    return x / 0\n": "ZeroDivisionError: division by zero (line 2 of",
        "def thrice(x):\n    return 3 * x\n": "there is no twice in your answers",
        "def twice(x):\n    2 * x\n": "TypeError: unsupported operand type(s) for -: 'NoneType' "
        "and 'int' (is a return missing?)",
        "def twice(x):\n    while x:\n        x += 1\n": "it runs for more than 0.5 seconds: is "
        "there a loop that never ends? (line ",
        "def twice(x):\n    exit(3)\n": "SystemExit: 3 (line 2 of",
    }
    for answers, message in cases.items():
        (found,) = mark(lesson, answers)
        assert found.passed == (not message) and found.message.startswith(message)
    with pytest.raises(BadInput, match="your answers, line 1"):
        mark(lesson, "def twice(x) return")
    with pytest.raises(BadInput, match=r"NameError.*line 2"):
        mark(lesson, "\nnothing\n")
    with pytest.raises(BadInput, match=r"never ends\? \(line 1 of"):
        mark(lesson, "while True: pass")
    with pytest.raises(BadInput, match=r"SystemExit.*line 2"):
        mark(lesson, "import sys\nsys.exit()")


def test_an_answer_that_never_ends_is_ended_where_ctrl_c_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "PATIENCE", 0.5)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        (found,) = mark(_lesson_of(tmp_path, ""), "def twice(x):\n    while x: pass\n")
        assert "never ends" in found.message and not found.passed
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_page_shows_pictures_as_soon_as_there_are_any_and_no_solution(tmp_path: Path) -> None:
    text = write_page(LESSONS[0], tmp_path).read_text(encoding="utf-8")
    assert "<img" not in text
    open_text = re.sub(r"<details>.*?</details>", "", text, flags=re.S)
    assert "Walker" in open_text and "hints" in text and "hints" not in open_text
    for name in ("01-world.png", "01-learned.gif", "01-of-another-cell.png"):
        (tmp_path / name).touch()
    text = write_page(LESSONS[0], tmp_path).read_text(encoding="utf-8")
    assert re.findall('<img src="(.*?)"', text) == ["01-world.png", "01-learned.gif"]


def test_marking_runs_no_training(tmp_path: Path) -> None:
    lesson = _lesson_of(tmp_path, '# %%\nraise RuntimeError("a long training")\n')
    assert [it.passed for it in mark(lesson)] == [True]


def _lesson_of(folder: Path, more: str) -> Lesson:
    path = folder / "01_doubling.py"
    path.write_text(
        "# ---\n# jupyter:\n#   workshop:\n#     title: Doubling\n#     topics: [sums]\n"
        "#     minutes: 1\n#     seconds: 1\n#     data: none\n# ---\n\n"
        '# %% tags=["setup"]\nfrom workshop.lessons import exercise\n\n'
        '# %% tags=["exercise"]\ndef twice(x):\n    """Twice x."""\n'
        "    ### BEGIN SOLUTION\n    return x * 2\n    ### END SOLUTION\n\n"
        '# %% tags=["check"]\n@exercise("twice", hints=("a", "b", "c"))\n'
        'def check_twice(twice):\n    assert twice(3) - 6 == 0, "twice 3 is 6"\n\n' + more,
        encoding="utf-8",
    )
    return read_lesson(path)


def test_a_stub_is_the_exercise_without_its_solution() -> None:
    text = "def f(x):\n    y = 1\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n"
    assert (
        stub(text) == 'def f(x):\n    y = 1\n    raise NotImplementedError("f is yours to write")\n'
    )
    assert solution(text) == "def f(x):\n    y = 1\n    return x\n"


def test_lessons_are_found_by_number_and_by_name() -> None:
    assert find_lesson("1") == find_lesson("01") == find_lesson("what-ai")
    with pytest.raises(BadInput, match=r"no lesson '99'; there are lessons 1 to \d+"):
        find_lesson("99")
    with pytest.raises(BadInput, match="did you mean '01_what_ai_is'"):
        find_lesson("what_is_ai")


def test_a_student_solves_a_lesson(workshop: Workshop, tmp_path: Path) -> None:
    listed = workshop("lesson")
    assert listed.returncode == 0 and LESSONS[0].title[:20] in listed.stdout
    opened = workshop("lesson", 1, "--no-open")
    assert opened.returncode == 0, opened.stderr
    page = tmp_path / "results" / "lessons" / f"{LESSONS[0].name}.html"
    assert "SOLUTION" not in page.read_text(encoding="utf-8")
    assert workshop("lesson", 1, "--answers", "mine.py").returncode == 0
    assert workshop("lesson", 1, "--answers", "mine.py").returncode == 2  # not over another
    name = LESSONS[0].exercises[0].name
    marked = workshop("lesson", 1, "--check", "mine.py")
    assert marked.returncode == 1 and f"{name}: not solved yet" in marked.stdout
    hints = [workshop("lesson", 1, "--hint", name).stdout.strip() for _ in range(2)]
    assert [hint.partition(": ")[2] for hint in hints] == list(LESSONS[0].exercises[0].hints[:2])
    solved = "\n\n".join(map(solution, LESSONS[0].tagged("exercise")))
    (tmp_path / "mine.py").write_text(solved, encoding="utf-8")
    marked = workshop("lesson", 1, "--check", "mine.py", "--json")
    assert marked.returncode == 0 and set(json.loads(marked.stdout).values()) == {"right"}
    done = Progress(tmp_path / "results" / "lessons" / "progress.json").of(LESSONS[0].name)
    assert done.solved == sorted(exercise.name for exercise in LESSONS[0].exercises)
    assert done.hints == {name: 2}


def test_the_quiz_is_asked_and_remembered(tmp_path: Path) -> None:
    questions = LESSONS[0].questions
    letters = "abcdefgh"
    given = [letters[question.answer] for question in questions]
    given[0] = letters[(questions[0].answer + 1) % len(questions[0].options)]  # one is wrong
    asked = subprocess.run(
        [sys.executable, "-m", "workshop", "lesson", "1", "--quiz"],
        cwd=tmp_path, input="\n".join(["", "zz", *given]), text=True, capture_output=True,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    assert f"{len(questions) - 1} of {len(questions)} right" in asked.stdout
    assert questions[0].because in asked.stdout
    path = tmp_path / "results" / "lessons" / "progress.json"
    assert Progress(path).of(LESSONS[0].name).quiz == len(questions) - 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lesson", "perzeptron99"], "no lesson 'perzeptron99'"),
        (["lesson", "1", "--check", "none.py"], "none.py: cannot be read"),
        (["lesson", "1", "--hint", "nothing"], "lesson 1 has no exercise 'nothing'"),
        (["lesson", "1", "--answers", "mine.txt"], "did you mean mine.py?"),
        (["lesson", "--check", "mine.py"], "--check of which lesson?"),
        (["lesson", "1", "--quiz"], "the quiz needs somebody to answer it"),
    ],
)
def test_mistakes_are_told_in_one_line(
    arguments: list[str], message: str, workshop: Workshop
) -> None:
    result = workshop(*arguments)
    assert result.returncode == 2 and message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, its first lesson run by a real kernel."""
    folder = tmp_path_factory.mktemp("site")
    code = (
        "from pathlib import Path; from workshop.lessons.site import build_site;"
        "build_site(Path('site'), fast=True, only=[1])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return folder / "site"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as driven:
        yield driven


@pytest.mark.xdist_group("site")
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_every_page_of_the_site_is_whole(site: Path, chromium: Browser) -> None:
    pages = [site / "index.html", *(site / "lessons" / f"{it.name}.html" for it in LESSONS)]
    for page in pages:
        chromium.open(page, width=420)
        assert chromium.see("document.documentElement.scrollWidth") <= 420, f"{page} is too wide"
        assert chromium.see("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
        links = chromium.see("[...document.links].map(a => a.href)")
        for link in links:
            if link.startswith("file:"):
                target = Path(unquote(re.sub(r"^file://|[?#].*$", "", link)))
                assert target.exists(), f"{page} links to {target}"
    assert not [url for url in chromium.requests if url.startswith("http")]
    assert not chromium.complaints
    chromium.open(pages[1])
    assert chromium.see("document.images.length") >= 3
    assert "right" in chromium.see("document.body.textContent")
