#!/usr/bin/env python3
"""Set pfkit up from nothing but Python, then make the demo reports or run every check.

``python3 start.py demo`` makes a demo company, its monthly and its quarterly report.
``python3 start.py test`` runs ruff, mypy and pytest, and fails when one of them does.
Both make ``.venv/`` beside this file first, from ``uv.lock``; nothing else is touched.
"""

import shutil
import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- this file also has to speak to an older Python
    known = ["python3.14", "python3.13", "python3.12", "python3.11"]
    newer = [name for name in known if shutil.which(name)]
    found = ".".join(str(part) for part in sys.version_info[:2])
    advice = "Install a newer Python (python.org, or your system's packages) and run it again."
    if newer:
        advice = f"Run it with {newer[0]} instead."
    sys.exit(
        f"start.py: pfkit needs Python 3.11 or newer; this is {found} at {sys.executable}\n"
        f"  -> {advice}"
    )

import argparse
import hashlib
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STATE = VENV / "pfkit-set-up.json"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
PYTHON = PROGRAMS / f"python{SUFFIX}"
UV = PROGRAMS / f"uv{SUFFIX}"
PFKIT = PROGRAMS / f"pfkit{SUFFIX}"
REQUIREMENTS = ROOT / "requirements"
# variables that would point pip, uv or Python at another environment than .venv
STRAY = (
    "PIP_PREFIX PIP_REQUIRE_VIRTUALENV PIP_ROOT PIP_TARGET PIP_USER PYTHONHOME PYTHONPATH "
    "UV_PROJECT UV_PYTHON VIRTUAL_ENV CONDA_PREFIX"
).split()


class StartError(Exception):
    """A step failed; the message says what to do."""


def home_is_usable(home: str | None) -> bool:
    """Tell whether programs can keep their caches in `home`.

    Examples
    --------
    >>> home_is_usable(None), home_is_usable(os.devnull)
    (False, False)
    """
    if not home:
        return False
    try:
        with tempfile.TemporaryFile(dir=home):
            return True
    except OSError:
        return False


def environment() -> dict[str, str]:
    """Return the variables that every step runs under."""
    variables = {name: value for name, value in os.environ.items() if name not in STRAY}
    variables["PATH"] = os.pathsep.join([str(PROGRAMS), variables.get("PATH", os.defpath)])
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process compiles every package again
    variables["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    variables["UV_PYTHON_DOWNLOADS"] = "never"
    variables["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    if not home_is_usable(variables.get("HOME", str(Path.home()) if os.name == "nt" else None)):
        home = VENV / "home"  # kernels, matplotlib and uv keep caches: give them a place
        home.mkdir(exist_ok=True)
        variables["HOME"] = str(home)
        for name in [name for name in variables if name.startswith("XDG_")]:
            del variables[name]
    return variables


def run(*command: str | Path, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a step in the checkout, whatever the current folder is."""
    return subprocess.run(  # noqa: S603 -- the commands are written in this file
        [str(part) for part in command],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )


def inputs_digest() -> str:
    """Return a digest of what the environment is made from, this place included."""
    digest = hashlib.sha256(f"{ROOT}\n{sys.version_info[:2]}\n".encode())
    for name in ("start.py", "pyproject.toml", "uv.lock"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def read_state() -> dict[str, str]:
    """Return what the last set-up wrote down; empty when it wrote nothing that can be read."""
    try:
        state = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(**state: str) -> None:
    """Write down how far the set-up got, whole or not at all."""
    draft = STATE.with_suffix(".new")
    draft.write_text(json.dumps(state), encoding="utf-8")
    draft.replace(STATE)


def works(*command: str | Path) -> bool:
    """Tell whether a program starts and ends well."""
    try:
        return run(*command, quiet=True).returncode == 0
    except OSError:
        return False


def remove_environment() -> None:
    """Remove ``.venv``, be it a folder, a file or a link to somewhere else."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


def make_environment() -> None:
    """Leave a Python of a good version in ``.venv``, made anew where the one there is broken."""
    version_check = "import sys; sys.exit(sys.version_info < (3, 11))"
    half_made = read_state().get("state") == "making"
    if PYTHON.exists() and not half_made and works(PYTHON, "-c", version_check):
        return
    if VENV.exists() or VENV.is_symlink():
        print("start.py: .venv is broken or half made; making it anew", flush=True)
        remove_environment()
    # the Python below this one, should this one be the .venv just removed
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run(  # noqa: S603 -- the interpreter that runs this file
        [base, "-m", "venv", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name not in STRAY},
    )
    if made.returncode != 0:
        remove_environment()
        message = (
            f"{base} could not make a virtual environment:\n{made.stdout.strip()}\n"
            "  -> Install Python's venv module (on Debian and Ubuntu: "
            "apt install python3-venv) and run this again."
        )
        raise StartError(message)


def have_uv() -> bool:
    """Put the pinned uv into ``.venv``; False where it cannot be had."""
    pin = next(
        line.split()[0].removeprefix("uv==")
        for line in (REQUIREMENTS / "setup.txt").read_text(encoding="utf-8").splitlines()
        if line.startswith("uv==")
    )
    if UV.exists():
        answer = run(UV, "--version", quiet=True)
        if answer.returncode == 0 and answer.stdout.split()[1:2] == [pin]:
            return True
    if not works(PYTHON, "-m", "pip", "--version"):
        run(PYTHON, "-m", "ensurepip", "--upgrade", quiet=True)
    got = pip_install("--no-deps", "-r", REQUIREMENTS / "setup.txt")
    return got.returncode == 0 and works(UV, "--version")


def pip_install(*what: str | Path) -> subprocess.CompletedProcess[str]:
    """Install with pip, by hash."""
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes")
    return run(*pip, *what, quiet=True)


def install_with_uv(group: str) -> bool:
    """Install the locked packages, then pfkit itself, with uv; False where that fails."""
    chosen = ["--group", "dev"] if group == "test" else ["--no-dev", "--group", "build"]
    sync: list[str | Path] = [
        UV,
        "sync",
        "--quiet",
        "--frozen",
        "--inexact",
        "--python",
        PYTHON,
        *chosen,
    ]
    last = ""
    # first the machine's own certificates, as a company's proxy needs; then those uv brings along
    for certificates in (["--system-certs"], []):
        packages = run(*sync, *certificates, "--no-install-project", quiet=True)
        if packages.returncode == 0:
            # the build tools are locked and installed by now: no isolated build fetches others
            own = [*sync, *certificates, "--no-build-isolation-package", "pfkit", "--offline"]
            project = run(*own, quiet=True)
            if project.returncode == 0:
                return True
            packages = project
        last = packages.stdout
    print(f"start.py: uv could not install the packages:\n{last.strip()}", flush=True)
    return False


def install_with_pip(group: str) -> None:
    """Install the same packages with pip, by the same hashes."""
    if not works(PYTHON, "-m", "pip", "--version"):
        run(PYTHON, "-m", "ensurepip", "--upgrade", quiet=True)
    packages = pip_install("-r", REQUIREMENTS / f"{group}.txt")
    if packages.returncode != 0:
        message = (
            f"pip could not install the packages:\n{packages.stdout.strip()[-2000:]}\n"
            "  -> Check that this machine reaches the Python Package Index, "
            "or a mirror named in pip's settings, and run this again."
        )
        raise StartError(message)
    own = (PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation")
    project = run(*own, "--editable", ROOT, quiet=True)
    if project.returncode != 0:
        message = f"pip could not install pfkit itself:\n{project.stdout.strip()[-2000:]}"
        raise StartError(message)


def set_up(group: str, installer: str) -> str:
    """Make ``.venv`` hold what `group` ("run" or "test") needs; say how it was done."""
    digest = inputs_digest()
    make_environment()
    state = read_state()
    ready = state.get("digest") == digest and state.get("group") in {group, "test"}
    if ready and works(PYTHON, "-c", "import importlib.metadata as m; m.version('pfkit')"):
        return "already there"
    write_state(state="making")
    with_uv = installer == "uv" and have_uv() and install_with_uv(group)
    if not with_uv:
        if installer == "uv":
            print(
                "start.py: no packages from uv; going on with pip, which takes longer", flush=True
            )
        install_with_pip(group)
    write_state(state="made", digest=digest, group=group)
    return "with uv" if with_uv else "with pip"


def say(what: str, seconds: float, more: str = "") -> None:
    """Print a step and how long it took."""
    print(f"{what:<24}{seconds:6.1f} s  {more}".rstrip(), flush=True)


def pfkit(*arguments: str | Path) -> str:
    """Run the pfkit command and return what it printed."""
    done = subprocess.run(  # noqa: S603 -- the command is the one just installed
        [str(PFKIT), *(str(part) for part in arguments)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        message = f"`pfkit {' '.join(str(part) for part in arguments)}` failed\n{done.stdout}"
        raise StartError(message)
    return done.stdout


def make_demo(began: float) -> int:
    """Make the demo company and both of its reports; print where they are."""
    moment = time.monotonic()
    lines = pfkit("demo", "--to", "demo").splitlines()
    period = next(line.split()[1] for line in lines if line.startswith("period "))
    say("demo company", time.monotonic() - moment, f"demo/, period {period}")
    year, month = period.split("-")
    reports = {"monthly": period, "quarterly": f"{year}Q{(int(month) + 2) // 3}"}
    first_pdf = 0.0
    for kind, label in reports.items():
        moment = time.monotonic()
        pfkit("run", kind, "--book", "demo", "--period", label, "--to", "reports")
        first_pdf = first_pdf or time.monotonic() - began
        say(f"{kind} report", time.monotonic() - moment, label)
        for found in sorted((ROOT / "reports").glob(f"*/{label}/{kind}/report.*")):
            print(f"  {found.relative_to(ROOT).as_posix()}", flush=True)
    say("start to first PDF", first_pdf)
    return 0


def run_checks() -> int:
    """Run every check, the tests last; 1 when any of them fails."""
    checks: dict[str, list[str]] = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "pytest": ["pytest", "-n", "2", "--dist", "loadfile"],
    }
    failed = []
    for name, command in checks.items():
        moment = time.monotonic()
        code = run(PYTHON, "-m", *command).returncode
        say(name, time.monotonic() - moment, "" if code == 0 else f"FAILED (exit {code})")
        if code != 0:
            failed.append(name)
    print("every check passed" if not failed else f"failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def main() -> int:
    """Read the arguments, set up, and do what was asked."""
    parser = argparse.ArgumentParser(prog="start.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=["demo", "test"], help="make the demo reports, or check")
    parser.add_argument(
        "--installer", choices=["uv", "pip"], default="uv", help="what installs the packages"
    )
    chosen = parser.parse_args()
    began = time.monotonic()
    try:
        how = set_up("run" if chosen.what == "demo" else "test", chosen.installer)
        say("set-up", time.monotonic() - began, how)
        return make_demo(began) if chosen.what == "demo" else run_checks()
    except StartError as problem:
        print(f"start.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
