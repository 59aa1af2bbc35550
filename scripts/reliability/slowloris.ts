// Clients that send a byte now and then, to hold connections for nothing: before the request, in its headers, in an
// upgrade, in a body. Others are served meanwhile, and each connection ends in its time. As a program:
// `bun scripts/reliability/slowloris.ts [connections of each kind]`.

import { memoryMib } from "./metrics.ts";
import { type RawClient, rawClient, upgradeHead } from "./raw-client.ts";
import { type Account, account, connect, strained } from "./subject.ts";

const DRIP_MS = 1_000;
const MOST_S = 90;

interface Kind {
  /** What is sent at once. */
  head: string;
  /** What follows, every second; nothing where it is empty. */
  drip: string;
}

const kinds = ({ token }: Account): Record<string, Kind> => ({
  silence: { head: "", drip: "" },
  half_a_head: { head: "GET / HTTP/1.1\r\nHost: local", drip: "" },
  dripping_head: { head: "GET / HTTP/1.1\r\nHost: localhost\r\n", drip: "x: y\r\n" },
  dripping_upgrade: { head: upgradeHead(token), drip: "x: y\r\n" },
  half_a_body: { head: postHead, drip: "" },
  dripping_body: { head: postHead, drip: "x" },
});
const postHead = "POST /api/v1/user/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n{";

/** Opens `each` connections of every kind, none of which asks for anything whole. */
export async function openSlowly(url: string, each: number): Promise<Map<string, RawClient[]>> {
  const opened = new Map<string, RawClient[]>();
  for (const [name, { head }] of Object.entries(kinds(await account(url)))) {
    const clients = await Promise.all(Array.from({ length: each }, () => rawClient(url)));
    if (head !== "") for (const client of clients) client.write(head);
    opened.set(name, clients);
  }
  return opened;
}

/** The slowest of a log-in, a session's opening and a ping, in milliseconds. */
export async function serveMeanwhile(url: string): Promise<number> {
  const since_ms = performance.now();
  const socket = await connect(url, await account(url));
  await socket.ask({ type: "ping", id: "meanwhile" });
  socket.close();
  return performance.now() - since_ms;
}

async function besiege(url: string, each: number): Promise<Record<string, unknown>> {
  const memory_before_mib = await memoryMib(url);
  const opened = await openSlowly(url, each);
  const drips = kinds({ id: 0, name: "", token: "" });
  const since_ms = performance.now();
  const closed_s: Record<string, number> = {};
  const endings = [...opened].map(async ([name, clients]) => {
    await Promise.all(clients.map(({ closed }) => closed));
    closed_s[`${name}_closed_s`] = Math.round((performance.now() - since_ms) / 1000);
  });
  const dripping = setInterval(() => {
    for (const [name, clients] of opened) for (const { write } of clients) write(drips[name]?.drip ?? "");
  }, DRIP_MS);
  let slowest_ms = 0;
  const all_ended = Promise.all(endings).then(() => true);
  while (performance.now() - since_ms < MOST_S * 1000) {
    slowest_ms = Math.max(slowest_ms, await serveMeanwhile(url));
    if (await Promise.race([all_ended, Bun.sleep(DRIP_MS).then(() => false)])) break;
  }
  clearInterval(dripping);
  const memory_after_mib = await memoryMib(url);
  return { each, ...closed_s, served_meanwhile_ms: Math.round(slowest_ms), memory_before_mib, memory_after_mib };
}

if (import.meta.main) {
  const environment = { ORCHARD_RATE_LIMITS: "off", ORCHARD_PASSWORD_MEMORY_KIB: "1024" };
  await strained(environment, (url) => besiege(url, Number(process.argv[2] ?? 200)));
}
