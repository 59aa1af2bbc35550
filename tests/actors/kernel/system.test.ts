import { afterEach, describe, expect, test } from "bun:test";
import { Line } from "../../../src/actors/delivery/line.ts";
import type { Actor, Call } from "../../../src/actors/kernel/actor.ts";
import { ActorSystem } from "../../../src/actors/kernel/system.ts";
import { success } from "../../../src/protocol/outcome.ts";

type EchoCalls = {
  echo: Call<{ text: string }, { text: string }>;
  hang: Call<null>;
  fail: Call<null>;
  count: Call<null, { count: number }>;
};
type Kinds = { echo: EchoCalls; fixed: EchoCalls };

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
let systems: ActorSystem<Kinds>[] = [];
afterEach(async () => {
  await Promise.all(systems.map((system) => system.close()));
  systems = [];
});

interface Options {
  start?: (key: string) => Actor<EchoCalls> | Promise<Actor<EchoCalls>>;
  ask_deadline_ms?: number;
  mailbox_limit?: number;
  restart_on_fault?: boolean;
}

function createSystem({
  start = () => echoActor(),
  ask_deadline_ms = 5_000,
  mailbox_limit = 100,
  restart_on_fault = false,
}: Options = {}) {
  const faults: string[] = [];
  const system = new ActorSystem<Kinds>({
    line: new Line(() => {}),
    ask_deadline_ms,
    sweep_ms: 60_000,
    onFault(error, { address, call }) {
      faults.push(`${address} ${call} ${(error as Error).message}`);
      return { code: "internal", message: "reference" };
    },
  });
  system.define("echo", { start, mailbox_limit, idle_ms: 1_000, restart_on_fault });
  system.define("fixed", { mailbox_limit });
  systems.push(system);
  return { system, faults };
}

/** Counts what it was asked since it started. */
function echoActor(stop?: () => Promise<void>): Actor<EchoCalls> {
  let count = 0;
  return {
    receive: {
      echo: ({ text }, reply) => reply(success({ text })),
      hang: () => new Promise(() => {}),
      fail: () => {
        count += 1;
        throw new Error("broken");
      },
      count: (_, reply) => {
        count += 1;
        reply(success({ count }));
      },
    },
    ...(stop && { stop }),
  };
}

describe("actor system", () => {
  test("starts an actor when it is first asked, once for each address", async () => {
    const started: string[] = [];
    const { system } = createSystem({
      start(key) {
        started.push(key);
        return echoActor();
      },
    });
    const answers = await Promise.all([
      system.request("echo:1", "count", null),
      system.request("echo:1", "count", null),
      system.request("echo:2", "count", null),
    ]);
    expect(answers).toEqual([success({ count: 1 }), success({ count: 2 }), success({ count: 1 })]);
    expect(started).toEqual(["1", "2"]);
  });

  test("holds what is asked while the actor starts", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { system } = createSystem({ start: () => gate.then(() => echoActor()) });
    const answers = [system.request("echo:1", "count", null), system.request("echo:1", "count", null)];
    await turn();
    release();
    expect(await Promise.all(answers)).toEqual([success({ count: 1 }), success({ count: 2 })]);
  });

  test("an answer is heard when the turn in which it was given is over, and before the next turn", async () => {
    const { system } = createSystem();
    const order: string[] = [];
    const actor = echoActor();
    actor.receive.echo = ({ text }, reply) => {
      order.push(`turn of ${text}`);
      reply(success({ text }));
      order.push(`end of ${text}`);
    };
    system.spawn("fixed:1", actor);
    for (const text of ["one", "two"])
      system.ask("fixed:1", "echo", { text }, () => void order.push(`answer to ${text}`));
    await turn();
    expect(order).toEqual([
      ...["turn of one", "end of one", "answer to one", "turn of two", "end of two", "answer to two"],
    ]);
  });

  test("asks only whoever is there", async () => {
    const { system } = createSystem();
    expect(await system.requestIfThere("echo:1", "count", null)).toBeNull();
    await system.request("echo:1", "count", null);
    expect(await system.requestIfThere("echo:1", "count", null)).toEqual(success({ count: 2 }));
  });

  test("answers unavailable when the mailbox is full", async () => {
    const { system } = createSystem({ mailbox_limit: 1, ask_deadline_ms: 50 });
    void system.request("echo:1", "hang", null);
    await turn();
    void system.request("echo:1", "count", null);
    expect(await system.request("echo:1", "count", null)).toMatchObject({ ok: false, error: { code: "unavailable" } });
  });

  test("answers unavailable past the deadline, and doesn't do what nobody waits for", async () => {
    const { system } = createSystem({ ask_deadline_ms: 20 });
    let release = () => {};
    let done = 0;
    const actor = echoActor();
    actor.receive.hang = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    actor.receive.count = () => {
      done += 1;
    };
    system.spawn("fixed:1", actor);
    const answers = await Promise.all([
      system.request("fixed:1", "hang", null),
      system.request("fixed:1", "count", null),
    ]);
    expect(answers.map((answer) => !answer.ok && answer.error.code)).toEqual(["unavailable", "unavailable"]);
    release();
    await turn();
    expect(done).toBe(0);
  });

  test("answers a throw with what the fault boundary makes of it, and goes on", async () => {
    const { system, faults } = createSystem();
    expect(await system.request("echo:1", "fail", null)).toEqual({
      ok: false,
      error: { code: "internal", message: "reference" },
    });
    expect(await system.request("echo:1", "count", null)).toEqual(success({ count: 2 }));
    expect(faults).toEqual(["echo:1 fail broken"]);
  });

  test("makes the state of a faulty actor again where its kind wants that", async () => {
    const { system } = createSystem({ restart_on_fault: true });
    await system.request("echo:1", "fail", null);
    expect(await system.request("echo:1", "count", null)).toEqual(success({ count: 1 }));
  });

  test("answers for an actor that can't start, and tries again for the next", async () => {
    let broken = true;
    const { system } = createSystem({
      start() {
        if (broken) throw new Error("no database");
        return echoActor();
      },
    });
    expect(await system.request("echo:1", "count", null)).toMatchObject({ ok: false, error: { code: "internal" } });
    broken = false;
    expect(await system.request("echo:1", "count", null)).toEqual(success({ count: 1 }));
  });

  test("lets an idle actor go, and starts a new one for the next message only after the old has stopped", async () => {
    const events: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => promise.then(() => void events.push("stopped"));
    const { system } = createSystem({
      start() {
        events.push("started");
        return echoActor(stop);
      },
    });
    await system.request("echo:1", "count", null);
    await turn();
    system.sweep(performance.now() + 500);
    expect(system.stats()["echo"]).toMatchObject({ actors: 1 });
    system.sweep(performance.now() + 2_000);
    expect(system.stats()["echo"]).toMatchObject({ actors: 0 });
    const answer = system.request("echo:1", "count", null);
    await turn();
    expect(events).toEqual(["started"]);
    resolve();
    expect(await answer).toEqual(success({ count: 1 }));
    expect(events).toEqual(["started", "stopped", "started"]);
  });

  test("doesn't let an actor go to which a message is on its way", async () => {
    const { system } = createSystem();
    await system.request("echo:1", "count", null);
    const answer = system.request("echo:1", "count", null);
    system.sweep(performance.now() + 2_000);
    expect(await answer).toEqual(success({ count: 2 }));
  });

  test("drops what is sent to an address that only spawn fills", async () => {
    const { system } = createSystem();
    expect(system.tell("fixed:1", "count", null)).toBe(false);
    system.spawn("fixed:1", echoActor());
    expect(await system.request("fixed:1", "count", null)).toEqual(success({ count: 1 }));
    system.stop("fixed:1");
    expect(system.tell("fixed:1", "count", null)).toBe(false);
    expect(system.stats()["fixed"]).toMatchObject({ actors: 0 });
  });

  test("answers what still waits for an actor that was stopped", async () => {
    const { system, faults } = createSystem();
    system.spawn("fixed:1", echoActor());
    const answer = system.request("fixed:1", "count", null);
    system.stop("fixed:1");
    expect(await answer).toMatchObject({ ok: false, error: { code: "unavailable" } });
    expect(faults).toEqual([]);
  });

  test("doesn't let an actor go that won't rest", async () => {
    let rests = false;
    const { system } = createSystem({ start: () => ({ ...echoActor(), mayRest: () => rests }) });
    await system.request("echo:1", "count", null);
    await turn();
    system.sweep(performance.now() + 2_000);
    expect(system.stats()["echo"]).toMatchObject({ actors: 1 });
    rests = true;
    system.sweep(performance.now() + 2_000);
    expect(system.stats()["echo"]).toMatchObject({ actors: 0 });
  });

  test("starts nobody once it is closed", async () => {
    const { system } = createSystem();
    await system.close();
    expect(system.tell("echo:1", "count", null)).toBe(false);
    expect(system.stats()["echo"]).toMatchObject({ actors: 0 });
  });

  test("goes on with a new actor where the old one can't even stop", async () => {
    const stop = () => {
      throw new Error("stuck");
    };
    const { system, faults } = createSystem({ start: () => ({ ...echoActor(), stop }), restart_on_fault: true });
    expect((await system.request("echo:1", "fail", null)).ok).toBe(false);
    expect(await system.request("echo:1", "count", null)).toEqual(success({ count: 1 }));
    expect(faults).toEqual(["echo:1 fail broken", "echo:1 stop stuck"]);
  });

  test("takes names of inherited properties for calls that don't exist", async () => {
    const { system } = createSystem();
    expect(() => system.tell("__proto__" as never, "count" as never, null as never)).toThrow("no actor kind");
  });
});

test("an actor that retires takes all that waits first, and is stopped when that is settled", async () => {
  const stopping = Promise.withResolvers<void>();
  const { system } = createSystem({ start: () => echoActor(() => stopping.promise) });
  const asked = [system.request("echo:1", "count", null), system.request("echo:1", "count", null)];
  expect([...system.addresses]).toEqual(["echo:1"]);
  let is_retired = false;
  const retired = system.retire("echo:1").then(() => {
    is_retired = true;
  });
  expect(await Promise.all(asked)).toEqual([success({ count: 1 }), success({ count: 2 })]);
  await turn();
  expect(is_retired).toBe(false);
  expect([...system.addresses]).toEqual([]);
  stopping.resolve();
  await retired;
  await system.retire("echo:1");
});

test("what is told only whoever is there starts nobody", async () => {
  const { system } = createSystem();
  expect(system.tellHere("echo:1", "count", null, { if_there: true })).toBe(false);
  expect([...system.addresses]).toEqual([]);
  expect(system.tellHere("echo:1", "count", null)).toBe(true);
  expect(system.tellHere("echo:1", "count", null, { if_there: true })).toBe(true);
  expect(await system.request("echo:1", "count", null)).toEqual(success({ count: 3 }));
});
