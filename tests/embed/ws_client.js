// SPDX-License-Identifier: MIT
// Talks to the echo of examples/websocket with the client of node-ws: text, bytes, fragments, a
// message of each size at which the length takes another form, a ping, and a clean close.
//
//   node ws_client.js ws://127.0.0.1:PORT/echo
'use strict';

const assert = require('assert');
const WebSocket = require('ws');

const sizes = [0, 1, 125, 126, 127, 65535, 65536, 1000000];

// The next message, as { data, isBinary }.
function next(socket) {
	return new Promise((resolve, reject) => {
		socket.once('message', (data, isBinary) => resolve({ data, isBinary }));
		socket.once('close', code => reject(new Error('closed with ' + code)));
	});
}

function once(socket, event) {
	return new Promise(resolve => socket.once(event, resolve));
}

async function expectEcho(socket, data, options) {
	socket.send(data, options);
	const { data: got, isBinary } = await next(socket);
	assert.strictEqual(isBinary, typeof data !== 'string');
	assert.ok(Buffer.from(data).equals(got));
}

async function talk(url) {
	const socket = new WebSocket(url);
	await once(socket, 'open');
	for (const size of sizes) {
		await expectEcho(socket, 'x'.repeat(size));
		await expectEcho(socket, Buffer.alloc(size, 0xff));
	}
	await expectEcho(socket, 'h\u00e9llo \u{1f600}');
	socket.send('in ', { fin: false });
	socket.send('three ', { fin: false });
	socket.send('pieces', { fin: true });
	assert.strictEqual((await next(socket)).data.toString(), 'in three pieces');
	socket.ping('still there?');
	assert.strictEqual((await once(socket, 'pong')).toString(), 'still there?');
	socket.close(1000, 'enough');
	assert.strictEqual(await once(socket, 'close'), 1000);
}

talk(process.argv[2]).then(() => process.exit(0), error => {
	console.error(error);
	process.exit(1);
});
