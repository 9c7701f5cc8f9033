"""The statements that start, hold and end a run: one each, so that a run may die between any two."""

from dataclasses import fields

from sqlalchemy import text

from remindersync.apply import OUT_OF_REACH
from remindersync.guards import HELD
from remindersync.model import Counts
from remindersync.ports import NOT_ACTIVE_THERE
from remindersync.screening import REFUSED
from remindersync.store.due import SYNCS

# Of a team's integration login, told to its admins: their own runs do not mend it.
NO_VIEW_ALL_DATA = "NO_VIEW_ALL_DATA"
INTEGRATION_LOGIN_LOST = "INTEGRATION_LOGIN_LOST"
# What stands until somebody acts, however well runs go.
_NOT_THE_RUNS = ", ".join(
    f"'{code}'" for code in (NO_VIEW_ALL_DATA, INTEGRATION_LOGIN_LOST, NOT_ACTIVE_THERE.code, REFUSED.code, HELD.code)
)

# What a person waits for, one reminder or a hand-over, comes between the slices of longer work.
START = text(f"""
WITH mine AS MATERIALIZED (
    SELECT s.user_id, s.lane
    FROM run_state s JOIN users u ON u.id = s.user_id JOIN teams t ON t.id = u.team_id
    WHERE s.user_id = :user_id AND (CAST(:claim AS bigint) IS NULL OR s.claim = :claim)
      AND {SYNCS} AND u.salesforce_id IS NOT NULL AND t.org_id IS NOT NULL
    FOR NO KEY UPDATE OF s
), started AS (
    UPDATE run_state s
    SET fence = s.fence + 1, claim = NULL, claim_until = now() + make_interval(secs => :run_lease_seconds),
        running_since = now(), again_at = CASE WHEN s.again_at > now() THEN s.again_at END, lane = 'sync'
    FROM mine
    WHERE s.user_id = mine.user_id
    RETURNING s.user_id, s.fence, s.place, s.poll_seconds, mine.lane
), taken AS (
    UPDATE runs r
    SET state = 'running', started_at = coalesce(r.started_at, now())
    FROM started
    WHERE r.id = (SELECT w.id FROM runs w WHERE w.user_id = started.user_id AND w.state IN ('running', 'queued')
                  ORDER BY w.kind = 'hand_over' OR w.reminder_id IS NOT NULL DESC, w.state = 'running' DESC,
                           w.queued_at, w.id LIMIT 1)
    RETURNING r.id, r.kind, r.reminder_id, r.full_read, r.choice
)
SELECT u.id, u.team_id, u.email, u.time_zone, u.salesforce_id, coalesce(u.turned_on_at, now()) AS turned_on_at,
       u.on_integration_login, t.org_id, t.settings, started.fence, started.place, started.poll_seconds, started.lane,
       EXISTS (SELECT FROM team_action_items i WHERE i.user_id = u.id AND i.state = 'waiting') AS asked,
       taken.id AS run_id, taken.kind, taken.reminder_id, taken.full_read, taken.choice,
       {SYNCS} AND u.salesforce_id IS NOT NULL AND t.org_id IS NOT NULL AS can_run
FROM users u JOIN teams t ON t.id = u.team_id LEFT JOIN started ON true LEFT JOIN taken ON true
WHERE u.id = :user_id
""")  # noqa: S608 put together from this project's own constants

# The run that holds the lock may have ended between its last statement and the lock's release: then nobody comes
# back for *again*, so the user is free for the next tick.
AGAIN = text("""
UPDATE run_state
SET again_at = least(again_at, now()), next_due_at = least(next_due_at, now()), claim = NULL,
    claim_until = CASE WHEN running_since IS NOT NULL THEN claim_until END
WHERE user_id = :user_id AND (CAST(:claim AS bigint) IS NULL OR claim = :claim)
  AND EXISTS (SELECT FROM users u WHERE u.id = user_id AND u.sync_on)
""")

HOLD_FENCE = text(f"""
SELECT {SYNCS} AS may_run
FROM run_state s JOIN users u ON u.id = s.user_id
WHERE s.user_id = :user_id AND s.fence = :fence
FOR SHARE OF s
""")  # noqa: S608 as above

_ADDED_COUNTS = ", ".join(
    f"'{name}', coalesce((r.counts->>'{name}')::int, 0) + (excluded.counts->>'{name}')::int"
    for name in (field.name for field in fields(Counts))
)

# More than any two clocks that are kept differ by.
_CLOCKS_DIFFER_SECONDS = 60

# What had ended whole runs is mended once one goes well.
# A dry run reads on without having done anything, so its place is not kept. What else was asked for brings the next
# run on at once, in the lane for long work; not after a failure, for then the next run would meet the same one.
# A hold that is over by the database's clock may not be by that of the worker, whose run left the reminder alone then.
FINISH = text(f"""
WITH further AS (
    SELECT EXISTS (SELECT FROM runs r WHERE r.user_id = :user_id AND r.state IN ('queued', 'running')
                   AND r.id <> :run_id) AS any
), held AS (
    SELECT min(greatest(r.hold_until, now() + interval '1 second')) AS until FROM reminders r
    WHERE r.owner_id = :user_id AND r.unsynced AND r.held_change IS NULL
      AND r.hold_until > now() - interval '{_CLOCKS_DIFFER_SECONDS} seconds' AND :went_well
), ended AS (
    UPDATE run_state s
    SET next_due_at = CASE WHEN u.sync_on AND u.active AND NOT u.inactive_there OR :goes_on OR further.any THEN
            CASE WHEN further.any AND :went_well THEN now()
                 ELSE least(now() + make_interval(secs => :wait_seconds), s.again_at, held.until) END END,
        again_at = CASE WHEN s.again_at > now() THEN s.again_at END,
        lane = CASE WHEN s.lane <> 'interactive' AND (further.any OR :goes_on) THEN 'bulk' ELSE s.lane END,
        running_since = NULL, claim_until = NULL,
        place = CASE WHEN :only_planned THEN s.place ELSE CAST(:place AS jsonb) END, poll_seconds = :poll_seconds,
        last_run_at = now(), last_outcome = :outcome, last_error = :error
    FROM users u, further, held
    WHERE s.user_id = :user_id AND s.fence = :fence AND u.id = s.user_id
    RETURNING s.next_due_at
), mended AS (
    UPDATE diagnostics SET state = 'resolved'
    WHERE user_id = :user_id AND :went_well AND state = 'open' AND reminder_id IS NULL AND task_id IS NULL
      AND code NOT IN ({_NOT_THE_RUNS}) AND EXISTS (SELECT FROM ended)
      AND (code <> '{OUT_OF_REACH.code}' OR NOT EXISTS (
          SELECT FROM links l JOIN reminders r ON r.id = l.reminder_id
          WHERE r.owner_id = :user_id AND r.deleted_at IS NULL AND l.state = 'unreachable'))
), written AS (
    INSERT INTO runs AS r (id, user_id, kind, state, outcome, counts, calls, plan, error, started_at, ended_at)
    SELECT CAST(:run_id AS uuid), CAST(:user_id AS uuid), :kind, :state, :outcome, CAST(:counts AS jsonb), :calls,
           CAST(:plan AS jsonb), :error, CAST(:started_at AS timestamptz), CASE WHEN :over THEN now() END
    FROM ended
    WHERE NOT :quiet OR EXISTS (SELECT FROM runs WHERE id = :run_id)
    ON CONFLICT (id) DO UPDATE
    SET state = excluded.state, outcome = excluded.outcome, error = excluded.error, ended_at = excluded.ended_at,
        calls = r.calls + excluded.calls, counts = jsonb_build_object({_ADDED_COUNTS}),
        plan = CASE WHEN excluded.plan IS NULL THEN r.plan ELSE coalesce(r.plan, '[]') || excluded.plan END,
        choice = r.choice || jsonb_build_object('front', CAST(:place AS jsonb)->'front')
)
SELECT next_due_at FROM ended
""")  # noqa: S608 put together from this module's own constants
