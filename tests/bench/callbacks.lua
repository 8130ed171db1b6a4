-- wrk script: each request calls another callback URL, with 1 KiB of JSON. PATHS names a file of URL paths and RESULT
-- one for the figures. All requests are made beforehand, so that the loader takes little of the machine.
local requests, at = {}, 0
local filler = string.rep("Yes, we do, and it takes four days. ", 30)

function init()
	local headers = { ["Content-Type"] = "application/json" }
	for path in io.lines(os.getenv("PATHS")) do
		local n = #requests + 1
		local text = string.format('{"conversation_id": %d, "prospect_id": %d, "message_content": "%d %s', n, n, n, filler)
		requests[n] = wrk.format("POST", path, headers, text:sub(1, 1022) .. '"}')
	end
end

function request()
	at = at + 1
	return requests[(at - 1) % #requests + 1]
end

function done(summary, latency)
	local file = io.open(os.getenv("RESULT"), "w")
	local errors = summary.errors
	file:write(string.format("%.0f %.3f %.3f %d %d\n", summary.requests / summary.duration * 1e6,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout))
	file:close()
end
