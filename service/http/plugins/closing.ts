/**
 * While the process stops: first every answer closes its connection, so that callers turn to another process of their own accord, and /readyz says that
 * this one is going; then what still comes is refused. What was accepted before is finished.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/errors.ts';

export const refuseWhileClosing = (app: FastifyInstance, isDraining: () => boolean): void => {
  let closing = false;
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', (done) => {
    closing = true;
    // Node takes a connection that was opened in advance and has said nothing yet for one whose request is on its way, and would wait for two minutes.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!closing && !isDraining()) return done();
    reply.header('connection', 'close');
    const refused = closing ? request.url !== '/livez' : request.url === '/readyz';
    done(refused ? new Problem('unavailable', 'this process is stopping') : undefined);
  });
  // A request that was under way when the drain began.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isDraining()) reply.header('connection', 'close');
    done(null, payload);
  });
};
