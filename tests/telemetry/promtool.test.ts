// The metrics of a server that was used, as Prometheus's own tool looks at them. Debian has it in `prometheus`; where it
// isn't, this is left out, but not with CI=true.

import { expect, test } from "bun:test";
import { startServer } from "../harness/server.ts";

const promtool = Bun.which("promtool");
const is_wanted = promtool !== null || process.env["CI"] === "true";

if (!is_wanted) process.stderr.write("left out, since there is no promtool: what it says of the metrics\n");
else
  test("promtool finds no fault in them", async () => {
    const server = await startServer();
    const [alice] = await server.friends();
    await alice.client.ask({ type: "ping" });
    await alice.client.ask({ type: "no such type" });
    const path = `${server.url}/metrics`;
    for (const scrape of ["the first", "the next"]) {
      const check = Bun.spawn([promtool ?? "promtool", "check", "metrics"], {
        stdin: await fetch(path),
        stderr: "pipe",
      });
      const [exit_code, said] = await Promise.all([check.exited, check.stderr.text()]);
      expect([scrape, exit_code, said]).toEqual([scrape, 0, ""]);
    }
    await server.stop();
  });
