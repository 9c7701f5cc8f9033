"""A look at every call to Salesforce and every transaction, and a hand in it: what a test does before and after each."""

from contextlib import contextmanager

from remindersync.errors import SalesforceUnclear
from remindersync.ports import Page
from tests.fixtures.salesforce_calls import READS, WRITES

# The points of a transaction: before it opens, before it is committed, and after that.
TRANSACTION, COMMIT = "transaction", "commit"


class Killed(BaseException):
    """The process is gone: nothing of a run may handle this."""


class Hooks:
    """Names the calls made so far, in order; `before` and `after` get the name of each call or point and may raise.

    `transactions` counts those of runs, `shown` gets every page that was read.
    """

    def __init__(self):
        self.calls = []
        self.transactions = 0
        self.shown = lambda page: page
        self.reset()

    def reset(self):
        self.before = self.after = lambda name: None

    def once(self, action, *, at=WRITES, when="before"):
        """Do something at the next call of some kind, that one time."""

        def do(name):
            if name in at:
                self.reset()
                action()

        setattr(self, when, do)

    def kill_at(self, step):
        """End the process at a point, counted from 0: around a call, or where a transaction opens or commits."""
        self._left = step

        def count(name):
            self._left -= 1
            if self._left < 0:
                self.reset()
                raise Killed

        self.before = self.after = count

    def book(self, runs):
        """Return the book of runs with a hand in every transaction."""
        return HookedRuns(self, runs)

    def over(self, connect):
        """Return `connect` with a hand in every session it opens."""

        def hooked(user, *, background):
            return Hooked(self, connect(user, background=background))

        return hooked


class Hooked:
    """A session, with the hooks around every call of the port."""

    def __init__(self, hooks, session):
        self._hooks = hooks
        self._session = session

    def __getattr__(self, name):
        found = getattr(self._session, name)
        return self._around(name, found) if name in (*READS, *WRITES) else found

    def _around(self, name, call):
        def around(*given, **named):
            self._hooks.calls.append(name)
            self._hooks.before(name)
            answer = call(*given, **named)
            self._hooks.after(name)
            return self._hooks.shown(answer) if isinstance(answer, Page) else answer

        return around


class HookedRuns:
    """A book of runs, with the hooks around every transaction."""

    def __init__(self, hooks, runs):
        self._hooks = hooks
        self._runs = runs

    def __getattr__(self, name):
        return getattr(self._runs, name)

    @contextmanager
    def transaction(self, run):
        self._hooks.transactions += 1
        self._hooks.before(TRANSACTION)
        with self._runs.transaction(run) as tx:
            yield tx
            self._hooks.before(COMMIT)
        self._hooks.after(COMMIT)


def cut_off():
    """Stand in for a connection that broke: what was sent may have been saved."""
    raise SalesforceUnclear("The connection was cut.")
