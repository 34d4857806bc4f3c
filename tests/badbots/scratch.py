# expect: fine
import tempfile
from pathlib import Path


def act(percept):
    with tempfile.TemporaryFile() as file:
        file.write(b"notes")
    Path("notes.txt").write_text("notes")
    (Path.home() / "notes.txt").write_text("notes")
    return percept.legal_actions[0]
