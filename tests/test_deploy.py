"""What an operator is given: table of settings, systemd unit, recipe of the image, forms."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import httpx
import pytest
from typer.main import get_group

from bot.__main__ import app
from bot.settings import ROOT, Settings
from bot.web.serve import _GRACE_SECONDS
from tests.conftest import RunningApp, free_port, missing

RUNNING = (ROOT / "docs/running.md").read_text(encoding="utf-8")
FORMS = [ROOT / "docs/dpia.md", ROOT / "docs/transparency-record.md"]
UNIT = ROOT / "deploy/parent-question-bot.service"
CONTAINERFILE = ROOT / "deploy/Containerfile"

# What other programs read from the environment: systemd's and the image's may set these too.
OF_OTHERS = {"HF_HUB_OFFLINE", "PYTHONDONTWRITEBYTECODE"}
# How much of the system the unit may leave open, as systemd counts it, in tenths.
MOST_EXPOSURE = 15


def table(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, each as its cells."""
    section = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def in_words(default: object) -> str:
    """Return a setting's default as the table writes it."""
    if default is None or default == ():
        return "not set"
    return f"`{default.name}/`" if isinstance(default, Path) else f"`{default}`"


def test_the_table_has_every_setting_with_its_default_and_nothing_else() -> None:
    rows = {name.strip("`"): default for name, default, _ in table(RUNNING, "Settings")}
    fields = Settings.model_fields.items()
    assert rows == {name.upper(): in_words(field.default) for name, field in fields}


def test_every_command_that_the_page_names_exists() -> None:
    named = set(re.findall(r"python -m bot ([a-z]+)", RUNNING))
    assert named >= {"build", "close", "open", "counts", "votes"}
    assert named <= set(get_group(app).commands)


def test_the_page_tells_each_field_of_readyz(server: str) -> None:
    told = re.findall(r"^\| `(\w+)` \| ", RUNNING.split("`/readyz` answers 200")[1], re.MULTILINE)
    assert told[:5] == list(httpx.get(f"{server}/readyz").json())


def test_the_page_names_the_measures(built: Settings) -> None:
    port = free_port()
    with RunningApp(INDEX_DIR=str(built.index_dir), METRICS_PORT=str(port)):
        measures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    given = re.findall(r"^# HELP (bot_\w+)", measures, re.MULTILINE)
    names = {name.removesuffix("_created") for name in given}
    assert names
    assert {name for name in names if f"`{name}`" not in RUNNING} == set()


def test_nginx_takes_the_lines_for_several_processes(tmp_path: Path) -> None:
    executable = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if executable is None:
        missing("nginx")
    upstream = RUNNING.split("```nginx\n")[1].split("```")[0]
    name = upstream.split()[1]
    assert f"`proxy_pass http://{name}/;`" in RUNNING
    server = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    assert "http://127.0.0.1:7860/" in server
    server = server.replace("http://127.0.0.1:7860/", f"http://{name}/")
    server = re.sub(r"\bssl_certificate(?:_key)? .*;", "", server)
    server = re.sub(r"\blisten .*;", f"listen 127.0.0.1:{free_port()};", server)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = " ".join(f"{kind}_temp_path {tmp_path};" for kind in kinds)
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid; events {{}}\nhttp {{ {scratch}\n{upstream}\n{server} }}\n"
    )
    done = subprocess.run(
        [executable, "-t", "-c", config, "-e", tmp_path / "error.log"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# The systemd unit.


def directives() -> dict[str, list[str]]:
    """Return what the unit sets: each directive's values in order."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def systemd_analyze(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it on the unit, the program's paths replaced by ones that exist here."""
    executable = shutil.which("systemd-analyze")
    if executable is None:
        missing("systemd-analyze")
    text = UNIT.read_text(encoding="utf-8")
    for named, here in {
        "/opt/parent-question-bot/.venv/bin/python": sys.executable,
        "/opt/parent-question-bot": str(ROOT),
    }.items():
        assert named in text
        text = text.replace(named, here)
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    return subprocess.run(
        [executable, *arguments, unit], capture_output=True, text=True, check=False
    )


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    done = systemd_analyze(tmp_path, "verify", "--man=no")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_leaves_little_open(tmp_path: Path) -> None:
    arguments = ["security", "--offline=true", f"--threshold={MOST_EXPOSURE}", "--no-pager"]
    done = systemd_analyze(tmp_path, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_unit_writes_to_one_folder_and_runs_as_an_ordinary_user() -> None:
    unit = directives()
    environment = dict(pair.split("=", 1) for pair in unit["Environment"])
    assert environment["INDEX_DIR"] == f"/var/lib/{unit['StateDirectory'][0]}"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert {name.lower() for name in environment.keys() - OF_OTHERS} <= set(Settings.model_fields)
    assert unit["ProtectSystem"] == ["strict"]
    assert not unit.keys() & {"ReadWritePaths", "BindPaths", "LogsDirectory", "CacheDirectory"}
    assert unit["User"][0] not in {"", "root"}
    assert unit["CapabilityBoundingSet"] == unit["AmbientCapabilities"] == [""]
    assert "useradd --system --no-create-home" in RUNNING
    assert re.search(rf"useradd .* {unit['User'][0]}\n", RUNNING)


def test_the_unit_waits_for_the_answers_in_flight() -> None:
    longest = float(Settings.model_fields["waiting_seconds"].default) + _GRACE_SECONDS
    assert longest < int(directives()["TimeoutStopSec"][0])
    assert directives()["KillSignal"] == ["SIGTERM"]


# The image.


def instructions() -> list[tuple[str, str]]:
    """Return the Containerfile's instructions, each with its arguments on one line."""
    text = re.sub(r"^#.*\n", "", CONTAINERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [re.sub(r" +", " ", line) for line in text.replace("\\\n", " ").splitlines()]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def arguments_of(instruction: str) -> list[str]:
    return [arguments for name, arguments in instructions() if name == instruction]


def copied() -> list[tuple[str, str]]:
    """Return what is copied and where to, below the working directory."""
    pairs = [(words[0], words[1]) for words in map(str.split, arguments_of("COPY"))]
    return [(source, source if target == "./" else target) for source, target in pairs]


def environment_of_the_image() -> dict[str, str]:
    pairs = [pair for line in arguments_of("ENV") for pair in shlex.split(line)]
    return dict(pair.split("=", 1) for pair in pairs)


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and line[0] != "#"]
    assert rules[0] == "*"
    for source, _ in copied():
        assert (ROOT / source).exists(), source
        assert f"!{source}" in rules
    kept = {rule[1:] for rule in rules if rule[0] == "!"}
    assert kept == {source for source, _ in copied()}  # and nothing else leaves the machine


def test_no_secret_and_no_index_is_near_what_is_copied() -> None:
    sources = [PurePosixPath(source) for source, _ in copied()]
    for path in ("index", ".git", ".venv", ".env", "votes.sqlite3"):
        assert not any(fnmatch.fnmatch(str(source), f"{path}*") for source in sources)


def test_the_image_runs_as_an_ordinary_user_without_a_shell() -> None:
    users = arguments_of("USER")
    assert users[-1] not in {"root", "0"}
    made = re.search(rf"useradd .*--uid (\d+) .* {users[-1]} ", " ".join(arguments_of("RUN")))
    assert made
    assert int(made[1]) > 0
    names = [name for name, _ in instructions()]
    assert "RUN" not in names[names.index("USER") :]  # root made everything before
    for name in ("ENTRYPOINT", "CMD", "VOLUME"):
        assert all(isinstance(json.loads(line), list) for line in arguments_of(name))
    assert arguments_of("HEALTHCHECK")[0].partition("CMD ")[2].startswith("[")


def test_the_image_writes_to_its_volume_only() -> None:
    environment = environment_of_the_image()
    assert json.loads(arguments_of("VOLUME")[0]) == [environment["INDEX_DIR"]]
    assert {name.lower() for name in environment.keys() - OF_OTHERS} <= set(Settings.model_fields)
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert arguments_of("EXPOSE") == [environment["PORT"]]


def test_the_image_installs_what_is_pinned_torch_first() -> None:
    (base,) = arguments_of("FROM")
    assert re.fullmatch(r"python:3\.11[\d.]*-slim(?:@sha256:[0-9a-f]{64})?", base)
    recipe = next(line for line in arguments_of("RUN") if "pip install" in line)
    installed = re.findall(r"pip install (.*?)(?: &&|$)", recipe)
    assert [line.split()[-1] for line in installed][1:] == ["requirements.txt"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$$", "$")
    first = "\"$(grep '^torch==' requirements.txt)\""
    assert installed[0].endswith(first)
    assert first in makefile
    # No index and no local version ("torch==2+build"): those are this or that machine's.
    assert not re.search(r"https?://|\+\w", CONTAINERFILE.read_text(encoding="utf-8"))
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        package = line.split("#")[0].strip()
        assert not package or re.fullmatch(r"[\w.-]+==[\w.]+", package), line


def test_what_is_copied_is_enough_to_serve_and_the_health_check_tells(
    built: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "image"
    for source, target in copied():
        (place / target).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, place / target)
    command = [*json.loads(arguments_of("ENTRYPOINT")[0]), *json.loads(arguments_of("CMD")[0])]
    assert command[:2] == ["python", "-m"]
    start = (
        f"import os, runpy, sys; os.chdir({str(place)!r}); "
        f"runpy.run_module({command[2]!r}, run_name='__main__', alter_sys=True)"
    )
    environment = {**environment_of_the_image(), "INDEX_DIR": str(built.index_dir)}
    health = json.loads(arguments_of("HEALTHCHECK")[0].partition("CMD ")[2])
    assert health[:2] == ["python", "-c"]
    assert environment["PORT"] in health[2]
    app = RunningApp("-c", start, *command[3:], **environment)
    with app as address:
        port = address.rpartition(":")[2]
        check = [sys.executable, "-c", health[2].replace(environment["PORT"], port)]
        assert subprocess.run(check, check=False).returncode == 0
        asked = {"question": "Who runs school support services?"}
        reply = httpx.post(f"{address}/api/ask", json=asked, timeout=60).json()
        assert reply["status"] == "answered"
    assert subprocess.run(check, stderr=subprocess.DEVNULL, check=False).returncode != 0


# The forms to fill in.


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.name)
def test_a_form_says_what_is_to_be_filled_in_and_what_it_is_not(form: Path) -> None:
    text = form.read_text(encoding="utf-8")
    assert text.count("**To fill in:**") > 10
    assert "not legal advice" in text


@pytest.mark.parametrize("form", [*FORMS, ROOT / "docs/running.md"], ids=lambda path: path.name)
def test_files_and_tests_that_a_page_names_exist(form: Path) -> None:
    text = form.read_text(encoding="utf-8")
    files = set(re.findall(r"`((?:bot|tests|deploy|docs|seeds|training)/[\w./-]+)`", text))
    assert files
    assert {name for name in files if not (ROOT / name).exists()} == set()
    code = "\n".join(path.read_text("utf-8") for path in ROOT.glob("tests/test_*.py"))
    tests = set(re.findall(r"`(test_\w+)`", text))
    assert {name for name in tests if f"def {name}(" not in code} == set()
