-- SPDX-License-Identifier: MIT
-- The requests of bench/compare, and what came of them as one line of JSON.
--
--   wrk ... -s load.lua URL -- HEAD COUNT
--
-- HEAD   plain: Host alone; browser: what a browser sends with a navigation;
--        close: Host, and Connection: close
-- COUNT  requests sent together, before the first answer is waited for
--
-- The text is made once: no Lua runs per request.

local heads = {
	plain = {},
	close = { "Connection: close" },
	browser = {
		"Connection: keep-alive",
		'sec-ch-ua: "Chromium";v="126", "Not/A)Brand";v="8", "Google Chrome";v="126"',
		"sec-ch-ua-mobile: ?0",
		'sec-ch-ua-platform: "Linux"',
		"Upgrade-Insecure-Requests: 1",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
			.. "Chrome/126.0.0.0 Safari/537.36",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
			.. "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
		"Sec-Fetch-Site: same-origin",
		"Sec-Fetch-Mode: navigate",
		"Sec-Fetch-User: ?1",
		"Sec-Fetch-Dest: document",
		"Referer: http://127.0.0.1/index.html",
		"Accept-Encoding: gzip, deflate, br, zstd",
		"Accept-Language: en-GB,en-US;q=0.9,en;q=0.8",
		"Cookie: session=6f1d5e0c9a7b4c21; theme=dark; consent=1",
	},
}

function init(args)
	local lines = { "GET " .. wrk.path .. " HTTP/1.1", "Host: " .. wrk.headers["Host"] }
	for _, line in ipairs(heads[args[1]]) do
		lines[#lines + 1] = line
	end
	local request = table.concat(lines, "\r\n") .. "\r\n\r\n"
	local batch = request:rep(tonumber(args[2]))
	wrk.format = function()
		return batch
	end
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format(
		'\n{"requests": %d, "duration_us": %d, "bytes": %d, "p50_us": %.1f, "p99_us": %.1f, '
			.. '"errors": {"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}}\n',
		summary.requests, summary.duration, summary.bytes, latency:percentile(50),
		latency:percentile(99), errors.connect, errors.read, errors.write, errors.status,
		errors.timeout))
end
