"""`workshop lesson [NAME]`: lists the lessons, opens one, runs it, marks answers, asks its quiz."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from envs.names import BadInput, nearest
from workshop.lessons.lesson import (
    Lesson,
    Question,
    all_lessons,
    answers_template,
    find_lesson,
)
from workshop.lessons.progress import FILE, Done, Progress
from workshop.options import quoted

PAGES = FILE.parent


@dataclass
class Options:
    """Which lesson, and what to do with it. With nothing more it is opened in the browser."""

    name: tyro.conf.Positional[str] = ""
    """Its number, or a word of its name: 8, perceptron. None: the list of all."""
    run: bool = False
    """Run it from top to bottom; its pictures are written."""
    fast: bool = False
    """With --run: everything short, only to see that it works."""
    answers: Path | None = None
    """Write a FILE.py with the exercises, to write your answers into."""
    check: Path | None = None
    """Mark the answers in this file: the .py, or the exercise notebook."""
    hint: str = ""
    """The next hint for an exercise, by its name."""
    quiz: bool = False
    """Ask the questions of the quiz here."""
    edit: bool = False
    """Open its source in the editor ($VISUAL or $EDITOR)."""
    no_open: Annotated[bool, tyro.conf.arg(name="no-open")] = False
    """Do not open the browser, only write the page."""
    notebooks: bool = False
    """For whoever changes a lesson: make all notebooks and the index of topics anew."""
    site: Path | None = None
    """Build the site of all lessons in this folder, executed (pip install -e ".[site]")."""
    json: bool = False
    """The list, or the marks, as one JSON object and nothing else."""


def run(options: Options) -> int:
    """Does what was asked for; the exit code of --check is 1 if an answer is wrong."""
    if options.notebooks:
        return _write_notebooks()
    if options.site is not None:
        from workshop.lessons.site import build_site

        print(f"wrote {build_site(options.site, fast=options.fast)}")
        return 0
    if not options.name:
        for wish in ("run", "answers", "check", "hint", "quiz", "edit"):
            if getattr(options, wish):
                raise BadInput(f"--{wish} of which lesson? workshop lesson 1 --{wish} ...")
        return _list(options.json)
    lesson = find_lesson(options.name)
    if options.check is not None:
        return _check(lesson, options.check, options.json)
    if options.answers is not None:
        return _write_answers(lesson, options.answers)
    if options.hint:
        return _hint(lesson, options.hint)
    if options.quiz:
        return _ask(lesson)
    if options.run:
        return _run(lesson, options.fast)
    return _edit(lesson) if options.edit else _open(lesson, not options.no_open)


def _list(as_json: bool) -> int:
    """All lessons, with how far one has come."""
    progress = Progress()
    rows = [(lesson, progress.of(lesson.name)) for lesson in all_lessons()]
    if as_json:
        print(json.dumps({lesson.name: _about(lesson, done) for lesson, done in rows}))
        return 0
    table = Table(box=None, header_style="dim")
    for column, side in (("", "right"), ("lesson", "left"), ("minutes", "right")):
        table.add_column(column, justify=side)  # type: ignore[arg-type]
    table.add_column("exercises", justify="right")
    table.add_column("quiz", justify="right")
    for lesson, done in rows:
        solved = f"{len(done.solved)} of {len(lesson.exercises)}"
        quiz = "" if done.quiz is None else f"{done.quiz} of {len(lesson.questions)}"
        all_done = len(done.solved) == len(lesson.exercises)
        title = f"[green]{lesson.title}[/green]" if all_done else lesson.title
        table.add_row(str(lesson.number), title, str(lesson.minutes), solved, quiz)
    Console().print(table)
    print("\nworkshop lesson 1 opens the first; tutorials/README.md says which fits which topic")
    return 0


def _about(lesson: Lesson, done: Done) -> dict[str, object]:
    return {
        "number": lesson.number,
        "title": lesson.title,
        "topics": lesson.topics,
        "minutes": lesson.minutes,
        "exercises": [exercise.name for exercise in lesson.exercises],
        **done.__dict__,
    }


def _open(lesson: Lesson, in_browser: bool) -> int:
    """The lesson as a page, and what one can do with it."""
    from workshop.lessons.page import write_page

    path = write_page(lesson, PAGES)
    number, answers = lesson.number, quoted(f"answers_{lesson.number:02}.py")
    print(f"{number} {lesson.title}: {path}")
    if in_browser:
        webbrowser.open(path.absolute().as_uri())
    rows = (
        ("--run", f"runs it, with pictures ({lesson.seconds} s)"),
        (f"--answers {answers}", "writes the exercises for you"),
        (f"--check {answers}", "marks what you wrote"),
        ("--hint NAME", "helps with an exercise, in three steps"),
        ("--quiz", "asks the questions"),
    )
    print()
    for option, does in rows:
        print(f"  workshop lesson {number} {option:{len('--answers ') + len(answers)}}  {does}")
    print(f"  as a notebook: notebooks/exercises/{lesson.name}.ipynb")
    return 0


def _edit(lesson: Lesson) -> int:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if editor is None:
        raise BadInput(f"set EDITOR to your editor's name first; the file is {lesson.path}")
    return subprocess.run([*editor.split(), str(lesson.path)], check=False).returncode


def _run(lesson: Lesson, fast: bool) -> int:
    """Runs the lesson in a process of its own."""
    chosen = {"WORKSHOP_LESSONS": "fast"} if fast else {}
    env = {"MPLBACKEND": "Agg", "SDL_VIDEODRIVER": "dummy", **os.environ, **chosen}
    result = subprocess.run([sys.executable, str(lesson.path)], env=env, check=False)
    return min(result.returncode, 1)


def _write_answers(lesson: Lesson, path: Path) -> int:
    if path.suffix != ".py":
        raise BadInput(f"{path}: answers are a .py file; did you mean {path.with_suffix('.py')}?")
    if path.exists():
        raise BadInput(f"{path} is there already; give another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(answers_template(lesson), encoding="utf-8")
    print(f"wrote {path}; mark it: workshop lesson {lesson.number} --check {quoted(path)}")
    return 0


def _check(lesson: Lesson, path: Path, as_json: bool) -> int:
    """Marks answers, and remembers what is solved."""
    from workshop.lessons.marking import mark, read_answers

    answers = read_answers(path)
    marks = mark(lesson, answers)
    progress = Progress()
    progress.of(lesson.name).solve(it.name for it in marks if it.passed)
    progress.save()
    if as_json:
        print(json.dumps({it.name: it.message or "right" for it in marks}))
    else:
        for it in marks:
            print(f"{it.name}: {it.message or 'right'}")
        right = sum(it.passed for it in marks)
        print(f"{right} of {len(marks)} solved")
        if right < len(marks):
            first = next(it.name for it in marks if not it.passed)
            print(f"a hint: workshop lesson {lesson.number} --hint {first}")
    return 0 if all(it.passed for it in marks) else 1


def _hint(lesson: Lesson, name: str) -> int:
    """Tells the next hint, and after the last one begins again."""
    hints = {exercise.name: exercise.hints for exercise in lesson.exercises}
    if name not in hints:
        raise BadInput(f"lesson {lesson.number} has no exercise {name!r}; {nearest(name, hints)}")
    progress = Progress()
    read = progress.of(lesson.name).hints
    number = read.get(name, 0) % len(hints[name])
    read[name] = number + 1
    progress.save()
    print(f"hint {number + 1} of {len(hints[name])}: {hints[name][number]}")
    return 0


def _ask(lesson: Lesson) -> int:
    """Asks every question in the terminal."""
    right = 0
    for number, question in enumerate(lesson.questions, 1):
        print(f"\n{number}. {question.text}")
        for letter, option in zip("abcdefgh", question.options, strict=False):
            print(f"   {letter}) {option}")
        correct = _answer(question) == question.answer
        right += correct
        print(f"{'right' if correct else 'no'}: {question.because}")
    print(f"\n{right} of {len(lesson.questions)} right")
    progress = Progress()
    done = progress.of(lesson.name)
    done.quiz = max(right, done.quiz or 0)
    progress.save()
    return 0


def _answer(question: Question) -> int:
    """Which option somebody chose."""
    letters = "abcdefgh"[: len(question.options)]
    while True:
        try:
            given = input("your answer: ").strip().lower()
        except EOFError:
            raise BadInput("the quiz needs somebody to answer it") from None
        if len(given) == 1 and given in letters:
            return letters.index(given)
        print(f"one of {', '.join(letters)}, please")


def _write_notebooks() -> int:
    from workshop.lessons.notebooks import NOTEBOOKS, write_notebooks
    from workshop.lessons.topics import write_index

    print(f"wrote {len(write_notebooks())} notebooks to {NOTEBOOKS}, and {write_index()}")
    return 0
