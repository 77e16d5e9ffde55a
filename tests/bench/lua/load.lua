-- Drives one kind of request with wrk; what is asked stands in a file, one request a line, fields parted by tabs.
--
--   wrk … -s load.lua URL -- KIND FILE THREADS PAUSE_MS [PATH]
--
--   get      TOKEN PATH          the lines round and round
--   post     ADDRESS BODY        each line once, to PATH; the thread ends with its last line
--   refresh  ADDRESS TOKEN       each answer's token takes the place of the one that was spent for it
--
-- Each thread has every THREADS-th line to itself. At the end one line of JSON tells what came of it.

local threads = {}

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

local lines, place, pause = {}, 0, 0

-- Whether this thread ran out of what it was to ask.
dry = 0

local function post(path, address, body)
   local headers = { ["Content-Type"] = "application/json", ["X-Forwarded-For"] = address }
   return wrk.format("POST", path, headers, body)
end

local function get(token, path)
   return wrk.format("GET", path, token ~= "" and { ["Authorization"] = "Bearer " .. token } or {})
end

-- Round and round, made once.
local function next_get()
   place = place % #lines + 1
   return lines[place]
end

-- Each once.
local function next_post()
   place = place + 1
   if place > #lines then
      dry = 1
      wrk.thread:stop()
      return wrk.format("GET", "/health")
   end
   return lines[place]
end

-- A queue of sessions that wait for their turn: none is asked for twice at a time.
local first, last, flying = 1, 0, {}

local function next_refresh()
   local session = lines[first]
   lines[first] = nil
   first = first + 1
   if session == nil then
      dry = 1
      wrk.thread:stop()
      return wrk.format("GET", "/health")
   end
   return post("/auth/token/refresh", session.address, '{"refresh_token":"' .. session.token .. '"}')
end

local function take_successor(status, _, body)
   local token = status == 200 and body:match('"refresh_token":"([^"]+)"')
   if token then
      last = last + 1
      sessions = sessions + 1
      lines[last] = { token = token, address = "10.9." .. (sessions % 250) .. "." .. math.floor(sessions / 250) % 250 }
   end
end

function init(args)
   local kind, count = args[1], tonumber(args[3])
   pause = tonumber(args[4])
   local at = 0
   for line in io.lines(args[2]) do
      if at % count == number then
         local one, two = line:match("^([^\t]*)\t(.*)$")
         last = last + 1
         if kind == "get" then
            lines[last] = get(one, two)
         elseif kind == "post" then
            lines[last] = post(args[5], one, two)
         else
            lines[last] = { address = one, token = two }
         end
      end
      at = at + 1
   end
   sessions = number * 25000
   if kind == "get" then
      request = next_get
   elseif kind == "post" then
      request = next_post
   else
      request = next_refresh
      response = take_successor
   end
   if pause > 0 then
      delay = function() return pause end
   end
end

function done(summary, latency)
   local errors, ran_dry = summary.errors, 0
   for _, thread in ipairs(threads) do
      ran_dry = ran_dry + thread:get("dry")
   end
   io.write(string.format(
      '{"micros":%d,"requests":%d,"refused":%d,"broken":%d,"dry":%d,"p50":%d,"p99":%d,"max":%d}\n',
      summary.duration, summary.requests, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout, ran_dry,
      latency:percentile(50), latency:percentile(99), latency.max))
end
