"""Requirements files, pasted pages and pyproject.toml as lines, and the place of every error."""

from __future__ import annotations

import pytest

from tts_doctor.errors import UsageError
from tts_doctor.model.lock import ListLine
from tts_doctor.parse.pasted_list import looks_pasted, read_pasted
from tts_doctor.parse.project_file import declared_pythons, read_project
from tts_doctor.parse.requirements_file import Include, Option, read_requirements

LINES = [
    ("numpy==1.23.5", ("numpy", "numpy", "", "==1.23.5", "")),
    ("PyYAML  # a comment", ("pyyaml", "PyYAML", "", "", "")),
    ("celery[redis, auth]==5.1.0", ("celery", "celery", "[auth,redis]", "==5.1.0", "")),
    ("celery<5.0,>=4.4", ("celery", "celery", "", "<5.0,>=4.4", "")),
    ("torch==1.13.1+cu117", ("torch", "torch", "", "==1.13.1+cu117", "")),
    ("numba == 0.48", ("numba", "numba", "", "==0.48", "")),
    ("six (>=1.10)", ("six", "six", "", ">=1.10", "")),
    ('tomli>=2; python_version<"3.11"', ("tomli", "tomli", "", ">=2", 'python_version < "3.11"')),
    ("idna==3.3 --hash=sha256:aa --hash=sha256:bb", ("idna", "idna", "", "==3.3", "")),
    ("Flask_Cors", ("flask-cors", "Flask_Cors", "", "", "")),
]


@pytest.mark.parametrize(("text", "expected"), LINES, ids=[t for t, _ in LINES])
def test_a_line(text: str, expected: tuple[str, ...]) -> None:
    """Name, spelling, extras, version and marker as written."""
    (line,) = read_requirements(text, "r.txt")

    assert isinstance(line, ListLine)
    assert (line.name, line.written, line.extras, line.specifier, line.marker) == expected


KEPT = [
    ("-e ./here", "-e ./here"),
    ("./wheels/a-1-py3-none-any.whl", "./wheels/a-1-py3-none-any.whl"),
    ("git+https://example.org/a.git@v1", "git+https://example.org/a.git@v1"),
]


@pytest.mark.parametrize(("text", "expected"), KEPT, ids=[t for t, _ in KEPT])
def test_a_line_without_a_name_is_kept(text: str, expected: str) -> None:
    """Editables, paths and addresses pass through."""
    (line,) = read_requirements(text, "r.txt")

    assert isinstance(line, ListLine)
    assert (line.text, line.name) == (expected, "")


def test_a_line_goes_on_after_a_backslash() -> None:
    """The number is that of its first row."""
    (line,) = read_requirements("\nidna==3.3 \\\n    --hash=sha256:aa\n", "r.txt")

    assert isinstance(line, ListLine)
    assert (line.text, line.number) == ("idna==3.3", 2)


def test_options_and_includes() -> None:
    """What the resolver needs is told from what plays no part."""
    text = "-r base.txt\n--constraint=c.txt\n--extra-index-url https://example.org/simple\n--prefer-binary\n"

    assert read_requirements(text, "r.txt") == (
        Include("base.txt", False, 1),
        Include("c.txt", True, 2),
        Option("--extra-index-url https://example.org/simple", 3),
        Option("--prefer-binary", 4, used=False),
    )


ERRORS = [
    ("numpy==1\nscipy=1.2", "r.txt:2:6: ", "scipy=1.2", 5, "write scipy==1.2"),
    ("a==", "r.txt:1:", "a==", None, ""),
    ("--nonsense", "r.txt:1:1: ", "--nonsense", 0, ""),
]


@pytest.mark.parametrize(("text", "start", "shown", "column", "hint"), ERRORS, ids=[e[2] for e in ERRORS])
def test_an_error_names_its_place(text: str, start: str, shown: str, column: int | None, hint: str) -> None:
    """File, line, column, the line itself and a caret below it."""
    with pytest.raises(UsageError) as caught:
        read_requirements(text, "r.txt")

    rows = caught.value.en.splitlines()
    assert rows[0].startswith(start)
    assert rows[1] == f"    {shown}"
    assert rows[2].strip() == "^" and (column is None or rows[2].index("^") == column + 4)
    assert caught.value.hint_en == hint


PASTED = [
    ("- numpy==1.23.5\n- `torch==1.13.1`\n* Flask", ["numpy==1.23.5", "torch==1.13.1", "Flask"]),
    ("First run `pip install -U librosa==0.9.2 'numba<0.57'` and wait.", ["librosa==0.9.2", "numba<0.57"]),
    ("$ python3 -m pip install -i https://example.org/simple a b==1 && ls", ["a", "b==1"]),
    ("1. gunicorn==20.1.0 (the server)\n2. nothing to see here", ["gunicorn==20.1.0"]),
    ("```\nscipy==1.12.0\n```", ["scipy==1.12.0"]),
    ("- we use numpy == 1.23.5, and torch==1.13.1.", ["numpy==1.23.5", "torch==1.13.1"]),
    ("- numpy＝＝1.23.5", ["numpy==1.23.5"]),
]


@pytest.mark.parametrize(("text", "expected"), PASTED, ids=range(len(PASTED)))
def test_a_pasted_list(text: str, expected: list[str]) -> None:
    """Requirements out of bullets, prose and commands."""
    assert looks_pasted(text)
    assert [line.text for line in read_pasted(text, "page")[0]] == expected


def test_a_requirements_file_is_not_taken_for_a_page() -> None:
    """Comments may hold anything."""
    assert not looks_pasted("# pip install this\n# - a bullet\nnumpy==1\n-r base.txt\n")


def test_a_page_without_requirements_is_an_error() -> None:
    """Nothing is made up."""
    with pytest.raises(UsageError):
        read_pasted("- hello world, how are you", "page")


def test_a_project() -> None:
    """Dependencies with their place, and the Pythons that requires-python admits."""
    text = '[project]\nname = "x"\nrequires-python = ">=3.9,<3.13"\ndependencies = [\n  "numpy>=1.20",\n]\n'
    lines, pythons = read_project(text, "pyproject.toml")

    assert [(line.text, line.number) for line in lines] == [("numpy>=1.20", 5)]
    assert pythons == ("3.9", "3.10", "3.11", "3.12")


@pytest.mark.parametrize("text", ["[project]\nname='x'\n", "[project\n", "[project]\ndependencies = 'numpy'\n"])
def test_a_broken_project_is_an_error(text: str) -> None:
    """No traceback, the file is named."""
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        read_project(text, "pyproject.toml")


def test_a_bad_range_of_pythons_is_an_error() -> None:
    """The text is shown."""
    with pytest.raises(UsageError, match="three"):
        declared_pythons("three", "pyproject.toml")
