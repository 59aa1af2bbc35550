// Connections of which one end has gone without a word: the server finds them by its pings and lets them go, while
// those who answer and otherwise say nothing stay. As a program: `bun scripts/reliability/half-open.ts [clients]`.

import { limits } from "../../src/domain/limits.ts";
import { counted } from "./metrics.ts";
import { rawClient, upgradeHead } from "./raw-client.ts";
import { account, connect, strained } from "./subject.ts";

export interface HalfOpenFigures {
  clients: number;
  first_closed_s: number;
  last_closed_s: number;
  sessions_left: number;
}

/** Half-open clients beside one silent client that answers pings. */
export async function leaveHalfOpen(url: string, clients: number): Promise<HalfOpenFigures> {
  const people = await Promise.all(
    Array.from({ length: Math.ceil((clients + 1) / limits.sessions_per_user) }, () => account(url)),
  );
  const silent = await connect(url, people[0] ?? { token: "" });
  const closed_s = await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      const client = await rawClient(url);
      // It never answers a ping: to the server nobody is there any more.
      client.write(`${upgradeHead(people[(index + 1) % people.length]?.token ?? "")}\r\n`);
      await client.until('"ready"');
      const since_ms = performance.now();
      await client.closed;
      return (performance.now() - since_ms) / 1000;
    }),
  );
  const sessions_left = await counted(url, "orchard_sessions");
  await silent.ask({ type: "ping", id: "still here" });
  silent.close();
  return {
    clients,
    first_closed_s: Math.round(Math.min(...closed_s)),
    last_closed_s: Math.round(Math.max(...closed_s)),
    sessions_left,
  };
}

if (import.meta.main) {
  const environment = { ORCHARD_RATE_LIMITS: "off", ORCHARD_PASSWORD_MEMORY_KIB: "1024" };
  await strained(environment, async (url) => ({ ...(await leaveHalfOpen(url, Number(process.argv[2] ?? 100))) }));
}
