"""The statements of the org feed's book: one each for what must be done in one step."""

from sqlalchemy import text

# A reader that was killed is followed by another after this time; a reading takes less.
_STARTED_SECONDS = 120
# How often the login's rights and the deletion log are looked at. Less than the sweep's 15 minutes, which therefore
# reads once more what a login that lost its rights did not show meanwhile.
_CHECK_SECONDS = 600
# A feed that is late by more than this is not trusted: users ask for themselves.
_LATE_SECONDS = 300
# The sweep comes 15 minutes after the front, and an interval later at most.
_SIGHTED_SECONDS = 7200

_SYNCING = "u.sync_on AND u.active"

DUE = text(f"""
SELECT t.id, t.name
FROM teams t JOIN salesforce_logins l ON l.team_id = t.id AND l.user_id IS NULL AND l.state = 'active'
     LEFT JOIN org_cursors c ON c.team_id = t.id
WHERE t.org_id IS NOT NULL AND (c.team_id IS NULL OR c.next_due_at <= now())
  AND EXISTS (SELECT FROM users u WHERE u.team_id = t.id AND {_SYNCING} AND u.salesforce_id IS NOT NULL)
ORDER BY c.next_due_at NULLS FIRST, t.id
""")  # noqa: S608 put together from this module's own constants

START = text(f"""
INSERT INTO org_cursors AS c (team_id, org_id, fence, next_due_at)
SELECT id, org_id, 1, now() + interval '{_STARTED_SECONDS} seconds'
FROM teams WHERE id = :team_id AND org_id IS NOT NULL
ON CONFLICT (team_id) DO UPDATE
SET fence = c.fence + 1, next_due_at = excluded.next_due_at
WHERE c.next_due_at <= now()
RETURNING c.team_id, c.org_id, c.fence, c.since, c.front, c.swept, c.deleted_until,
    c.clock_offset_seconds,
    c.checked_at IS NULL OR c.problem IS NOT NULL OR c.checked_at <= now() - interval '{_CHECK_SECONDS} seconds'
        AS check_due
""")  # noqa: S608 put together from this module's own constants

HOLD_FENCE = text("SELECT org_id FROM org_cursors WHERE team_id = :team_id AND fence = :fence FOR UPDATE")

# Whom rows concern: the Task's owner, the owner of its reminder, and for whom an earlier row of it waits still: taken
# in alone, that would make a reminder of what was given away or deleted since.
CONCERNED = text(f"""
WITH read AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:task_ids AS text[]), CAST(:owners AS text[])) AS r (task_id, owner_id)
)
SELECT read.task_id, u.id AS user_id
FROM read JOIN users u ON u.salesforce_id = read.owner_id
WHERE u.team_id = :team_id AND {_SYNCING}
UNION
SELECT read.task_id, u.id
FROM read JOIN links l ON l.org_id = :org_id AND l.task_id = read.task_id AND l.state <> 'superseded'
     JOIN reminders r ON r.id = l.reminder_id JOIN users u ON u.id = r.owner_id
WHERE u.team_id = :team_id AND {_SYNCING}
UNION
SELECT read.task_id, u.id
FROM read JOIN task_changes c ON c.org_id = :org_id AND c.task_id = read.task_id JOIN users u ON u.id = c.user_id
WHERE u.team_id = :team_id AND {_SYNCING}
""")  # noqa: S608 put together from this module's own constants

SIGHT = text("""
INSERT INTO task_sightings AS s (org_id, task_id, digest, read_at)
SELECT :org_id, seen.task_id, seen.digest, now()
FROM unnest(CAST(:task_ids AS text[]), CAST(:digests AS text[])) AS seen (task_id, digest)
ON CONFLICT (org_id, task_id) DO UPDATE SET digest = excluded.digest, read_at = excluded.read_at
WHERE s.digest <> excluded.digest
RETURNING s.task_id
""")

# The later read stands; what was the last to show the base stays.
STAGE = text("""
INSERT INTO task_changes AS c (org_id, task_id, user_id, task, stamp, unchanged_until)
SELECT :org_id, new.task->>'id', new.user_id, new.task, (new.task->>'stamp')::timestamptz,
       CAST(:unchanged_until AS timestamptz)
FROM unnest(CAST(:user_ids AS uuid[]), CAST(:tasks AS jsonb[])) AS new (user_id, task)
ORDER BY new.user_id, new.task->>'id'
ON CONFLICT (org_id, task_id, user_id) DO UPDATE
SET task = excluded.task, stamp = excluded.stamp, version = c.version + 1
WHERE (c.task->>'read_at')::timestamptz <= (excluded.task->>'read_at')::timestamptz
""")

MOVE = text("""
UPDATE org_cursors
SET since = :since, front = :front, swept = :swept, deleted_until = :deleted_until,
    clock_offset_seconds = :clock_offset_seconds
WHERE team_id = :team_id
""")

CHECKED = text("""
UPDATE org_cursors SET checked_at = now(), deleted_until = :deleted_until, problem = NULL
WHERE team_id = :team_id
""")

FINISH = text(f"""
UPDATE org_cursors
SET next_due_at = now() + make_interval(secs => :wait_seconds),
    read_at = CASE WHEN :done THEN now() ELSE read_at END,
    trusted_until = CASE WHEN :done THEN now() + make_interval(secs => :wait_seconds + {_LATE_SECONDS})
                         ELSE trusted_until END
WHERE team_id = :team_id
""")  # noqa: S608 put together from this module's own constants

FAIL = text("""
UPDATE org_cursors
SET next_due_at = now() + make_interval(secs => :wait_seconds), problem = coalesce(:problem, problem)
WHERE team_id = :team_id
""")

# Rows of users who no longer sync are nobody's, and who missed any of them is no longer served by this feed.
FORGET = text(f"""
WITH off AS MATERIALIZED (
    SELECT u.id FROM users u WHERE u.team_id = :team_id AND NOT ({_SYNCING})
), left_behind AS (
    DELETE FROM task_changes WHERE org_id = :org_id AND user_id IN (SELECT id FROM off)
), seen_long_ago AS (
    DELETE FROM task_sightings
    WHERE org_id = :org_id AND read_at < now() - interval '{_SIGHTED_SECONDS} seconds'
)
UPDATE run_state SET place = place - 'feed' WHERE user_id IN (SELECT id FROM off) AND place ? 'feed'
""")  # noqa: S608 put together from this module's own constants

FULL = text(f"""
INSERT INTO runs (user_id, kind, state)
SELECT u.id, 'full', 'queued' FROM users u
WHERE u.team_id = :team_id AND {_SYNCING}
  AND NOT EXISTS (SELECT FROM runs r WHERE r.user_id = u.id AND r.kind = 'full' AND r.state = 'queued')
""")  # noqa: S608 put together from this module's own constants

SYNCING = text(f"SELECT u.id FROM users u WHERE u.team_id = :team_id AND {_SYNCING}")  # noqa: S608 as above

# Diagnostics are people's: the team's admins are told.
TELL = text("""
INSERT INTO diagnostics AS d (team_id, user_id, code, category, message, meaning, remedy, retry)
SELECT team_id, id, :code, :category, :message, :meaning, :remedy, :retry
FROM users WHERE team_id = :team_id AND is_admin AND active
ON CONFLICT (user_id, code, coalesce(reminder_id::text, ''), coalesce(task_id, '')) WHERE state = 'open'
DO UPDATE SET count = d.count + :again, last_seen = now()
""")

TELL_NO_MORE = text("""
UPDATE diagnostics SET state = 'resolved'
WHERE team_id = :team_id AND code = :code AND state = 'open' AND reminder_id IS NULL AND task_id IS NULL
""")
