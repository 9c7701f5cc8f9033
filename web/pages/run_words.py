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
SIDES = {"app": "here", "salesforce": "in Salesforce"}
ACTIONS = {
    "create": "Add",
    "update": "Change",
    "delete": "Delete",
    "restore": "Take out of the bin",
    "move": "Give to its new owner",
    "match": "Link with a Task",
    "adopt": "Link with a Task that was made before",
    "hand_over": "Hand over to its owner’s run",
    "park": "Put aside",
    "wait": "Wait with",
    "note": "Note about",
    "settle": "Note as in step",
    "skip": "Leave alone",
}
