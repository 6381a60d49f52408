"""What Redis does in one step: Lua scripts, and the names of the keys they touch.

Promise: every write of a leader checks the reign inside the script. The reign (epoch and node) outlives the lease,
so a leader that was paused, while another took the lead, can write nothing, whatever it believes.
"""

from __future__ import annotations


class Keys:
    """Names under one prefix. The braces keep them on one node of a Redis cluster."""

    def __init__(self, prefix: str) -> None:
        self.lease, self.reign, self.epoch, self.reigns = self._names(prefix, "lease", "reign", "epoch", "reigns")
        self.head, self.events, self.commands = self._names(prefix, "head", "events", "commands")
        self.snapshots, self.settled = self._names(prefix, "snapshots", "settled")

    @staticmethod
    def _names(prefix: str, *names: str) -> list[str]:
        return [f"{{{prefix}}}:{name}" for name in names]


# KEYS lease reign epoch head reigns; ARGV node, lease in ms. Returns {epoch, head}, or nil when another node leads.
# The lease names the node only: a node that lost its connection takes its own lease again, under a new epoch.
LEAD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
local epoch = redis.call('INCR', KEYS[3])
local head = redis.call('GET', KEYS[4]) or '0'
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], epoch .. ':' .. ARGV[1])
redis.call('XADD', KEYS[5], 'MAXLEN', '~', 10000, '*', 'epoch', epoch, 'node', ARGV[1], 'head', head)
return {epoch, tonumber(head)}
"""

# KEYS lease reign head events commands
# ARGV reign, node, lease in ms, last number so far, last number of the entry or '', entry, marks of answered letters...
APPEND = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return redis.error_reply('DEPOSED another node leads') end
if ARGV[5] ~= '' then
  local head = redis.call('GET', KEYS[3]) or '0'
  if head ~= ARGV[4] then return redis.error_reply('DEPOSED the journal ends at ' .. head) end
  redis.call('XADD', KEYS[4], ARGV[5] .. '-0', 'entry', ARGV[6], 'reign', ARGV[1])
  redis.call('SET', KEYS[3], ARGV[5])
end
if #ARGV > 6 then redis.call('XDEL', KEYS[5], unpack(ARGV, 7)) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""

# KEYS reign snapshots events; ARGV reign, seq, packed state, seq of the older one to keep, lowest number to keep
SNAPSHOT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('DEPOSED another node leads') end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
for _, seq in ipairs(redis.call('HKEYS', KEYS[2])) do
  if seq ~= ARGV[2] and seq ~= ARGV[4] then redis.call('HDEL', KEYS[2], seq) end
end
redis.call('XTRIM', KEYS[3], 'MINID', '~', ARGV[5] .. '-0')
return 1
"""

# KEYS lease reign; ARGV reign. A leader that stops lets the next one in at once.
RESIGN = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
