"""The names of the jobs and queues. They are a wire format: messages already sent carry them."""

FAN_OUT = "remindersync.fan_out"
SYNC_USER = "remindersync.sync_user"
READ_ORG = "remindersync.read_org"
SEND_WEBHOOKS = "remindersync.send_webhooks"
NOTE_USAGE = "remindersync.note_usage"
HOUSEKEEPING = "remindersync.housekeeping"

# What beat asks for every few seconds, done in a moment and never behind other work; a person waits; a poll; a first
# sync or another long piece of work.
TICKS = "ticks"
INTERACTIVE = "interactive"
SYNC = "sync"
BULK = "bulk"
QUEUES = (TICKS, INTERACTIVE, SYNC, BULK)
