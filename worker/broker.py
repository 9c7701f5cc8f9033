"""What kombu's way to Redis lacks: a connection that is lost while jobs run must not end the worker."""

from typing import Any

from kombu.transport import redis, virtual


class PatientQoS(redis.QoS):
    """Leaves messages where they are once the connection by which they were taken is gone.

    kombu 5.7 puts them back, or acknowledges them, through a connection that it has let go of already, and the worker
    ends with "AttributeError: 'NoneType' object has no attribute 'hostname'" (as in kombu issue 582) or 'client'.
    Such messages come again when their visibility time-out is over; their claims are used up by then (ONCE-3), or the
    database has sent their users anew.
    """

    def restore_unacked(self, client: Any = None) -> None:
        """Put back what was taken and not acknowledged."""
        if self._is_cut_off():
            self._delivered.clear()
        else:
            super().restore_unacked(client)  # type: ignore[no-untyped-call]  # kombu has no types

    def ack(self, delivery_tag: Any) -> None:
        """Acknowledge a message."""
        if self._is_cut_off():
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]  # kombu has no types
        else:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]  # kombu has no types

    def reject(self, delivery_tag: Any, requeue: bool = False) -> None:
        """Refuse a message."""
        if self._is_cut_off():
            self.ack(delivery_tag)
        else:
            super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]  # kombu has no types

    def _is_cut_off(self) -> bool:
        transport = self.channel.connection
        return transport is None or transport.client is None


def install() -> None:
    """Have every channel of this process keep its messages that way."""
    redis.Channel.QoS = PatientQoS
