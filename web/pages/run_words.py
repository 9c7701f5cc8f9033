"""What the pages call runs: what one is for, and how it went."""

RUN_KINDS = {
    "poll": "Look for changes",
    "edit": "Send an edit",
    "first": "First sync",
    "full": "Read everything anew",
    "dry": "Dry run",
    "preview": "Look before turning on",
    "one": "One reminder",
    "hand_over": "Hand over",
}
RUN_STATES = {
    "queued": "waits its turn",
    "running": "under way",
    "done": "went well",
    "failed": "failed",
    "held": "waits for calls or approval",
}
