"""A look at every call to Salesforce, and a hand in it: what a test does before and after each."""

from remindersync.errors import SalesforceUnclear

READS = ("changed", "count_first", "first", "by_ids", "look_up")
WRITES = ("create", "update", "delete")


class Killed(BaseException):
    """The process is gone: nothing of a run may handle this."""


class Hooks:
    """Names the calls made so far, in order; `before` and `after` get each call's name and may raise."""

    def __init__(self):
        self.calls = []
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
        """End the process at a point between calls, counted from 0: before the first, after it, before the second …"""
        self._left = step

        def count(name):
            self._left -= 1
            if self._left < 0:
                self.reset()
                raise Killed

        self.before = self.after = count

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
            return answer

        return around


def cut_off():
    """Stand in for a connection that broke: what was sent may have been saved."""
    raise SalesforceUnclear("The connection was cut.")
