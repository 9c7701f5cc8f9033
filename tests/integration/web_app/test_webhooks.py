"""Telling programs what happens: signed, in order, until it is taken, and to nobody it must not be told."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat

import pytest
from celery import Celery
from sqlalchemy import text, update

from remindersync.errors import UserMistake
from remindersync.store import telling
from remindersync.store.changes import Happened
from remindersync.store.mistakes import NotFound
from remindersync.store.tables import users, webhooks
from remindersync.store.telling import SqlDeliveries
from remindersync.store.vault import Vault
from remindersync.store.webhooks import Scope
from tasks import names
from tests.integration.web_app.test_api_errors import assert_problem
from worker.outside import Outside
from worker.webhooks import Webhooks


class Receiver:
    """A server that keeps what it is sent and answers as it is told."""

    def __init__(self):
        self.sent, self.status = [], 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.sent.append((self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                if receiver.status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?of=sales"

    @property
    def items(self):
        return [item for _, _, body in self.sent for item in json.loads(body)["items"]]

    @property
    def told(self):
        return [(item["happened"], item["version"]) for item in self.items]


@pytest.fixture
def receiver():
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def book_of(services):
    """The book of deliveries, for a job of the test's own."""
    return SqlDeliveries(services.database, Vault(services.settings.token_keys))


class Post:
    """Delivers all that is due, as the job does, and says how many events were taken."""

    def __init__(self, services, receiver):
        self._services, self.receiver = services, receiver
        self._sender = Webhooks(book_of(services), Outside(["127.0.0.1"]), jitter=lambda: 1.0)

    def __call__(self):
        return sum(self._sender.deliver(webhook_id) for webhook_id in self._sender.due())

    def again(self):
        """Let a failed webhook's time come, then deliver."""
        with self._services.database.begin() as connection:
            connection.execute(update(webhooks).values(next_attempt_at=text("now()")))
        return self()


@pytest.fixture
def send(services, receiver):
    return Post(services, receiver)


@pytest.fixture
def hook(services, receiver):
    """Add a webhook of somebody's; return it and its secret."""

    def add(user, scope="own"):
        return services.hooks.add(user, receiver.url, Scope(scope))

    return add


def edit(client, *names_):
    made = client.post("/reminders", json={"name": names_[0]}).json()
    for name in names_[1:]:
        client.patch(f"/reminders/{made['id']}", json={"name": name})
    return made["id"]


def signature(secret, headers, body):
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"


# ── What is told ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_happens_is_told_in_order_and_once(api, ada, receiver, hook, send):
    edit(api(ada), "Before")
    hook(ada)
    reminder_id = edit(api(ada), "Call", "Call Ada")
    assert send() == 2
    assert receiver.told == [("created", 1), ("edited", 2)]
    assert {item["reminder"] for item in receiver.items} == {reminder_id}
    assert {item["assignee"] for item in receiver.items} == {"ada@example.com"}
    assert send() == 0
    assert len(receiver.sent) == 1


def test_what_people_wrote_is_not_told(api, ada, receiver, hook, send):
    hook(ada)
    edit(api(ada), "A secret meeting")
    send()
    assert b"secret meeting" not in receiver.sent[0][2]


def test_a_message_is_signed_as_standard_webhooks_says(api, ada, receiver, hook, send):
    _, secret = hook(ada)
    edit(api(ada), "Call")
    send()
    path, headers, body = receiver.sent[0]
    assert path == "/hook?of=sales"
    assert headers["webhook-signature"] == signature(secret, headers, body)


def test_one_is_told_of_their_own_and_an_admins_of_the_teams(api, ada, bob, chief, hook, send):
    hook(ada)
    edit(api(bob), "Bob's")
    assert send() == 0
    hook(chief, "team")
    edit(api(bob), "Bob's too")
    assert send() == 1
    assert send.receiver.items[0]["assignee"] == "bob@example.com"


def test_more_than_one_message_holds_goes_in_several(api, ada, receiver, hook, send):
    hook(ada)
    api(ada).post("/reminders/batch", json={"items": [{"name": f"Call {n}"} for n in range(150)]})
    assert send() == 150
    assert [len(json.loads(body)["items"]) for _, _, body in receiver.sent] == [100, 50]


# ── When it is not taken ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_sent_again_later_under_the_same_id(api, ada, receiver, hook, send, status):
    hook(ada)
    edit(api(ada), "Call")
    receiver.status = status
    assert send() == send() == 0
    assert len(receiver.sent) == 1
    receiver.status = 204
    assert send.again() == 1
    assert receiver.sent[0][1]["webhook-id"] == receiver.sent[1][1]["webhook-id"]
    assert receiver.sent[0][2] == receiver.sent[1][2]


def test_rests_grow_and_how_it_fares_is_shown(api, ada, services, receiver, hook, send):
    made, _ = hook(ada)
    edit(api(ada), "Call")
    receiver.status = 503
    waits = []
    for _ in range(4):
        send.again()
        with services.database.begin() as connection:
            waits.append(connection.scalar(text("SELECT extract(epoch FROM next_attempt_at - now()) FROM webhooks")))
    assert [round(wait) for wait in waits] == [5, 10, 20, 40]
    shown = api(ada).get("/webhooks").json()["items"][0]
    assert (shown["id"], shown["failures"], shown["last_answer"]) == (made.id, 4, "HTTP 503")


def test_one_that_fails_for_three_days_is_stopped_and_can_be_resumed(api, ada, services, receiver, hook, send):
    made, _ = hook(ada)
    edit(api(ada), "Call")
    receiver.status = 500
    send()
    with services.database.begin() as connection:
        connection.execute(update(webhooks).values(failing_since=text("now() - interval '73 hours'")))
    send.again()
    assert send.again() == 0
    assert len(receiver.sent) == 2
    assert "resume" in api(ada).get("/webhooks").json()["items"][0]["stopped"]
    receiver.status = 200
    assert api(ada).post(f"/webhooks/{made.id}/resume").json()["stopped"] is None
    assert send() == 1


def test_a_receiver_that_is_away_keeps_no_other_from_being_told(api, ada, services, receiver, hook, send):
    services.hooks.add(ada, "http://127.0.0.1:1/", Scope.OWN)
    hook(ada)
    edit(api(ada), "Call")
    assert send() == 1
    answers = {each.url: each.last_answer for each in services.hooks.of(ada)}
    assert answers == {"http://127.0.0.1:1/": "Nothing answers there.", receiver.url: "HTTP 200"}


def test_of_two_processes_one_delivers_and_one_that_died_is_followed(api, ada, services, hook, send, receiver):
    made, _ = hook(ada)
    edit(api(ada), "Call")
    book = book_of(services)
    first = book.begin(made.id)
    assert book.begin(made.id) is None
    assert send() == 0
    with services.database.begin() as connection:
        connection.execute(update(webhooks).values(busy_until=text("now() - interval '1 second'")))
    assert send() == 1
    book.failed(first, "too late", 60)
    assert services.hooks.of(ada)[0].last_answer == "HTTP 200"


def test_somebody_deactivated_is_told_nothing_more(api, ada, services, hook, send):
    hook(ada)
    edit(api(ada), "Call")
    with services.database.begin() as connection:
        connection.execute(update(users).where(users.c.id == ada.id).values(active=False))
    assert send() == 0


# ── Chosen events, tests, pauses, secrets ───────────────────────────────────────────────────────────────────


def test_only_the_chosen_events_are_told(api, ada, services, receiver, send):
    services.hooks.add(ada, receiver.url, Scope.OWN, events={Happened.DELETED, Happened.RESTORED})
    client = api(ada)
    reminder_id = edit(client, "Call", "Call Ada")
    assert send() == 0
    client.delete(f"/reminders/{reminder_id}")
    edit(client, "Another")
    assert send() == 1
    assert receiver.told == [("deleted", 3)]


def test_many_changes_that_are_not_told_are_passed_over_and_the_next_that_is_told_is_not(
    api, ada, services, receiver, send, monkeypatch
):
    monkeypatch.setattr(telling, "MOST_PASSED_OVER", 5)
    client = api(ada)
    reminder_id = edit(client, "Call")
    services.hooks.add(ada, receiver.url, Scope.OWN, events={Happened.DELETED})
    edit(client, *(f"Ask {place}" for place in range(4)))
    before = spot(services)
    assert send() == 0
    assert spot(services) == before
    edit(client, *(f"Write {place}" for place in range(4)))
    assert send() == 0
    assert spot(services) > before
    client.delete(f"/reminders/{reminder_id}")
    edit(client, *(f"Send {place}" for place in range(9)))
    assert send() == 1
    assert receiver.told == [("deleted", 2)]


def spot(services):
    with services.database.begin() as connection:
        return tuple(connection.execute(text("SELECT xid, change_id FROM webhooks")).one())


@pytest.mark.parametrize("events", [set(), {Happened.SYNC}])
def test_a_webhook_is_told_of_something(ada, services, events):
    with pytest.raises(UserMistake, match="events: choose some of"):
        services.hooks.add(ada, "https://example.com/", Scope.OWN, events=events)


def test_a_test_is_sent_signed_without_events_also_to_a_paused_one(api, ada, services, receiver, hook, send):
    made, secret = hook(ada)
    services.hooks.pause(ada, made.id)
    edit(api(ada), "Call")
    services.hooks.test(ada, made.id)
    assert send() == 0
    (_, headers, body), *others = receiver.sent
    assert (json.loads(body), others) == ({"type": "test", "items": []}, [])
    assert headers["webhook-signature"] == signature(secret, headers, body)
    assert send.again() == 0
    assert len(receiver.sent) == 1
    (attempt,) = services.hooks.attempts(ada, made.id)
    assert (attempt.is_test, attempt.events, attempt.taken, attempt.answer) == (True, 0, True, "HTTP 200")


def test_a_test_that_fails_keeps_nothing_else_waiting(api, ada, services, receiver, hook, send):
    made, _ = hook(ada)
    services.hooks.test(ada, made.id)
    receiver.status = 500
    send()
    after = services.hooks.one(ada, made.id)
    assert (after.failures, after.next_attempt_at, after.test_asked_at) == (0, None, None)
    receiver.status = 200
    edit(api(ada), "Call")
    assert send() == 1


def test_what_happens_during_a_pause_is_told_after_it(api, ada, services, receiver, hook, send):
    made, _ = hook(ada)
    assert services.hooks.pause(ada, made.id).is_paused
    edit(api(ada), "Call")
    assert send() == 0
    services.hooks.resume(ada, made.id)
    assert send() == 1


def test_deliveries_are_kept_with_how_they_went_and_twenty_of_them(api, ada, services, receiver, hook, send):
    made, _ = hook(ada)
    edit(api(ada), "A secret meeting")
    receiver.status = 503
    for _ in range(22):
        send.again()
    receiver.status = 200
    send.again()
    latest, before, *rest = services.hooks.attempts(ada, made.id)
    assert (latest.taken, latest.answer, latest.events, latest.again_at) == (True, "HTTP 200", 1, None)
    assert (before.taken, before.answer) == (False, "HTTP 503")
    assert before.again_at > before.at
    assert len(rest) == 18
    assert "secret meeting" not in repr([latest, before, *rest])


def test_for_a_day_both_secrets_sign_and_then_the_new_one(api, ada, services, receiver, hook, send):
    made, old = hook(ada)
    _, new = services.hooks.renew_secret(ada, made.id)
    edit(api(ada), "Call")
    send()
    _, headers, body = receiver.sent[0]
    assert headers["webhook-signature"] == " ".join(signature(secret, headers, body) for secret in (new, old))
    services.directory.rotate_keys()
    with services.database.begin() as connection:
        connection.execute(update(webhooks).values(former_until=text("now()")))
    edit(api(ada), "Again")
    send()
    _, headers, body = receiver.sent[1]
    assert headers["webhook-signature"] == signature(new, headers, body)


def test_nobody_reaches_into_anothers_and_no_admin_takes_a_colleagues_secret(ada, bob, chief, services, hook):
    made, _ = hook(ada)
    hooks = services.hooks
    for reach in (hooks.one, hooks.attempts, hooks.pause, hooks.resume, hooks.test, hooks.renew_secret, hooks.remove):
        with pytest.raises(NotFound):
            reach(bob, made.id)
    with pytest.raises(UserMistake, match="Only whose webhook it is"):
        hooks.renew_secret(chief, made.id)
    assert hooks.pause(chief, made.id).is_paused


@contextmanager
def trickling(*lead: bytes):
    """A server that answers a little at a time, for ever; gives its port."""
    over = threading.Event()

    def serve(listener):
        peer, _ = listener.accept()
        with peer, suppress(OSError):
            for one in chain(lead, repeat(b"x")):
                peer.sendall(one)
                if over.wait(0.01):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_that_trickles_in_holds_a_worker_no_longer_than_any(scheme):
    # The beginning of an answer; for TLS, of a handshake's longest message.
    lead = b"HTTP/1.1 200 OK\r\nX-Long: " if scheme == "http" else b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"
    with trickling(lead) as port, pytest.raises(ConnectionError, match="took too long"):
        Outside(["127.0.0.1"], seconds_in_all=0.3).post(f"{scheme}://127.0.0.1:{port}/", b"{}", {})


# ── By API ──────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def known_as(services, *addresses):
    services.outside._lookup, before = (lambda *_: addresses), services.outside._lookup
    yield
    services.outside._lookup = before


def test_a_webhook_is_made_listed_and_removed(api, ada, bob, services):
    client, new = api(ada), {"url": "https://example.com/hook"}
    with known_as(services, "93.184.216.34"):
        made = client.post("/webhooks", json=new)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    path = made.headers["Location"].removeprefix("/api/v1")
    assert "secret" not in client.get("/webhooks").json()["items"][0]
    assert api(bob).get("/webhooks").json()["items"] == []
    assert_problem(api(bob).delete(path), 404)
    assert_problem(api(bob).post(f"{path}/resume"), 404)
    assert client.delete(path).status_code == 204
    assert_problem(client.delete(path), 404)


def test_a_program_chooses_tests_pauses_and_re_keys_its_webhook(api, ada, services, receiver, hook, send):
    client, (made, secret) = api(ada), hook(ada)
    path = f"/webhooks/{made.id}"
    assert client.post(f"{path}/pause").json()["stopped"].startswith("It is paused")
    assert client.post(f"{path}/test").status_code == 202
    send()
    (went,) = client.get(f"{path}/deliveries").json()["items"]
    assert (went["is_test"], went["answer"], went["again_at"]) == (True, "HTTP 200", None)
    assert client.post(f"{path}/secret").json()["secret"] not in {secret, ""}
    with known_as(services, "93.184.216.34"):
        chosen = {"url": "https://example.com/", "events": ["deleted", "created"]}
        assert client.post("/webhooks", json=chosen).json()["events"] == ["created", "deleted"]
        assert_problem(client.post("/webhooks", json=chosen | {"events": []}), 422)
        assert_problem(client.post("/webhooks", json=chosen | {"events": ["sync"]}), 422)


def test_a_repeated_request_makes_no_second_one(api, ada, services):
    with known_as(services, "93.184.216.34"):
        answers = [
            api(ada).post("/webhooks", json={"url": "https://example.com/"}, headers={"Idempotency-Key": "k"}).json()
            for _ in range(2)
        ]
    assert answers[0]["id"] == answers[1]["id"]
    assert len(services.hooks.of(ada)) == 1


def test_the_teams_is_for_admins_and_there_are_ten_at_most(api, ada, chief, services):
    with known_as(services, "93.184.216.34"):
        team = {"url": "https://example.com/", "scope": "team"}
        assert_problem(api(ada).post("/webhooks", json=team), 422)
        assert api(chief).post("/webhooks", json=team).status_code == 201
        client, own = api(ada), {"url": "https://example.com/"}
        # The team's counts for everybody in it.
        assert [client.post("/webhooks", json=own).status_code for _ in range(10)] == [201] * 9 + [422]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "0.0.0.0",
    ],
)
def test_a_host_that_is_not_public_is_refused(api, ada, services, address):
    with known_as(services, "93.184.216.34", address):
        refused = api(ada).post("/webhooks", json={"url": "https://example.com/"})
    assert "not public" in assert_problem(refused, 422)["detail"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://a:b@example.com/",
        "https://example.com/#x",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\r\nX: y",
        "nonsense",
        "https://[::1/",
    ],
)
def test_an_address_that_is_none_is_refused(api, ada, services, url):
    with known_as(services, "93.184.216.34"):
        assert_problem(api(ada).post("/webhooks", json={"url": url}), 422)


def test_a_name_that_later_leads_inside_is_not_followed(api, ada, services, receiver):
    """DNS rebinding: judged public when it was given, private when it is called."""
    with known_as(services, "93.184.216.34"):
        api(ada).post("/webhooks", json={"url": "https://example.com/"})
    edit(api(ada), "Call")
    with known_as(services, "127.0.0.1"):
        assert services.webhooks.deliver(services.webhooks.due()[0]) == 0
    assert "not public" in services.hooks.of(ada)[0].last_answer


# ── The job ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_tick_sends_a_job_for_each_webhook_that_is_due(api, ada, services, hook, monkeypatch):
    made, _ = hook(ada)
    edit(api(ada), "Call")
    sent = []
    app = Celery("test", set_as_current=False, include=["tasks.send_webhooks"])
    app.services = lambda: services
    app.loader.import_default_modules()
    app.finalize()
    job = app.tasks[names.SEND_WEBHOOKS]
    monkeypatch.setattr(job, "apply_async", lambda args, **_: sent.append(args))
    job()
    assert sent == [(made.id,)]


def test_secrets_lie_sealed_and_follow_the_newest_key(ada, services, hook):
    _, secret = hook(ada)
    with services.database.begin() as connection:
        before = connection.scalar(text("SELECT secret FROM webhooks"))
    assert secret.encode() not in bytes(before)
    services.directory.rotate_keys()
    with services.database.begin() as connection:
        after = connection.scalar(text("SELECT secret FROM webhooks"))
    assert bytes(after) != bytes(before)
