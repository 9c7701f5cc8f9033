"""The limiter's scripts: each looks at and changes one org's hash in one step, on the server's clock.

Fields: `used` and `allowed` calls as last heard at `seen`; `doubt` is 1 when that may no longer be so; `probe` until
when a call that finds out is awaited; `tokens` in the bucket at `at`; `held` and `held_background` until when calls are
stopped. All times are milliseconds. A second hash for each quarter of an hour has every org's `ORG:background` and
`ORG:edits`, the calls let through in it, and `ORG:used` and `ORG:allowed` as last heard.
"""

from collections.abc import Sequence
from typing import Protocol


class Script(Protocol):
    """A script the server keeps, as redis-py hands it out."""

    def __call__(self, keys: Sequence[str], args: Sequence[float | str]) -> list[int]: ...


_NOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local key, org = KEYS[1], ARGV[#ARGV]
local quarter = KEYS[2] .. math.floor(now / 900000)
local function number(field) return tonumber(redis.call('HGET', key, field) or 0) end
"""

# A day without a call, and the rolling 24 hours that `used` counts are over.
_KEEP = "redis.call('PEXPIRE', key, 86400000)\n"
# It is written down every minute; should nobody do so for a while, it is still there.
_KEEP_QUARTER = "redis.call('PEXPIRE', quarter, 86400000)\n"

ADMIT = (
    _NOW
    + """
local background, share = ARGV[1] == '1', tonumber(ARGV[2]) / 100
local rate, burst, stale, patience = tonumber(ARGV[3]) / 1000, tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local held = number('held')
if background then held = math.max(held, number('held_background')) end
if held > now then return {1, held - now} end

local allowed, seen = number('allowed'), number('seen')
local spent = allowed > 0 and number('used') >= allowed * share
if spent and now - seen < stale and number('doubt') == 0 then return {2, seen + stale - now} end

local finding_out = spent or allowed == 0 or number('doubt') == 1
local probe = number('probe')
if finding_out and probe > now then return {3, probe - now} end

local tokens = burst
if redis.call('HEXISTS', key, 'at') == 1 then
  tokens = math.min(burst, number('tokens') + (now - number('at')) * rate)
end
if tokens < 1 then return {4, math.ceil((1 - tokens) / rate)} end

if finding_out then redis.call('HSET', key, 'probe', now + patience) end
redis.call('HSET', key, 'tokens', tostring(tokens - 1), 'at', now)
if allowed > 0 then redis.call('HINCRBY', key, 'used', 1) end
redis.call('HINCRBY', quarter, org .. (background and ':background' or ':edits'), 1)
"""
    + _KEEP
    + _KEEP_QUARTER
    + "return {0, finding_out and 1 or 0}"
)

SAW = (
    _NOW
    + "redis.call('HSET', key, 'used', ARGV[1], 'allowed', ARGV[2], 'seen', now, 'doubt', 0, 'probe', 0)\n"
    + "redis.call('HSET', quarter, org .. ':used', ARGV[1], org .. ':allowed', ARGV[2])\n"
    + _KEEP
    + _KEEP_QUARTER
    + "return {0}"
)

HOLD = (
    _NOW
    + """
local field = ARGV[2] == '1' and 'held_background' or 'held'
local until_then = now + tonumber(ARGV[1])
if until_then > number(field) then redis.call('HSET', key, field, until_then) end
redis.call('HSET', key, 'doubt', 1)
"""
    + _KEEP
    + "return {0}"
)

LOOK = _NOW + (
    "local held = math.max(number('held'), number('held_background'))\n"
    "return {number('used'), number('allowed'), math.max(held - now, 0)}"
)
