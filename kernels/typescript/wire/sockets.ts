import { Router, XPublisher } from "zeromq";
import { type ChannelName, channelAddress, type Connection } from "./connection.ts";

/** How long what was sent last may take to leave after its socket is closed. */
const LINGER_MILLISECONDS = 1_000;
/** Messages to one subscriber that may wait in the socket; of at most 64 kB where they are streams. */
const PUBLISH_HIGH_WATER_MARK = 256;
/** How long broadcasts wait for a first subscriber; one whose first try came too early tries again within 200 ms. */
const SUBSCRIBER_MILLISECONDS = 2_000;

/** The five sockets of a kernel. */
export interface Sockets {
  readonly shell: Router;
  readonly control: Router;
  readonly stdin: Router;
  readonly iopub: XPublisher;
  readonly hb: Router;
}

/**
 * Open the sockets at the addresses of a connection.
 *
 * @throws Error when one of the addresses is taken; then none of the sockets is open
 */
export async function bindSockets(connection: Connection): Promise<Sockets> {
  const socketOptions = { linger: LINGER_MILLISECONDS, sendHighWaterMark: 0, receiveHighWaterMark: 0 };
  // `handover`: a client that comes back under its old identity gets the answers.
  const sockets: Sockets = {
    shell: new Router({ ...socketOptions, handover: true }),
    control: new Router({ ...socketOptions, handover: true }),
    stdin: new Router({ ...socketOptions, handover: true }),
    iopub: new XPublisher({
      linger: LINGER_MILLISECONDS,
      receiveTimeout: SUBSCRIBER_MILLISECONDS,
      sendHighWaterMark: PUBLISH_HIGH_WATER_MARK,
      sendTimeout: 0,
      noDrop: true,
    }),
    hb: new Router(socketOptions),
  };
  const channels = Object.keys(sockets) as ChannelName[];
  const bound = await Promise.allSettled(
    channels.map((channel) => sockets[channel].bind(channelAddress(connection, channel))),
  );
  for (const [index, outcome] of bound.entries()) {
    if (outcome.status === "fulfilled") continue;
    // The process aborts when it ends with sockets that are open.
    for (const socket of Object.values(sockets) as Router[]) socket.close();
    const address = channelAddress(connection, channels[index]!);
    throw new Error(`${address}: ${String(outcome.reason)}`, { cause: outcome.reason });
  }
  return sockets;
}
