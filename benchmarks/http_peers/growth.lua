-- A load that grows: `wrk -s growth.lua URL -- FIELDS BYTES`, figures as one JSON line.
--
-- FIELDS  how many further header fields a request has
-- BYTES   of the body, with which it is a POST; 0 is a GET without one

function init(args)
  for number = 1, tonumber(args[1]) do
    wrk.headers["X-Field-" .. number] = "value of field " .. number
  end
  local bytes = tonumber(args[2])
  if bytes > 0 then
    wrk.method = "POST"
    wrk.body = string.rep("x", bytes)
    wrk.headers["Content-Type"] = "application/octet-stream"
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
