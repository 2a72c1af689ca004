import { createServer } from "node:net";

/** Whether a server can listen on this port of 127.0.0.1 now; 0 asks for any. */
export function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
    });
  });
}

/** The first free port of 127.0.0.1 from `first` up, or any free one when the next hundred are taken. */
export async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + 100; port++) {
    if (await listenOnce(port)) return port;
  }
  return (await listenOnce(0))!;
}
