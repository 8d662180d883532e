import { once } from 'node:events';
import net from 'node:net';

/** A way to Temporal that can be cut, as when its server is stopped. */
export async function wayTo(target: string) {
  const [host, port] = target.split(':');
  const open = new Set<net.Socket>();
  const server = net.createServer(near => {
    const far = net.connect(Number(port), host);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    }
    near.pipe(far).on('close', () => near.destroy());
    far.pipe(near).on('close', () => far.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    open: () => open.size,
    cut() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
