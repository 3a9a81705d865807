import type { Log } from '@selvedge/kernel';
import type { ListenerOptions } from '../config.ts';
import type { Listener } from '../ports.ts';
import { tcpListener } from './tcp/listener.ts';
import { tlsListener } from './tls/listener.ts';
import { websocketListener } from './websocket/listener.ts';

export function listenerOf(options: ListenerOptions, log: Log): Listener {
  switch (options.transport) {
    case 'tcp':
      return tcpListener(options, log);
    case 'tls':
      return tlsListener(options, log);
    case 'ws':
    case 'wss':
      return websocketListener(options, log);
  }
}
