"""Open pages are told that something changed, by whomever."""

import socket
import threading
from contextlib import contextmanager, suppress

import httpx

from tests.fixtures.waiting import eventually


class Lines(list):
    """What a page has been sent, line by line."""

    def extend_from(self, answer):
        with suppress(httpx.TransportError):
            for line in answer.iter_lines():
                self.append(line)


@contextmanager
def listening(browser, user):
    """The lines a page of somebody's has been sent so far."""
    with open_page(browser(user)) as lines:
        yield lines


@contextmanager
def open_page(person):
    """The lines a page of this browser has been sent so far."""
    lines = Lines()
    with person.http.stream("GET", "/news", timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        reader = threading.Thread(target=lambda: lines.extend_from(answer))
        reader.start()
        # The first word comes with the watch, which begins by waking everybody.
        eventually(lambda: lines.count("event: changed") == 1)
        yield lines
        if reader.is_alive():
            # A socket is not closed while another thread reads from it.
            with suppress(OSError):
                answer.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        reader.join()


def test_a_page_is_told_of_a_change_made_anywhere(browser, api, ada):
    with listening(browser, ada) as lines:
        api(ada).post("/reminders", json={"name": "Call"})
        eventually(lambda: lines.count("event: changed") == 2)
        assert "Call" not in "".join(lines)


def test_nobody_is_told_of_what_happens_to_others(browser, api, ada, bob):
    with listening(browser, ada) as mine, listening(browser, bob) as theirs:
        api(ada).post("/reminders", json={"name": "Call"})
        eventually(lambda: mine.count("event: changed") == 2)
        assert theirs.count("event: changed") == 1


def test_nobody_listens_without_signing_in_and_a_page_that_asks_is_told(browser):
    assert browser().http.get("/news").headers["Location"] == "/sign-in"
    answer = browser().http.get("/news", headers={"Accept": "text/event-stream"})
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.text == "event: ended\ndata:\n\n"


def test_an_open_page_ends_with_the_persons_sessions_and_others_go_on(browser, api, services, ada, bob):
    with listening(browser, ada) as mine, listening(browser, bob) as theirs:
        services.sign_ins.end_all(ada.id)
        eventually(lambda: "event: ended" in mine)
        api(bob).post("/reminders", json={"name": "Call"})
        eventually(lambda: theirs.count("event: changed") == 2)
        assert "event: ended" not in theirs


def test_signing_out_ends_the_open_pages_of_that_session_only(browser, ada):
    here, elsewhere = browser(ada), browser(ada)
    with open_page(here) as mine, open_page(elsewhere) as other:
        here.get("/settings")
        here.post("/sign-out")
        eventually(lambda: "event: ended" in mine)
        assert "event: ended" not in other
