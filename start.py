"""Sets the workshop up and hands over to it; needs Python 3.11 or newer and nothing else.

    python start.py demo              installs, then runs `workshop demo`; any command works
    python start.py test              installs what the tests need too, and runs them

Everything goes into the folder .venv beside this file, or into the virtual environment that is
active; the system's own Python is never touched.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


def python_to_use() -> Path:
    """The active virtual environment's Python, else that of .venv, which is made if need be."""
    if sys.prefix != sys.base_prefix:
        return Path(sys.executable)
    folder = HERE / ".venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"making {folder} ...", flush=True)
        venv.create(folder, with_pip=True, clear=folder.exists())
    return python


def install(python: Path, extra: str) -> None:
    """Installs the workshop with an extra, unless the same pyproject.toml was installed before."""
    project = (HERE / "pyproject.toml").read_bytes()
    stamp = python.parent.parent / f"workshop-installed{extra}.toml"
    if stamp.exists() and stamp.read_bytes() == project:
        return
    print("installing (a few minutes the first time) ...", flush=True)
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    subprocess.run([*command, "-e", f"{HERE}{extra}"], check=True)
    stamp.write_bytes(project)


def main() -> int:
    """Installs and hands over; returns the exit code of what it started."""
    if sys.version_info < (3, 11):
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    testing = sys.argv[1:2] == ["test"]
    python = python_to_use()
    try:
        install(python, "[dev]" if testing else "")
        if testing:
            command = ["-m", "pytest", str(HERE / "tests"), *sys.argv[2:]]
            return subprocess.run([str(python), *command], cwd=HERE).returncode
        return subprocess.run([str(python), "-m", "workshop", *sys.argv[1:]]).returncode
    except subprocess.CalledProcessError as error:
        print("the installation failed; what pip says stands above", file=sys.stderr)
        return error.returncode
    except KeyboardInterrupt:  # whoever was interrupted has said so
        return 130


if __name__ == "__main__":
    sys.exit(main())
