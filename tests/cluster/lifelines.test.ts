// Lines between processes over TCP: what tells a process that has ended from one that doesn't answer, can't be reached, or
// is another one. The processes are real, and end as one does that is killed.

import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startProxy } from "../../scripts/cluster/proxy.ts";
import type { Certainty, LineEvent } from "../../src/cluster/lifelines/certainty.ts";
import { openDoor } from "../../src/cluster/lifelines/door.ts";
import { answering, asking } from "../../src/cluster/lifelines/greeting.ts";
import { type Dial, Lifelines } from "../../src/cluster/lifelines/lifelines.ts";
import { openTcpLines } from "../../src/cluster/lifelines/tcp-lines.ts";
import { limits } from "../../src/domain/limits.ts";

const LOOK_MS = 5;
/** Longer than all that is tried before a node is sure. */
const QUITE_LONG_MS = 200;
const door_program = join(import.meta.dir, "door-process.ts");

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

interface Watched {
  lifelines: Lifelines;
  gone: string[];
  /** What happened to its lines. */
  events: LineEvent[];
  certainty(): Certainty | null;
}

/** Somebody who has a line to that one, or tries. */
async function watch(address: string, holder: string): Promise<Watched> {
  const lines = await openTcpLines({ servers: [] }, "watcher");
  const events: LineEvent[] = [];
  const dial: Dial = (...[to, whom, happened]) =>
    lines.dial(to, whom, (event) => {
      events.push(event);
      happened(event);
    });
  const lifelines = new Lifelines({ ...lines, dial });
  ending.push(() => lifelines.close());
  const gone: string[] = [];
  lifelines.onGone = (one) => void gone.push(one);
  lifelines.meet([{ holder, address }]);
  return { lifelines, gone, events, certainty: () => lifelines.certaintyOf(holder) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(LOOK_MS);
}

/** A process of its own with a door. */
async function startDoor(holder: string, port = 0) {
  const child = Bun.spawn([process.execPath, "--no-env-file", door_program, holder, String(port)], { stdout: "pipe" });
  ending.push(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  const { value } = await child.stdout.getReader().read();
  return { child, port: Number(new TextDecoder().decode(value)) };
}

/** A new connection is taken, by the process or for it. */
const isTaken = (port: number) =>
  Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).then(
    (socket) => {
      socket.end();
      return true;
    },
    () => false,
  );

describe("of a process", () => {
  test("that is killed it is known within moments that it has ended", async () => {
    const { child, port } = await startDoor("node");
    const { gone, events, certainty } = await watch(`127.0.0.1:${port}`, "node");
    await until(() => certainty() === "there");
    child.kill("SIGKILL");
    await until(() => gone.length > 0);
    await Bun.sleep(QUITE_LONG_MS);
    expect([gone, certainty()]).toEqual([["node"], "gone"]);
    // A process that is ending may still take a line, which breaks.
    expect(events.filter((event) => event !== "failed")).toEqual(["greeted", "ended", "refused", "refused"]);
  });

  test("that stands still nothing is known but that it is there; and that it has ended, once it is killed", async () => {
    const { child, port } = await startDoor("node");
    const { gone, certainty } = await watch(`127.0.0.1:${port}`, "node");
    await until(() => certainty() === "there");
    child.kill("SIGSTOP");
    for (let tries = 0; tries < 3; tries += 1) expect(await isTaken(port)).toBe(true);
    // Whoever comes while it stands still isn't answered, and finds nothing out.
    const late = await watch(`127.0.0.1:${port}`, "node");
    await until(() => late.events.length > 0);
    expect([late.gone, late.events]).toEqual([[], ["failed"]]);
    expect([gone, certainty()]).toEqual([[], "there"]);
    child.kill("SIGKILL");
    await until(() => gone.length > 0);
    await Bun.sleep(QUITE_LONG_MS);
    expect([late.gone, late.certainty()]).toEqual([[], "none"]);
  });

  test("at whose place another one is nothing is known, whatever becomes of that one", async () => {
    const { child, port } = await startDoor("another");
    const { gone, events, certainty } = await watch(`127.0.0.1:${port}`, "node");
    await until(() => events.length > 0);
    child.kill("SIGKILL");
    await Bun.sleep(QUITE_LONG_MS);
    expect([gone, events, certainty()]).toEqual([[], ["failed"], "none"]);
  });

  test("that was never reached nothing is known, though it is refused", async () => {
    const { child, port } = await startDoor("node");
    child.kill("SIGKILL");
    await child.exited;
    const { gone, events, certainty } = await watch(`127.0.0.1:${port}`, "node");
    await until(() => events.length > 0);
    expect([gone, events, certainty()]).toEqual([[], ["refused"], "none"]);
  });

  test("behind a proxy, which may end and refuse what it likes, nothing is known", async () => {
    const { port } = await startDoor("node");
    const proxy = startProxy(0, () => [port]);
    ending.push(() => proxy.stop());
    const { gone, events, certainty } = await watch(`127.0.0.1:${proxy.port}`, "node");
    await until(() => events.length > 0);
    proxy.stop();
    await Bun.sleep(QUITE_LONG_MS);
    expect([gone, events, certainty()]).toEqual([[], ["failed"], "none"]);
  });
});

describe("a door", () => {
  test("that hangs up and takes another line is there", async () => {
    const door = openDoor("127.0.0.1", 0, "node");
    const { gone, events } = await watch(`127.0.0.1:${door.port}`, "node");
    await until(() => events.includes("greeted"));
    door.close();
    const again = openDoor("127.0.0.1", door.port, "node");
    ending.push(() => again.close());
    await until(() => events.length === 3);
    expect([gone, events]).toEqual([[], ["greeted", "ended", "greeted"]]);
  });

  test("at whose place another one opens is tried ever less often, until nobody is there", async () => {
    const door = openDoor("127.0.0.1", 0, "node");
    const { gone, events, certainty } = await watch(`127.0.0.1:${door.port}`, "node");
    await until(() => certainty() === "there");
    door.close();
    const another = openDoor("127.0.0.1", door.port, "another");
    ending.push(() => another.close());
    await Bun.sleep(QUITE_LONG_MS);
    const tries = events.filter((event) => event === "failed").length;
    // At once, and then after 15, 30, 60 and 120 ms.
    expect([gone, certainty(), tries > 1 && tries < 6]).toEqual([[], "hung up", true]);
    another.close();
    await until(() => gone.length > 0);
    expect([gone, events.slice(-2)]).toEqual([["node"], ["refused", "refused"]]);
  });

  test("whose line is broken off, and that then refuses, isn't known to have ended", async () => {
    const line = Promise.withResolvers<Bun.Socket>();
    const door = Bun.listen({
      ...{ hostname: "127.0.0.1", port: 0 },
      socket: {
        data(socket) {
          socket.write(answering("node", socket));
          line.resolve(socket);
        },
      },
    });
    const { gone, events } = await watch(`127.0.0.1:${door.port}`, "node");
    await until(() => events.includes("greeted"));
    door.stop();
    (await line.promise).terminate();
    await until(() => events.length > 1);
    expect([gone, events]).toEqual([[], ["greeted", "failed"]]);
  });

  test("tells nothing to who doesn't ask for this process, and takes no more than it may", async () => {
    const door = openDoor("127.0.0.1", 0, "node");
    ending.push(() => door.close());
    const heard = async (say: string) => {
      let text = "";
      const over = Promise.withResolvers<void>();
      const socket = await Bun.connect({
        ...{ hostname: "127.0.0.1", port: door.port },
        socket: {
          data: (_, bytes) => {
            text += bytes.toString();
            over.resolve();
          },
          close: () => over.resolve(),
        },
      });
      ending.push(() => socket.end());
      socket.write(say);
      await over.promise;
      return text;
    };
    expect(await heard(asking("another"))).toBe("");
    expect(await heard("GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".padEnd(200))).toBe("");
    // Who says nothing isn't kept either.
    expect(await heard("")).toBe("");
    const lines = Array.from({ length: limits.lifelines }, () => heard(asking("node")));
    expect((await Promise.all(lines)).every((text) => text !== "")).toBe(true);
    expect(await heard(asking("node"))).toBe("");
  });

  test("that can't be had ends the start with a sentence", () => {
    const door = openDoor("127.0.0.1", 0, "node");
    ending.push(() => door.close());
    expect(() => openDoor("127.0.0.1", door.port, "other")).toThrow(/^ORCHARD_CLUSTER_ADDRESS: /);
  });
});

test("others reach a node where it reaches NATS, unless it says otherwise", async () => {
  const nats = startProxy(0, () => []);
  ending.push(() => nats.stop());
  const servers = ["nats://127.0.0.1:1", `tls://127.0.0.1:${nats.port}`];
  const open = async (address?: { host: string | null; port: number }) => {
    const lines = await openTcpLines({ servers, ...(address && { address }) }, "node");
    lines.close();
    return lines.address;
  };
  const address = await open();
  expect(address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
  expect(await open({ host: null, port: Number(address.split(":")[1]) })).toBe(address);
  expect(await open({ host: "localhost", port: 0 })).toMatch(/^localhost:[1-9]\d+$/);
});
