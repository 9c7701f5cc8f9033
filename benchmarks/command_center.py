"""How fast the Command Center and the API's list answer a person who has many reminders.

    python benchmarks/command_center.py [--reminders 10000] [--rounds 60] [--json command_center.json]

The web is `python -m web` in a process of its own, on a new PostgreSQL with its default settings and a new Redis; this
script fills them and asks over a socket, one request after the other, as one person does. Besides the person the team
has twenty colleagues with a fifth as many reminders each. Each line is the time from the request to the last byte, and
the processor time that the web took of it on average, which says the same on a machine that has other work.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil
from sqlalchemy import text

from remindersync.store.people import AppUser
from worker import embedded
from worker.services import Services, build
from worker.settings import Settings
from worker.sign_in import sign_in_link

KEYS = {"SECRET_KEY": "a secret key for measuring", "TOKEN_KEYS": "a token key for measuring"}
COLLEAGUES = 20
TARGET_MS = 100
PORT = 8731

# Of ten: six open (two overdue, one without a date), three done, one in the bin. Four of five have a Task, one of
# five hundred was given away; each went through six changes, and one of a hundred has an error.
SEED = """
WITH made AS (
    INSERT INTO reminders (team_id, owner_id, name, type, status, priority, due_date, details, shared, synced_version,
                           person, completed_at, deleted_at)
    SELECT :team, :owner, 'Call customer number ' || n, (ARRAY['call', 'email', 'inmail', 'custom'])[1 + n % 4],
           CASE WHEN n % 10 IN (6, 7, 8) THEN 'completed' ELSE 'open' END,
           CASE WHEN n % 7 = 0 THEN 'high' ELSE 'normal' END,
           CASE WHEN n % 10 = 5 THEN NULL WHEN n % 10 < 2 THEN current_date - 1 - n / 10 % 90
                ELSE current_date + n / 10 % 120 END,
           repeat('What was said last time. ', 8), n % 5 > 0, 1,
           jsonb_build_object('name', 'Customer ' || n, 'email', 'c' || n || '@example.com', 'salesforce_id', NULL),
           CASE WHEN n % 10 IN (6, 7, 8) THEN now() END, CASE WHEN n % 10 = 9 THEN now() END
    FROM generate_series(1, :many) n
    RETURNING id, shared
), told AS (
    INSERT INTO history (team_id, reminder_id, side, actor, field, old, new, rule)
    SELECT :team, id, 'app', :email, 'name', 'before', 'after', 'edit' FROM made, generate_series(1, 6)
), numbered AS (SELECT id, row_number() OVER () AS n FROM made WHERE shared), linked AS (
    INSERT INTO links (org_id, task_id, reminder_id, state, base)
    SELECT '00D000000000001EAA', '00T' || substr(md5(id::text), 1, 12) || 'AAA', id,
           CASE WHEN n % 500 = 0 THEN 'asleep' ELSE 'active' END,
           '{"raw": {"Status": "Not Started", "Priority": "Normal"}}'
    FROM numbered
)
INSERT INTO diagnostics (team_id, user_id, reminder_id, code, category, message, meaning, remedy, retry)
SELECT :team, :owner, id, 'A_RULE', 'Access/Validation', 'message', 'Refused by a rule.', 'Mend it.', 'parked'
FROM numbered WHERE n % 100 = 0
"""
PAGES = (
    "",
    "?view=overdue",
    "?view=today",
    "?view=tomorrow",
    "?view=all",
    "?view=done",
    "?view=elsewhere",
    "?view=bin",
)
CALLS = (
    "?limit=50",
    "?limit=200",
    "?due=overdue&limit=50",
    "?order=updated&limit=50",
    "?include_deleted=true&limit=50",
)


@dataclass(frozen=True)
class Result:
    """One line of the table, in milliseconds."""

    name: str
    kilobytes: int
    median_ms: float
    p95_ms: float
    web_cpu_ms: float

    @property
    def verdict(self) -> str:
        return "met" if self.p95_ms <= TARGET_MS else "MISSED"


@contextmanager
def services(home: Path) -> Iterator[Services]:
    """The services on new servers under `home`."""
    settings = Settings.from_env(KEYS | {"REMINDERSYNC_HOME": str(home), "PORT": str(PORT)})
    parts = build(settings, embedded.servers(settings))
    try:
        parts.database.upgrade()
        yield parts
    finally:
        parts.close()
        embedded.leave(home)


def fill(parts: Services, many: int) -> AppUser:
    """Add the team; return the person with many reminders."""
    parts.directory.add_team("Sales")
    ada, *others = [parts.directory.add_user(f"user{n}@example.com", "Sales") for n in range(COLLEAGUES + 1)]
    for user, count in ((ada, many), *((other, many // 5) for other in others)):
        with parts.database.begin() as connection:
            about = {"team": user.team_id, "owner": user.id, "email": user.email, "many": count}
            connection.execute(text(SEED), about)
    with parts.database.begin() as connection:
        connection.execute(text("ANALYZE"))
    return ada


@contextmanager
def web(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The web as its own process, once it answers; its address with it."""
    environ = {
        **os.environ,
        **KEYS,
        "REMINDERSYNC_HOME": str(home),
        "PORT": str(PORT),
        "REQUESTS_PER_MINUTE": "1000000",
    }
    process = subprocess.Popen([sys.executable, "-m", "web"], env=environ, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{PORT}"
    try:
        wait_for(url, process)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    while True:
        try:
            httpx.get(f"{url}/readyz").raise_for_status()
        except httpx.HTTPError:
            assert process.poll() is None, "the web has ended"
            time.sleep(0.1)
        else:
            return


def signed_in(parts: Services, url: str, user: AppUser) -> httpx.Client:
    """A browser and a program in one: a session and a token."""
    token = parts.directory.issue_token(user.id)
    client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})
    path = httpx.URL(sign_in_link(parts.settings, parts.directory.user_by_id(user.id))).path
    form = client.get(path).text
    csrf = form.partition('name="csrf" value="')[2].partition('"')[0]
    client.post(path, data={"csrf": csrf})
    return client


def measured(client: httpx.Client, server: psutil.Process, name: str, path: str, rounds: int) -> Result:
    """Ask again and again; the first five answers warm up."""
    for _ in range(5):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
    before, took = cpu_ms(server), []
    for _ in range(rounds):
        started = time.perf_counter()
        client.get(path)
        took.append(1000 * (time.perf_counter() - started))
    cpu = (cpu_ms(server) - before) / rounds
    p95 = statistics.quantiles(took, n=20)[-1]
    return Result(name, len(answer.content) // 1024, statistics.median(took), p95, cpu)


def cpu_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return 1000.0 * (times.user + times.system)


def addresses(client: httpx.Client) -> Iterator[tuple[str, str]]:
    """Every view, its second page where there is one, the API's lists, and one reminder."""
    for query in PAGES:
        yield f"GET /{query}", f"/{query}"
        following = re.search(r'href="(/\?view=[^"]*after=[^"]*)"', client.get(f"/{query}").text)
        if following and query:
            yield f"GET /{query}, next page", following[1].replace("&amp;", "&")
    for query in CALLS:
        yield f"GET /api/v1/reminders{query}", f"/api/v1/reminders{query}"
    known = client.get("/api/v1/reminders?limit=1").json()["items"][0]["id"]
    yield "GET /reminders/ID", f"/reminders/{known}"
    yield "GET /api/v1/reminders/ID", f"/api/v1/reminders/{known}"
    yield "GET /settings", "/settings"


def main() -> int:
    """Print the table; exit 1 where one of the lines is slower than was promised."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reminders", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="remindersync-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with services(home) as parts, web(home) as (url, server):
            person = fill(parts, wanted.reminders)
            with closing(signed_in(parts, url, person)) as client:
                results = [measured(client, server, *address, wanted.rounds) for address in addresses(client)]
    for one in results:
        took = f"median {one.median_ms:5.1f} ms  p95 {one.p95_ms:5.1f} ms  web {one.web_cpu_ms:4.1f} ms  {one.verdict}"
        print(f"{one.name:<55} {one.kilobytes:>5} kB  {took}")
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(one) for one in results], indent=2))
    return int(any(one.verdict == "MISSED" for one in results))


if __name__ == "__main__":
    sys.exit(main())
