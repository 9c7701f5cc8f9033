"""What deploy/compose.yaml promises: the same programs, nothing open, everything watched and bounded."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from tasks import names
from tests.fixtures.waiting import eventually
from tests.unit.deploy_reading import COMPOSE, PROGRAMS, ROOT, SECRETS, SERVERS, example, procfile, read
from worker import redis_server
from worker.configuration import configuration
from worker.settings import Settings


@pytest.fixture(scope="module")
def services():
    return read(SECRETS)["services"]


@pytest.fixture(params=PROGRAMS)
def program(request, services):
    return services[request.param]


@pytest.fixture(params=PROGRAMS + SERVERS)
def service(request, services):
    return services[request.param]


def test_there_is_a_service_for_each_process_of_the_procfile_and_the_two_servers(services):
    assert set(services) == {*procfile(), "bulk", *SERVERS}


@pytest.mark.parametrize("name", ["release", "web", "ticker", "beat"])
def test_a_service_runs_the_procfiles_command(services, name):
    assert services[name]["command"] == procfile()[name]


def test_flower_runs_the_procfiles_command_with_the_same_file_where_the_image_has_it(services):
    *command, setting = services["flower"]["command"]
    *expected, its_setting = procfile()["flower"]
    assert command == expected
    assert Path(setting).name == Path(its_setting).name
    assert setting.removeprefix("--conf=") in (ROOT / "deploy" / "Containerfile").read_text()


@pytest.mark.parametrize("name", ["worker", "bulk"])
def test_a_worker_runs_the_procfiles_command_with_its_own_name_pool_size_and_queues(services, name):
    assert _without_choices(services[name]["command"]) == _without_choices(procfile()["worker"])


# Each container is a machine with a name of its own.
_CHOICES = ("--hostname=", "--pool=", "--concurrency=", "--queues=")


def _without_choices(command):
    return [word for word in command if not word.startswith(_CHOICES)]


def _option(service, name):
    return next(word.partition("=")[2] for word in service["command"] if word.startswith(f"--{name}="))


def _queues(service):
    return _option(service, "queues").split(",")


def test_each_queue_has_its_worker_and_only_the_long_jobs_run_in_processes(services):
    assert [_option(services[name], "pool") for name in ("worker", "bulk")] == ["threads", "prefork"]
    assert _queues(services["worker"]) == [names.TICKS, names.INTERACTIVE, names.SYNC]
    assert _queues(services["bulk"]) == [names.BULK]
    assert set(names.QUEUES) == {names.TICKS, names.INTERACTIVE, names.SYNC, names.BULK}


def test_one_worker_takes_ticks_alone_and_reaches_no_salesforce_that_could_hold_it_up(services):
    assert _queues(services["ticker"]) == [names.TICKS]
    assert services["ticker"]["networks"] == ["inside"]


def test_only_the_web_and_flower_are_published_and_on_this_machine_alone(services):
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"], "flower": ["127.0.0.1:5555:5555"]}


def test_flower_stays_on_this_machine_whatever_is_set():
    everywhere = read({**SECRETS, "WEB_ADDRESS": "0.0.0.0", "PORT": "80", "FLOWER_PORT": "81"})["services"]
    assert everywhere["web"]["ports"] == ["0.0.0.0:80:8000"]
    assert everywhere["flower"]["ports"] == ["127.0.0.1:81:5555"]


def test_the_web_listens_where_it_is_published(services):
    assert services["web"]["environment"]["PORT"] == "8000"
    assert services["web"]["environment"]["HOST"] == "0.0.0.0"
    assert read({**SECRETS, "PORT": "81"})["services"]["web"]["environment"]["PUBLIC_URL"] == "http://127.0.0.1:81"


def test_the_servers_are_on_a_network_without_a_way_out(services):
    networks = read(SECRETS)["networks"]
    assert [name for name, network in networks.items() if network.get("internal")] == ["inside"]
    for name in SERVERS:
        assert services[name]["networks"] == ["inside"]


@pytest.mark.parametrize("name", ["web", "worker", "bulk"])
def test_who_speaks_to_salesforce_has_a_way_out(services, name):
    assert services[name]["networks"] == ["inside", "outside"]


@pytest.mark.parametrize("name", SERVERS)
def test_a_servers_data_outlives_its_container(services, name):
    volume, _, place = services[name]["volumes"][0].partition(":")
    assert volume in read(SECRETS)["volumes"]
    assert place == {"postgres": "/var/lib/postgresql", "redis": "/data"}[name]


def test_whatever_should_run_is_restarted_watched_bounded_and_given_time_to_end(services):
    for name in set(services) - {"release"}:
        service = services[name]
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
    assert services["release"]["restart"] == "no"


def test_every_service_is_bounded_and_given_time_to_end(service):
    limits = service["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"\d+[MG]", limits["memory"])
    assert int(service["stop_grace_period"].removesuffix("s")) >= 15
    assert service["logging"]["options"]["max-size"]


def test_a_thread_may_end_its_slice_and_a_process_is_ended_sooner(services):
    """A slice is 20 s long, and the answer it waits for then may take 30 s."""
    assert int(services["worker"]["stop_grace_period"].removesuffix("s")) > 50
    assert "REMAP_SIGTERM" not in services["worker"]["environment"]
    assert services["bulk"]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"
    soft = configuration(Settings(Path("/nowhere"), "", ()), "redis://x")["worker_soft_shutdown_timeout"]
    assert int(services["bulk"]["stop_grace_period"].removesuffix("s")) > soft + 30


def test_nothing_starts_before_the_tables_are_of_its_version(services):
    assert services["release"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in set(PROGRAMS) - {"release"}:
        assert services[name]["depends_on"]["release"] == {"condition": "service_completed_successfully"}
        assert services[name]["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_a_program_may_change_nothing_but_its_own_folders(program):
    assert program["read_only"] is True
    assert program["cap_drop"] == ["ALL"]
    assert program["security_opt"] == ["no-new-privileges:true"]
    assert program["init"] is True
    home = program["environment"]["REMINDERSYNC_HOME"]
    assert [place for place in program["tmpfs"] + program["volumes"] if f"{home}" in place]


def test_every_program_sees_the_folder_of_keys_but_cannot_write_it(program):
    assert "./secrets:/run/secrets/remindersync:ro" in program["volumes"]
    assert example()["SALESFORCE_PRIVATE_KEY_FILE"][1].endswith("as in /run/secrets/remindersync/salesforce.pem.")


def test_every_image_is_pinned(service):
    assert re.fullmatch(r"(docker\.io|localhost)/[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", service["image"])


def test_the_programs_share_one_image_named_for_the_projects_version(program):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert program["image"] == f"localhost/remindersync:{version}"
    assert (COMPOSE.parent / program["build"]["context"] / program["build"]["dockerfile"]).is_file()


def test_the_servers_are_of_the_versions_the_programs_are_tested_with(services):
    assert services["postgres"]["image"].startswith("docker.io/library/postgres:18.")
    assert services["redis"]["image"].startswith("docker.io/valkey/valkey:9.1.")


@pytest.fixture
def redis_of_compose(services, tmp_path):
    """Run the service's own command, with the server this machine has and its data elsewhere."""
    (tmp_path / "valkey-server").symlink_to(redis_server.find_binary().path)
    port = redis_server.free_port()
    command = [word.replace("dir /data", f"dir {tmp_path}\nport {port}") for word in services["redis"]["command"]]
    environ = {**services["redis"]["environment"], "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stdin=subprocess.DEVNULL)
    eventually(lambda: "Ready to accept" in (tmp_path / "log").read_text() or process.poll() is not None)
    assert process.poll() is None, (tmp_path / "log").read_text()
    yield port, process
    process.terminate()
    process.wait()


def test_redis_asks_for_the_password_keeps_what_it_is_given_and_evicts_nothing(redis_of_compose):
    port, process = redis_of_compose
    with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    with Redis(port=port, password=SECRETS["REDIS_PASSWORD"], decode_responses=True) as client:
        settings = client.config_get("append*", "maxmemory*", "save")
    assert (settings["appendonly"], settings["appendfsync"], settings["save"]) == ("yes", "everysec", "")
    assert (settings["maxmemory"], settings["maxmemory-policy"]) == (str(384 * 1024**2), "noeviction")
    # It took the shell's place: the container's first process is the one that gets SIGTERM.
    assert Path(f"/proc/{process.pid}/comm").read_text().strip() != "sh"
    assert SECRETS["REDIS_PASSWORD"] not in Path(f"/proc/{process.pid}/cmdline").read_text()
