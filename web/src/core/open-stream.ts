/* The stream that suits this browser: shared between its pages where it can be, else one each. */

import type { Api } from './api.ts';
import { SharedStream } from './shared-stream.ts';
import { DirectStream, type EventStream, type StreamSink, type StreamTransport } from './stream.ts';

export function openStream(api: Api, sink: StreamSink): EventStream {
	const transport: StreamTransport = {
		connect: (query, signal) =>
			fetch(api.url('stream') + query, {
				signal,
				cache: 'no-store',
				credentials: 'same-origin',
				headers: { accept: 'text/event-stream' },
			}),
		ack: (stream, n) => api.ack(stream, n),
		watch: (stream, workspace, paths) => api.watch(stream, workspace, paths),
	};
	/* Plain http from another machine is no secure context, and has no locks. */
	if (!navigator.locks || typeof BroadcastChannel === 'undefined') {
		return new DirectStream(transport, sink);
	}
	/* Several installations may share an origin under different prefixes. */
	const name = `dispatch.stream ${api.url('stream')}`;
	const sharing = { name, locks: navigator.locks, openChannel: () => new BroadcastChannel(name) };
	return new SharedStream(transport, sharing, sink);
}
