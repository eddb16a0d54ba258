-- One load for every server: `wrk -s load.lua URL -- none|same|varying`, figures as one JSON line.
--
-- none     the request line and Host, nothing else
-- same     twelve header fields as a browser sends them, equal in every request
-- varying  the same fields, with a cookie, a referer and a validator that differ per request

local browser = {
  ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  ["Accept-Language"] = "en-GB,en;q=0.7,de;q=0.3",
  ["Accept-Encoding"] = "gzip, deflate, br, zstd",
  ["Referer"] = "http://127.0.0.1/articles/1000",
  ["Cookie"] = "session=0123456789abcdef1000; theme=dark; seen=17",
  ["If-None-Match"] = '"0123456789abcdef1000"',
  ["Sec-Fetch-Dest"] = "document",
  ["Sec-Fetch-Mode"] = "navigate",
  ["Sec-Fetch-Site"] = "same-origin",
  ["Upgrade-Insecure-Requests"] = "1",
  ["Priority"] = "u=0, i",
}

local VARIANTS = 1000

function init(args)
  local kind = args[1] or "none"
  if kind == "none" then return end
  for name, value in pairs(browser) do wrk.headers[name] = value end
  if kind == "same" then return end
  -- Made beforehand, so that the generator's work per request is only an index.
  local requests = {}
  for i = 0, VARIANTS - 1 do
    local number = tostring(1000 + i)
    wrk.headers["Referer"] = "http://127.0.0.1/articles/" .. number
    wrk.headers["Cookie"] = "session=0123456789abcdef" .. number .. "; theme=dark; seen=17"
    wrk.headers["If-None-Match"] = '"0123456789abcdef' .. number .. '"'
    requests[i] = wrk.format()
  end
  local next = 0
  function request()
    next = (next + 1) % VARIANTS
    return requests[next]
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
