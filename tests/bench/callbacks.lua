-- wrk script: each request calls another callback URL, with 1 KiB of JSON. PATHS, OFFSET_FILE and RESULT are in the
-- environment; HELLO=1 sends the same to the baseline.
local paths, at = {}, 0
local filler = string.rep("Yes, we do, and it takes four days. ", 30)
local headers = { ["Content-Type"] = "application/json" }

function init()
	for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
	local file = io.open(os.getenv("OFFSET_FILE"))
	if file then at = tonumber(file:read("*l")) or 0; file:close() end
end

function request()
	at = at + 1
	local text = string.format('{"conversation_id": %d, "prospect_id": %d, "message_content": "%d %s', at, at, at, filler)
	return wrk.format("POST", paths[at % #paths + 1], headers, text:sub(1, 1022) .. '"}')
end

function done(summary, latency)
	local offset = tonumber(os.getenv("OFFSET") or "0")
	local file = io.open(os.getenv("RESULT"), "w")
	local errors = summary.errors
	file:write(string.format("%.0f %.3f %.3f %d %d\n", summary.requests / summary.duration * 1e6,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout))
	file:close()
end
